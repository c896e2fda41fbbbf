# Says what device mapper needs to check a root: one line, to be put into the kernel image's
# initramfs. Where it says DEVICE, the partition is meant. A root too large for it is refused.

python do_salle_root_table() {
    import os
    link = os.path.join(d.getVar('IMGDEPLOYDIR'), '%s.%s' % (d.getVar('IMAGE_LINK_NAME'), d.getVar('VERITY_IMAGE_FSTYPE')))
    said = {}
    with open(link + '.verity-params', encoding='utf-8') as params:
        for line in params:
            key, _, value = line.strip().partition('=')
            said[key] = value
    room = int(d.getVar('SALLE_ROOT_MIB')) * 1048576
    if os.path.getsize(link + d.getVar('VERITY_IMAGE_SUFFIX')) > room:
        bb.fatal('The root with its hash tree does not fit its partition of %s MiB.' % d.getVar('SALLE_ROOT_MIB'))
    blocks = said['VERITY_DATA_BLOCKS']
    # image_types_verity puts the tree behind the last block, without a header. A block that is
    # not what was built restarts the unit; three such starts are the other slot's turn.
    table = ' '.join([
        '0', said['VERITY_DATA_SECTORS'], 'verity', '1', 'DEVICE', 'DEVICE',
        said['VERITY_DATA_BLOCK_SIZE'], said['VERITY_HASH_BLOCK_SIZE'], blocks, blocks,
        said['VERITY_HASH_ALGORITHM'], said['VERITY_ROOT_HASH'], said['VERITY_SALT'],
        '1', 'restart_on_corruption',
    ])
    with open(link + '.verity-table', 'w', encoding='utf-8') as written:
        written.write(table + '\n')
}
addtask salle_root_table after do_image_verity before do_image_complete
