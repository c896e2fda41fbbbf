/* SPDX-License-Identifier: GPL-2.0+ */
#ifndef __CONFIG_H
#define __CONFIG_H

#define CFG_SYS_SDRAM_BASE 0x40000000

/* s: any text, d: decimal, x: hexadecimal digits only. What the disk may hold comes first (salle_reset
 * and salle_failed are for Linux alone); the others are the script's own and are set before they are used. */
#define CFG_ENV_FLAGS_LIST_STATIC \
	"BOOT_ORDER:sw,BOOT_A_LEFT:dw,BOOT_B_LEFT:dw,BOOT_A_FAULT:sw,BOOT_B_FAULT:sw,salle_reset:sw,salle_failed:dw," \
	"partition:sw,size:xw,bootargs:sw,filesize:xw,fileaddr:xw"

#endif
