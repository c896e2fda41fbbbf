SALLE_U_BOOT_BOARD = "freescale/imx8mp_evk"
SALLE_U_BOOT_HEADER = "imx8mp_evk.h"
require salle-u-boot.inc
