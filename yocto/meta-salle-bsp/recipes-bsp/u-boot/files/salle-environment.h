/* SPDX-License-Identifier: GPL-2.0+ */
/* What may be read from the environment on the disk (CONFIG_ENV_WRITEABLE_LIST).
 * s: any text, d: decimal. salle_reset and salle_failed are for Linux alone. */
#ifndef __SALLE_ENVIRONMENT_H
#define __SALLE_ENVIRONMENT_H

#define CFG_ENV_FLAGS_LIST_STATIC \
	"BOOT_ORDER:sw,BOOT_A_LEFT:dw,BOOT_B_LEFT:dw,BOOT_A_FAULT:sw,BOOT_B_FAULT:sw,salle_reset:sw,salle_failed:dw"

#endif
