SUMMARY = "The root of one Salle slot"
DESCRIPTION = "A read-only erofs with its dm-verity tree behind it, in one file that is written to a slot as it is. Its root hash goes into the kernel image of the same slot."

inherit salle_origin image image_types_verity qemu salle_root_table salle_sysusers

COMPATIBLE_MACHINE = "^salle-board$"

IMAGE_INSTALL = "\
    packagegroup-core-boot \
    ca-certificates \
    salle-daemons \
    salle-system \
    ${@bb.utils.contains('DISTRO_FEATURES', 'tpm2', 'tpm2-tools', '', d)} \
"
IMAGE_FEATURES = "read-only-rootfs"
# Nothing comes by recommendation (radios, shells), so what is wanted of it is named: drivers, and
# the parts of systemd that are packages of their own.
IMAGE_INSTALL += "kernel-modules os-release systemd-crypt systemd-networkd"
NO_RECOMMENDATIONS = "1"

# lz4hc: what a boot reads is bound by the card, not by the processor. One time and one
# identifier, so that two builds give the same hash.
IMAGE_FSTYPES = "verity"
VERITY_IMAGE_FSTYPE = "erofs-lz4hc"
# nooelint: oelint.vars.specific - an image type is an override of this variable
EXTRA_IMAGECMD:erofs-lz4hc = "-T ${REPRODUCIBLE_TIMESTAMP_ROOTFS} -U 5a11e000-0000-4000-8000-000000000001"
# No secret: it only keeps two images from having the same tree by accident.
VERITY_SALT = "73616c6c652d726f6f742d73616c742d76310000000000000000000000000000"

# Nobody becomes another user, and nobody logs in.
ROOTFS_POSTPROCESS_COMMAND += "salle_no_set_user_id salle_names salle_no_login salle_plugin_registry"
do_rootfs[depends] += "qemu-native:do_populate_sysroot"

salle_no_set_user_id() {
    find ${IMAGE_ROOTFS} -type f -perm /6000 -exec chmod ug-s {} +
}

salle_names() {
    echo salle > ${IMAGE_ROOTFS}${sysconfdir}/hostname
    printf '127.0.0.1 localhost salle\n::1 localhost salle\n' > ${IMAGE_ROOTFS}${sysconfdir}/hosts
    # The root comes from the bootloader and the rest is mounted by units.
    : > ${IMAGE_ROOTFS}${sysconfdir}/fstab
    # Empty: the bootloader hands over the unit's own.
    : > ${IMAGE_ROOTFS}${sysconfdir}/machine-id
    # /etc is as it is: nothing makes files there at start.
    ln -sf /dev/null ${IMAGE_ROOTFS}${sysconfdir}/tmpfiles.d/etc.conf
}

# mediad may write nowhere, so GStreamer's list of plugins is made here. Without it every start
# looks at all plugins: slower, but right.
salle_plugin_registry() {
    if GST_REGISTRY=${WORKDIR}/registry.bin GST_REGISTRY_FORK=no \
        ${@qemu_run_binary(d, '${IMAGE_ROOTFS}', '${bindir}/gst-inspect-1.0')} > ${WORKDIR}/plugins.txt; then
        install -m 0644 ${WORKDIR}/registry.bin ${IMAGE_ROOTFS}${datadir}/salle/gstreamer-registry.bin
    else
        bbwarn "The list of GStreamer plugins was not made: mediad starts slower."
    fi
}

# An account with a password or a key would be a way in: no image is made with one.
salle_no_login() {
    if grep -Ev '^[^:]*:[*!]' ${IMAGE_ROOTFS}${sysconfdir}/shadow; then
        bbfatal "These accounts of the image can log in."
    fi
    for way_in in ${sbindir}/sshd ${sbindir}/dropbear ${sbindir}/in.telnetd; do
        if [ -e ${IMAGE_ROOTFS}$way_in ]; then
            bbfatal "$way_in has no place in a unit's image."
        fi
    done
}
