"""Trees of files for the tests.

tree DIR SEED      makes a random tree at DIR, with names and link targets as awkward as Linux has them
list DIR [NAME]    what is below DIR, one line for each file, in byte order, but for what is called NAME at the top
"""
import hashlib
import os
import random
import stat
import sys

NAMES = [
    b'a', b'a b', b'a-b', b'a.b', b'a0', b'A', b"it's", b'"quoted"', b'back\\slash', b'new\nline', b'tab\t', b'x~', b'.git',
    b'-rf', b'*', b'$HOME', b'%41', b'=', b'\x01', b'\x7f', b'\xff', b'\xc3', b'\xed\xa0\x80', '\u00e9'.encode(),
    'e\u0301'.encode(), '\uff5e'.encode(), '\U0001f600'.encode(), '\u00e9'.encode() * 60, b'n' * 99, b'n' * 100,
    b'n' * 101, b'm' * 255]
TARGETS = [
    b'a', b'.', b'../x/./y', b'a//b/', b'/abs', b'//abs//x', b't' * 100, b't' * 101, b't' * 3000, b'\xff\xfe',
    '\u00e9'.encode(), b'new\nline']
SIZES = [0, 1, 511, 512, 513, 4096]


def tree(top, seed):
    rnd = random.Random(seed)
    files = []

    def fill(directory, depth, count):
        for name in rnd.sample(NAMES, count):
            path = directory + b'/' + name
            kind = rnd.random()
            if kind < .35 and depth > 0:
                os.mkdir(path)
                fill(path, depth - 1, rnd.randrange(9))
            elif kind < .5:
                os.symlink(rnd.choice(TARGETS), path)
            elif kind < .55 and files:
                os.link(rnd.choice(files), path)
            else:
                with open(path, 'wb') as file:
                    file.write(rnd.randbytes(rnd.choice(SIZES)))
                os.chmod(path, rnd.choice([0o644, 0o444, 0o755, 0o600]))
                files.append(path)

    os.mkdir(top)
    fill(os.fsencode(top), 3, 12)


def shown(raw):
    return repr(raw)[2:-1]


def listing(top, without):
    first = {}

    def walk(directory, prefix):
        for name in sorted(os.listdir(directory)):
            if prefix == b'' and name == without:
                continue
            path = directory + b'/' + name
            status = os.lstat(path)
            line = [shown(prefix + name), '%04o' % stat.S_IMODE(status.st_mode), '%d:%d' % (status.st_uid, status.st_gid),
                    str(int(status.st_mtime))]
            if stat.S_ISLNK(status.st_mode):
                line += ['->', shown(os.readlink(path))]
            elif stat.S_ISREG(status.st_mode):
                same = first.setdefault((status.st_dev, status.st_ino), prefix + name)
                if same != prefix + name:
                    line += ['is', shown(same)]
                with open(path, 'rb') as file:
                    line.append(hashlib.sha256(file.read()).hexdigest()[:16])
            elif not stat.S_ISDIR(status.st_mode):
                line.append('type %o' % stat.S_IFMT(status.st_mode))
            print(' '.join(line))
            if stat.S_ISDIR(status.st_mode):
                walk(path, prefix + name + b'/')

    walk(os.fsencode(top), b'')


command, folder, *rest = sys.argv[1:]
if command == 'tree':
    tree(folder, int(rest[0]))
else:
    listing(folder, os.fsencode(rest[0]) if rest else None)
