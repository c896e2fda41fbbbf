SUMMARY = "Salle's update bundle"
DESCRIPTION = "Root and kernel image of one version for one board, signed. Hashed block by block (format verity), so that a unit checks what it reads while it reads it."

inherit salle_origin bundle salle_signing

COMPATIBLE_MACHINE = "^salle-board$"

RAUC_BUNDLE_FORMAT = "verity"
RAUC_BUNDLE_COMPATIBLE = "${SALLE_COMPATIBLE}"
RAUC_BUNDLE_VERSION = "${DISTRO_VERSION}"
RAUC_BUNDLE_DESCRIPTION = "Salle ${DISTRO_VERSION} for ${SALLE_COMPATIBLE}"
# The same inputs, the same manifest.
RAUC_BUNDLE_BUILD = "${DISTRO_VERSION}"

# What fleetd reads before it installs.
RAUC_META_SECTIONS = "salle"
RAUC_META_salle[floor] = "${SALLE_VERSION_FLOOR}"
RAUC_META_salle[size] = "${@int(d.getVar('SALLE_ROOT_MIB') or 0) * 1048576}"

# The kernel is the root's child in the slots: both or neither become active.
RAUC_BUNDLE_SLOTS = "rootfs kernel"
RAUC_SLOT_rootfs = "salle-root"
RAUC_SLOT_rootfs[file] = "salle-root-${MACHINE}.rootfs.erofs-lz4hc.verity"
RAUC_SLOT_rootfs[rename] = "root.img"
RAUC_SLOT_kernel = "salle-kernel-slot"
RAUC_SLOT_kernel[type] = "file"
RAUC_SLOT_kernel[file] = "salle-kernel-slot-${MACHINE}.itb"
RAUC_SLOT_kernel[rename] = "kernel.img"

# The image is compressed already.
BUNDLE_ARGS = "--mksquashfs-args='-comp zstd -Xcompression-level 3'"
BUNDLE_BASENAME = "salle-${DISTRO_VERSION}"

do_bundle:prepend() {
    salle_check_certificates "${RAUC_CERT_FILE}" RAUC_CERT_FILE
}
