"""What the tests compare with: random trees of files, and tars as Python's own tarfile writes them.

tree DIR SEED [joinable]     makes a random tree below DIR
headers                      hex fields of members on standard input; their header blocks in hex
layer STORE PATH... -- UID GID UNAME GNAME MTIME   a layer of store paths on standard output
"""
import os
import random
import stat
import sys
import tarfile


def text(raw):
    return raw.decode('utf-8', 'surrogateescape')


def tree(top, seed, joinable):
    rnd = random.Random(seed)
    few = [b'a', b'b', b'a b', b'a-b', b'CVS', b'.git', b'x~', b'lib', '\u00e9'.encode()]
    names = [b'a', b'a b', b'a-b', b'a.b', b'a0', b'A', b'n' * 99, b'n' * 100, b'n' * 101, b'm' * 255,
             '\uff5e'.encode(), '\U0001f600'.encode(), b'\xff', b'\xc3', b'\xed\xa0\x80', b'\xe2\x82',
             b'\xf5x', b'new\nline', b'=', b'x~', b'\x7f', '\u00e9'.encode() * 60]
    targets = [b'a', b'a//b/', b'/abs', b't' * 100, b't' * 101, b't' * 3000, b'\xff\xfe', '\u00e9'.encode()]
    files = []

    def fill(directory, depth):
        for _ in range(rnd.randrange(8)):
            name = rnd.choice(few if joinable else names)
            if not joinable and rnd.random() < .3:
                name = bytes(rnd.choice([c for c in range(1, 256) if c not in b'/']) for _ in range(rnd.randint(3, 9)))
            path = directory + b'/' + name
            if os.path.lexists(path):
                continue
            kind = rnd.random()
            if kind < .35 and depth > 0:
                os.mkdir(path)
                fill(path, depth - 1)
                os.chmod(path, rnd.choice([0o755, 0o555, 0o1777, 0o700]))
            elif kind < .5:
                os.symlink(rnd.choice(targets), path)
            elif kind < .55 and files:
                os.link(rnd.choice(files), path)
            elif kind < .58 and not joinable:
                os.mkfifo(path)
            else:
                size = 0 if joinable else rnd.choice([0, 1, 511, 512, 513, 4096, 131072, 131073, rnd.randrange(600000)])
                with open(path, 'wb') as f:
                    f.write(rnd.randbytes(size))
                os.chmod(path, rnd.choice([0o644, 0o444, 0o755, 0o4755, 0o600]))
                files.append(path)
            if not os.path.islink(path):
                os.utime(path, (1, rnd.choice([1, 0, -5, 2 ** 33])))

    os.mkdir(top)
    fill(os.fsencode(top), 4)


def headers():
    for line in sys.stdin:
        fields = line.rstrip('\n').split(' ')
        raw = [bytes.fromhex(f) for f in fields[:4]]
        numbers = [int(f) for f in fields[5:]]
        info = tarfile.TarInfo(text(raw[0]))
        info.linkname, info.uname, info.gname = map(text, raw[1:])
        info.type = fields[4].encode()
        info.mode, info.uid, info.gid, info.size, info.mtime, info.devmajor, info.devminor = numbers
        print(info.tobuf(tarfile.PAX_FORMAT, 'utf-8', 'surrogateescape').hex())


def layer(store, args):
    split = args.index('--')
    uid, gid, uname, gname, mtime = args[split + 1:]

    def own(info):
        info.uid, info.gid, info.uname, info.gname, info.mtime = int(uid), int(gid), uname, gname, int(mtime)
        return info

    def walk(path):
        yield path
        if os.path.isdir(path) and not os.path.islink(path):
            for name in sorted(os.listdir(path)):
                yield from walk(path + '/' + name)

    with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT) as tar:
        parts = store.split('/')[1:]
        for n in range(1, len(parts) + 1):
            info = tarfile.TarInfo('/' + '/'.join(parts[:n]))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(own(info))
        for top in args[:split]:
            for path in walk(top):
                info = tar.gettarinfo(path)
                info.name = path
                if info.islnk():
                    info.type, info.linkname, info.size = tarfile.REGTYPE, '', os.stat(path).st_size
                if info.isfile():
                    with open(path, 'rb') as data:
                        tar.addfile(own(info), data)
                else:
                    tar.addfile(own(info))


command, *rest = sys.argv[1:]
if command == 'tree':
    tree(rest[0], int(rest[1]), len(rest) > 2)
elif command == 'headers':
    headers()
else:
    layer(rest[0], rest[1:])
