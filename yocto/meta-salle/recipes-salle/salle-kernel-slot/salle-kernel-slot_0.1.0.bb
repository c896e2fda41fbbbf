SUMMARY = "The kernel image of a Salle slot"
DESCRIPTION = "One FIT with kernel, initramfs and the board's device tree. In its initramfs is the dm-verity table of the root it belongs to, so the two cannot be mixed up."
SECTION = "kernel"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/GPL-3.0-or-later;md5=1c76c4cc354acaac30ed4d5eefea7245"

inherit salle_origin deploy nopackages

DEPENDS += "cpio-native dtc-native u-boot-tools-native"
INHIBIT_DEFAULT_DEPS = "1"
PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "^salle-board$"

do_fetch[noexec] = "1"
do_unpack[noexec] = "1"
do_patch[noexec] = "1"
do_install[noexec] = "1"
do_configure[depends] += "\
    salle-initramfs:do_image_complete \
    salle-root:do_image_complete \
    virtual/kernel:do_deploy \
    ${@'salle-devicetree:do_deploy' if d.getVar('SALLE_FIT_OVERLAY') else ''} \
"

B = "${WORKDIR}/build"
do_configure[cleandirs] = "${B}"
do_configure[dirs] = "${B}"

# The description of the FIT: kernel and initramfs, each with its hash.
python do_configure() {
    def part(name, kind, data, more=''):
        return (
            '%s { description = "%s"; data = /incbin/("%s"); type = "%s"; arch = "arm64"; os = "linux"; '
            '%s hash-1 { algo = "sha256"; }; };' % (name, name, data, kind, more)
        )

    address = d.getVar('SALLE_KERNEL_ADDRESS')
    tree = d.getVar('SALLE_FIT_DEVICETREE')
    parts = [
        part('kernel', 'kernel', 'Image.gz', 'compression = "gzip"; load = <%s>; entry = <%s>;' % (address, address)),
        part('ramdisk', 'ramdisk', 'initramfs', 'compression = "none";'),
    ]
    slot = 'kernel = "kernel"; ramdisk = "ramdisk";'
    if tree:
        parts.append(part('fdt', 'flat_dt', tree, 'compression = "none";'))
        slot += ' fdt = "fdt";'
    with open('kernel.its', 'w', encoding='utf-8') as described:
        described.write(
            '/dts-v1/;\n/ { description = "Salle"; #address-cells = <1>;\nimages {\n%s\n};\n'
            'configurations { default = "slot"; slot { description = "slot"; %s }; };\n};\n'
            % ('\n'.join(parts), slot)
        )
}

do_compile() {
    # The table of the root, as a second archive behind the first.
    install -d table/salle
    install -m 0644 ${DEPLOY_DIR_IMAGE}/salle-root-${MACHINE}.rootfs.erofs-lz4hc.verity-table table/salle/table
    : > table/salle/modules
    find table -exec touch --no-dereference --date=@${REPRODUCIBLE_TIMESTAMP_ROOTFS} {} +
    (cd table && printf 'salle\nsalle/modules\nsalle/table\n' | \
        cpio --create --quiet --format=newc --owner=+0:+0 --reproducible) > table.cpio
    cat ${DEPLOY_DIR_IMAGE}/salle-initramfs-${MACHINE}.cpio table.cpio | gzip -9 -n > initramfs
    gzip -9 -n -c ${DEPLOY_DIR_IMAGE}/Image > Image.gz
    if [ -n "${SALLE_FIT_DEVICETREE}" ]; then
        install -m 0644 ${DEPLOY_DIR_IMAGE}/${SALLE_FIT_DEVICETREE} .
        if [ -n "${SALLE_FIT_OVERLAY}" ]; then
            fdtoverlay -i ${DEPLOY_DIR_IMAGE}/${SALLE_FIT_DEVICETREE} -o ${SALLE_FIT_DEVICETREE} ${DEPLOY_DIR_IMAGE}/${SALLE_FIT_OVERLAY}.dtbo
        fi
    fi
    SOURCE_DATE_EPOCH=${REPRODUCIBLE_TIMESTAMP_ROOTFS} mkimage -f kernel.its kernel.itb
    if [ $(stat -c %s kernel.itb) -gt $(expr ${SALLE_KERNEL_MIB} \* 1048576) ]; then
        bbfatal "The kernel image does not fit its partition of ${SALLE_KERNEL_MIB} MiB."
    fi
}
do_compile[dirs] = "${B}"

do_deploy() {
    install -m 0644 ${B}/kernel.itb ${DEPLOYDIR}/salle-kernel-slot-${MACHINE}.itb
}
addtask deploy after do_compile before do_build
