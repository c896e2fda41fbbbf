# Where a recipe of ours comes from.

# The checkout this layer lies in: its crates, units and profiles are built from beside it, so
# that layer and program are always of the same commit.
SALLE_CHECKOUT = "${@os.path.realpath(d.getVar('FILE_DIRNAME') + '/../../../..')}"

HOMEPAGE = "https://github.com/salle/salle"
BUGTRACKER = "https://github.com/salle/salle/issues"
SECTION ?= "base"
LICENSE = "GPL-3.0-or-later"
CVE_PRODUCT = "salle"
