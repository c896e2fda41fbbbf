SUMMARY = "The few files with which the kernel opens a Salle root"
DESCRIPTION = "The reference board's script with busybox, device mapper's program and the bootloader's environment. The root's dm-verity table is added by salle-kernel-slot."

inherit salle_origin image

PACKAGE_INSTALL = "busybox libdevmapper libubootenv-bin"
IMAGE_FEATURES = ""
NO_RECOMMENDATIONS = "1"
# The drivers for disk, file system and watchdog are built into our kernels.
KERNELDEPMODDEPEND = ""
IMAGE_FSTYPES = "cpio"
IMAGE_NAME_SUFFIX = ""

SALLE_INIT = "${SALLE_CHECKOUT}/board/qemu-arm64/initramfs/init"
do_rootfs[file-checksums] += "${SALLE_INIT}:True"

ROOTFS_POSTPROCESS_COMMAND += "salle_init"

salle_init() {
    for folder in dev etc proc sys root run/lock salle; do
        install -d ${IMAGE_ROOTFS}/$folder
    done
    rm -rf ${IMAGE_ROOTFS}/var
    ln -s run ${IMAGE_ROOTFS}/var
    install -m 0755 ${SALLE_INIT} ${IMAGE_ROOTFS}/init
    # The script looks for every program in one folder.
    for program in ${IMAGE_ROOTFS}${sbindir}/*; do
        name=$(basename $program)
        [ -e ${IMAGE_ROOTFS}${bindir}/$name ] || [ -h ${IMAGE_ROOTFS}${bindir}/$name ] || \
            ln -s ../sbin/$name ${IMAGE_ROOTFS}${bindir}/$name
    done
}
