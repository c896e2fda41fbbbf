SUMMARY = "The disk that is flashed on a Salle unit"
DESCRIPTION = "The partitions of the board with slot A filled. Slot B is filled by the first update, and the data partition is made at first boot on what is left of the disk."

inherit salle_origin image

COMPATIBLE_MACHINE = "^salle-board$"

# Only the partitions: what is in them is made by other recipes.
PACKAGE_INSTALL = ""
IMAGE_FEATURES = ""
IMAGE_LINGUAS = ""
NO_RECOMMENDATIONS = "1"
KERNELDEPMODDEPEND = ""

IMAGE_FSTYPES = "wic.zst wic.bmap"
# There is no root here to finish.
ROOTFS_POSTPROCESS_COMMAND = ""

SALLE_ROOT_FILE = "salle-root-${MACHINE}.rootfs.erofs-lz4hc.verity"
SALLE_KERNEL_FILE = "salle-kernel-slot-${MACHINE}.itb"
WICVARS:append = " SALLE_BOOT_MIB SALLE_KERNEL_FILE SALLE_KERNEL_MIB SALLE_ROOT_FILE SALLE_ROOT_MIB"

IMAGE_BOOT_FILES:append = " salle-boot/README.txt;README.txt"
do_image_wic[depends] += "\
    salle-boot-files:do_deploy \
    salle-kernel-slot:do_deploy \
    salle-root:do_image_complete \
    virtual/bootloader:do_deploy \
"
