/* SPDX-License-Identifier: GPL-2.0+ */
/* What may be read from the environment on the disk (CONFIG_ENV_WRITEABLE_LIST).
 * s: any text, d: decimal, x: hexadecimal digits only. */
#ifndef __SALLE_ENVIRONMENT_H
#define __SALLE_ENVIRONMENT_H

#define CFG_ENV_FLAGS_LIST_STATIC \
	"BOOT_ORDER:sw,BOOT_A_LEFT:dw,BOOT_B_LEFT:dw,BOOT_A_FAULT:sw,BOOT_B_FAULT:sw," \
	"machine_id:xw,salle_reset:dw"

#endif
