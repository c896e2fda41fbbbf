SALLE_U_BOOT_BOARD:salle-board = "raspberrypi/rpi"
SALLE_U_BOOT_HEADER:salle-board = "rpi.h"
require salle-u-boot.inc

# Its script is inside it, and salle-system has the fw_env.config of all boards.
DEPENDS:remove:salle-board = "u-boot-default-script"
do_install:append:salle-board() {
    rm -f ${D}${sysconfdir}/fw_env.config
}
