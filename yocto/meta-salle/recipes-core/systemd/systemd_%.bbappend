# Only what a unit uses: data partition, time, names and wired network. What nobody reaches needs
# no update.
PACKAGECONFIG:append:salle = " cryptsetup openssl repart ${@bb.utils.filter('DISTRO_FEATURES', 'tpm2', d)}"
PACKAGECONFIG:remove:salle = "\
    backlight \
    binfmt \
    hibernate \
    ima \
    localed \
    machined \
    nss-mymachines \
    osc-context \
    quotacheck \
    vconsole \
    wheel-group \
"
# /var is the data partition, not a copy in memory, and there is no login on a serial line.
RDEPENDS:${PN}:remove:salle = "systemd-serialgetty volatile-binds"
