SUMMARY = "A Salle board's additions to its device tree"
DESCRIPTION = "The overlay that names the GPIO lines of buttons and lamps as the board's profile does; laid over the kernel's device tree when the kernel image of a slot is made."
HOMEPAGE = "https://github.com/salle/salle"
BUGTRACKER = "https://github.com/salle/salle/issues"
SECTION = "kernel"
LICENSE = "GPL-2.0-or-later"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/GPL-2.0-or-later;md5=fed54355545ffd980b814dab4a3b312c"
CVE_PRODUCT = "salle"

DEPENDS = "dtc-native"

SRC_URI = "file://${SALLE_FIT_OVERLAY}.dtso"

S = "${UNPACKDIR}"
B = "${WORKDIR}/build"

inherit deploy nopackages

INHIBIT_DEFAULT_DEPS = "1"
PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "^salle-imx8mp-evk$"

do_configure[noexec] = "1"
do_install[noexec] = "1"

do_compile() {
    dtc -I dts -O dtb -o ${SALLE_FIT_OVERLAY}.dtbo ${S}/${SALLE_FIT_OVERLAY}.dtso
}
do_compile[dirs] = "${B}"

do_deploy() {
    install -m 0644 ${B}/${SALLE_FIT_OVERLAY}.dtbo ${DEPLOYDIR}/
}
addtask deploy after do_compile before do_build
