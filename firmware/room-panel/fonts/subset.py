"""Makes a subset of a static Inter with tabular digits: subset.py SOURCE.otf TARGET.otf

Needs fonttools. The renderer has no switch for OpenType features, so the tabular digits take the
place of the others; clocks and lists of times then do not jump.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

source, target = sys.argv[1:]
font = TTFont(source)
gsub = font["GSUB"].table
tabular = {}
for record in gsub.FeatureList.FeatureRecord:
    if record.FeatureTag == "tnum":
        for index in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[index].SubTable:
                tabular.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
for table in font["cmap"].tables:
    if table.isUnicode():
        for code in range(0x30, 0x3B):
            glyph = table.cmap.get(code)
            if glyph in tabular:
                table.cmap[code] = tabular[glyph]

options = subset.Options()
# Without all names the weights stop being one family.
options.name_IDs = ["*"]
options.name_languages = ["*"]
options.layout_features = ["kern", "liga", "calt", "ccmp", "mark", "mkmk", "locl"]
options.hinting = False
options.notdef_outline = True
wanted = [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x2010, 0x2030), *range(0x218, 0x21C)]
wanted += [*range(0x1E80, 0x1E86), 0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2116]
wanted += [0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x21B5, 0x2713, 0x25CF]
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=wanted)
subsetter.subset(font)
font.save(target)
