SUMMARY = "The certificates whose updates a unit accepts"
DESCRIPTION = "What RAUC checks a bundle's signature against. Given by who builds; there is no default, and a development certificate is refused in a release."
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/GPL-3.0-or-later;md5=1c76c4cc354acaac30ed4d5eefea7245"

inherit salle_origin allarch salle_signing

INHIBIT_DEFAULT_DEPS = "1"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    salle_check_certificates "${SALLE_KEYRING}" SALLE_KEYRING
    install -D -m 0644 "${SALLE_KEYRING}" ${D}${datadir}/salle/keyring.pem
}
do_install[file-checksums] += "${@'${SALLE_KEYRING}:True' if d.getVar('SALLE_KEYRING') else ''}"

FILES:${PN} += "${datadir}/salle/keyring.pem"
