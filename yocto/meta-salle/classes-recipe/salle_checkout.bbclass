# A recipe whose sources are the checkout that this layer lies in. Nothing is written there: all
# that is built goes to the recipe's own folder.

inherit externalsrc salle_origin

EXTERNALSRC = "${SALLE_CHECKOUT}"
EXTERNALSRC_BUILD = "${WORKDIR}/build"
# No links to the build's folders in the checkout.
EXTERNALSRC_SYMLINKS = ""

LIC_FILES_CHKSUM = "file://LICENSE;md5=1ebbd3e34237af26da5dc08a4e440464"
