SUMMARY = "Salle's units, users, firewall and update settings"
DESCRIPTION = "What systemd/install.toml lists, at the places it says; the same list the reference image is made from. The board's values come from its profile."

SRC_URI = "\
    file://follow-manifest.py \
    file://release.toml.in \
"

inherit salle_checkout python3native

INHIBIT_DEFAULT_DEPS = "1"
# The profile and the names in RAUC's settings are a board's.
PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "^salle-board$"

# `test` is shown as a fault: such a unit accepts bundles from a developer's desk.
SALLE_CHANNEL = "${@bb.utils.contains('DISTRO_FEATURES', 'development', 'test', 'release', d)}"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    nativepython3 ${UNPACKDIR}/follow-manifest.py \
        --manifest ${S}/systemd/install.toml \
        --profile ${S}/board/profiles/${SALLE_BOARD_PROFILE}.toml \
        --compatible ${SALLE_COMPATIBLE} \
        --root ${D}
    install -d ${D}${datadir}/salle/board
    install -m 0644 ${S}/board/profiles/*.toml ${D}${datadir}/salle/board/
    # The environment has the same place in its partition on every board.
    install -D -m 0644 ${S}/board/qemu-arm64/fw_env.config ${D}${sysconfdir}/fw_env.config
    sed -e 's|@version@|${DISTRO_VERSION}|' \
        -e 's|@compatible@|${SALLE_COMPATIBLE}|' \
        -e 's|@floor@|${SALLE_VERSION_FLOOR}|' \
        -e 's|@channel@|${SALLE_CHANNEL}|' \
        -e 's|@tpm2_pcrs@|${SALLE_TPM2_PCRS}|' \
        ${UNPACKDIR}/release.toml.in > ${D}${datadir}/salle/release.toml
}

# Links to /dev/null and mount points too: nothing else may claim or move them.
FILES:${PN} += "/"
RDEPENDS:${PN} += "\
    cryptsetup \
    dbus \
    e2fsprogs-e2fsck \
    e2fsprogs-mke2fs \
    libubootenv-bin \
    nftables \
    rauc \
    salle-keyring \
    tzdata-core \
    util-linux-blkdiscard \
    util-linux-blkid \
    weston \
    wpa-supplicant \
"
RPROVIDES:${PN} += "virtual-rauc-conf"
