SUMMARY = "What an installer finds on a unit's FAT partition"
DESCRIPTION = "README.txt, which says how to commission the unit with a file beside it."

inherit salle_checkout deploy nopackages

INHIBIT_DEFAULT_DEPS = "1"

do_configure[noexec] = "1"
do_compile[noexec] = "1"
do_install[noexec] = "1"

do_deploy() {
    install -D -m 0644 ${S}/board/qemu-arm64/boot/README.txt ${DEPLOYDIR}/salle-boot/README.txt
}
addtask deploy after do_install before do_build
