#!/usr/bin/env python3
"""Installs what systemd/install.toml lists below a root folder.

Everything is refused that the manifest's own words do not cover: an unknown version or key, a
destination that is not absolute or leaves the root, a name in a template that the board's
profile does not have.
"""

import argparse
import os
import pathlib
import re
import sys
import tomllib


class Refused(Exception):
    """What is wrong, for the person who reads the log."""


KEYS = {
    "file": ({"source", "destination", "mode"}, {"template"}),
    "link": ({"path", "target"}, set()),
    "directory": ({"path", "mode"}, set()),
}


def entries(manifest, kind):
    """The entries of one kind, each with exactly the keys it may have."""
    needed, optional = KEYS[kind]
    for entry in manifest.get(kind, []):
        if not needed <= entry.keys() <= needed | optional:
            raise Refused(f"[[{kind}]] {entry}: needs {sorted(needed)}, may have {sorted(optional)}")
        yield entry


def below(root, path):
    """Where `path` of the image is below `root`."""
    pure = pathlib.PurePosixPath(path)
    if not pure.is_absolute() or ".." in pure.parts:
        raise Refused(f"{path} is no absolute path")
    place = root / pure.relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def filled(text, values, name):
    """A template with the board's values for its @names@."""
    def value(match):
        found = values.get(match[1])
        if not isinstance(found, (str, int)) or isinstance(found, bool):
            raise Refused(f"{name}: the board's profile has no text for {match[0]} in [image]")
        return str(found)

    return re.sub(r"@([a-z][a-z0-9_-]*)@", value, text)


def install(manifest, sources, values, root):
    """Makes every file, link and directory of the manifest."""
    if manifest.get("version") != 1 or manifest.keys() - {"version", *KEYS}:
        raise Refused("this is not the version or the form of manifest that is known here")
    for entry in entries(manifest, "file"):
        place = below(root, entry["destination"])
        text = (sources / entry["source"]).read_text(encoding="utf-8")
        if entry.get("template", False):
            text = filled(text, values, entry["source"])
        place.write_text(text, encoding="utf-8")
        place.chmod(int(entry["mode"], 8))
    for entry in entries(manifest, "link"):
        place = below(root, entry["path"])
        os.symlink(entry["target"], place)
    for entry in entries(manifest, "directory"):
        place = below(root, entry["path"])
        place.mkdir(exist_ok=True)
        place.chmod(int(entry["mode"], 8))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--manifest", type=pathlib.Path, required=True)
    arguments.add_argument("--profile", type=pathlib.Path, required=True)
    arguments.add_argument("--compatible", required=True, help="what bundles for this machine say")
    arguments.add_argument("--root", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    try:
        manifest = tomllib.loads(given.manifest.read_text(encoding="utf-8"))
        profile = tomllib.loads(given.profile.read_text(encoding="utf-8"))
        values = profile.get("image", {})
        if values.get("compatible") != given.compatible:
            raise Refused(f"{given.profile} is for {values.get('compatible')}, the machine for {given.compatible}")
        install(manifest, given.manifest.parent, values, given.root)
    except (OSError, ValueError, Refused) as wrong:
        sys.exit(f"{given.manifest}: {wrong}")


if __name__ == "__main__":
    main()
