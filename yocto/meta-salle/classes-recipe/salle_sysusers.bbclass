# Makes the users and groups that /usr/lib/sysusers.d names, as systemd-sysusers(8) would at the
# first start; /etc is read-only by then. Known: `u`, `g` and `m` lines with `-`, a number, or
# `-:GROUP` as identifier. What is there already stays as it is.

def sysusers_lines(root):
    import glob
    import os
    import shlex
    for path in sorted(glob.glob(os.path.join(root, 'usr/lib/sysusers.d/*.conf'))):
        with open(path, encoding='utf-8') as listed:
            for line in listed:
                words = shlex.split(line, comments=True)
                if words:
                    yield words + ['-'] * (6 - len(words))

def sysusers_free(used):
    return next(number for number in range(999, 99, -1) if str(number) not in used)

python salle_make_users() {
    import os

    root = d.getVar('IMAGE_ROOTFS')

    def table(name):
        path = os.path.join(root, 'etc', name)
        if not os.path.exists(path):
            return {}
        with open(path, encoding='utf-8') as rows:
            return {row.split(':')[0]: row.rstrip('\n').split(':') for row in rows if row.strip()}

    users, groups, shadow, gshadow = table('passwd'), table('group'), table('shadow'), table('gshadow')

    def group(name, number):
        if name not in groups:
            used = {row[2] for row in groups.values()} | {row[2] for row in users.values()}
            groups[name] = [name, 'x', sysusers_free(used) if number == '-' else number, '']
            groups[name][2] = str(groups[name][2])
            gshadow.setdefault(name, [name, '!*', '', ''])
        return groups[name][2]

    def member(user, name):
        group(name, '-')
        gshadow.setdefault(name, [name, '!*', '', ''])
        for rows in (groups, gshadow):
            members = [one for one in rows[name][3].split(',') if one]
            if user not in members:
                rows[name][3] = ','.join(members + [user])

    lines = list(sysusers_lines(root))
    for kind, name, number, *_ in lines:
        if kind == 'g':
            group(name, number)
    for kind, name, number, comment, home, shell in (line[:6] for line in lines):
        if kind.rstrip('!') == 'u' and name not in users:
            if ':' in comment:
                bb.fatal('sysusers.d: the comment of %s has a colon, which passwd(5) cannot hold' % name)
            number, _, main = number.partition(':')
            if number == '-':
                used = {row[2] for row in groups.values()} | {row[2] for row in users.values()}
                number = str(sysusers_free(used))
            main = group(main or name, '-' if main else number)
            users[name] = [
                name, 'x', number, main,
                '' if comment == '-' else comment,
                '/' if home == '-' else home,
                d.getVar('sbindir') + '/nologin' if shell == '-' else shell,
            ]
            shadow[name] = [name, '!*', '', '', '', '', '', '', '']
        elif kind == 'm':
            member(name, number)

    for name, rows in (('passwd', users), ('group', groups), ('shadow', shadow), ('gshadow', gshadow)):
        path = os.path.join(root, 'etc', name)
        with open(path, 'w', encoding='utf-8') as written:
            written.writelines(':'.join(row) + '\n' for row in rows.values())
}
# Before openembedded-core compares the two.
# nooelint: oelint.var.rootfspostcmd - a prepended word needs the blank behind it
ROOTFS_POSTPROCESS_COMMAND:prepend = "salle_make_users "
