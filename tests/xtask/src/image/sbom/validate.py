"""Judges lists in CycloneDX by the official JSON schema, package URLs and SPDX expressions by the
libraries that CycloneDX's own uses. Prints each fault with its place; exits with 1 if there is one.
"""

import json
import re
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import is_expression
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def faults(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for error in validator.validate_str(text, all_errors=True) or ():
        # The error's own text has the whole schema in it.
        yield f"{error.data.json_path}: {error.data.message[:300]}"
    for component in json.loads(text)["components"]:
        purl = component["purl"]
        name = PackageURL.from_string(purl).name
        if name != component["name"]:
            yield f"{purl}: its name is {name}, not {component['name']}"
        for licence in component.get("licenses", ()):
            expression = licence.get("expression", "MIT")
            # SPDX allows a + behind every identifier and a LicenseRef- for licences of one's own;
            # the library knows only some of the first and none of the second.
            known = re.sub(r"\+(?=\W|$)", "", re.sub(r"LicenseRef-[\w.-]+", "MIT", expression))
            if not is_expression(known):
                yield f"{purl}: {expression!r} is no expression of SPDX"


found = [f"{path}: {fault}" for path in sys.argv[1:] for fault in faults(path)]
print("\n".join(found))
sys.exit(1 if found else 0)
