SUMMARY = "Salle's units, users, firewall and update settings"
DESCRIPTION = "What systemd/install.toml lists, at the places it says; the same list the \
reference image is made from. The board's values come from its profile."
SECTION = "base"

inherit salle-checkout python3native

SRC_URI = "file://follow-manifest.py"

INHIBIT_DEFAULT_DEPS = "1"
# The profile and the names in RAUC's settings are a board's.
PACKAGE_ARCH = "${MACHINE_ARCH}"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    nativepython3 ${UNPACKDIR}/follow-manifest.py \
        --manifest ${S}/systemd/install.toml \
        --profile ${S}/board/profiles/${SALLE_BOARD_PROFILE}.toml \
        --root ${D}
}

# Links to /dev/null, mount points and files without an owner of their own: nothing else may
# claim or move them.
FILES:${PN} = "/"
RPROVIDES:${PN} += "virtual-rauc-conf"
RDEPENDS:${PN} += "\
    cryptsetup \
    e2fsprogs-e2fsck \
    e2fsprogs-mke2fs \
    libubootenv-bin \
    nftables \
    rauc \
    salle-keyring \
    tzdata-core \
    wpa-supplicant \
"
INSANE_SKIP:${PN} += "empty-dirs"
