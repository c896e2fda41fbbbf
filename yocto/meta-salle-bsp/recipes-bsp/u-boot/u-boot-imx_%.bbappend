SALLE_U_BOOT_BOARD:salle-board = "freescale/imx8mp_evk"
SALLE_U_BOOT_HEADER:salle-board = "imx8mp_evk.h"
require salle-u-boot.inc
