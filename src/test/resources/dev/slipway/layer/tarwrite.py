"""Writes a tar of random members. Arguments: output, format, seed."""

import io
import random
import sys
import tarfile

path, form, seed = sys.argv[1:]
rng = random.Random(int(seed))
form = {"USTAR": tarfile.USTAR_FORMAT, "GNU": tarfile.GNU_FORMAT, "PAX": tarfile.PAX_FORMAT}[form]
narrow = form == tarfile.USTAR_FORMAT


def text(most):
    letters = "abc/" if narrow else "abc/ é€😀\udcff\n"
    name = "".join(rng.choice(letters) for _ in range(rng.randrange(1, most)))
    return "x" + "/".join(part for part in name.split("/") if part) or "x"


kinds = [
    tarfile.REGTYPE,
    tarfile.AREGTYPE,
    tarfile.CONTTYPE,
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
]

headers = {"comment": "all", "gname": "everybody"} if rng.random() < 0.3 else {}
with tarfile.open(path, "w", format=form, pax_headers=headers) as out:
    for _ in range(40):
        kind = rng.choice(kinds)
        # Python takes such a file for a directory where its cut name ends in a slash.
        info = tarfile.TarInfo(text(90 if narrow else 25 if kind == tarfile.AREGTYPE else 300))
        info.type = kind
        info.mode = rng.randrange(0o10000)
        most = 2**21 if narrow else rng.choice([10, 2**21, 2**31])
        info.uid = rng.randrange(most)
        info.gid = rng.randrange(most)
        info.uname = text(30 if narrow else 60)
        info.gname = text(30 if narrow else 60)
        info.mtime = rng.randrange(2**33)
        if not narrow:
            info.mtime = rng.choice([info.mtime, -rng.randrange(2**40), 2**35])
        if form == tarfile.PAX_FORMAT and rng.random() < 0.3:
            info.mtime += rng.random()
        if info.type in (tarfile.LNKTYPE, tarfile.SYMTYPE):
            info.linkname = text(90 if narrow else 300)
        if info.type in (tarfile.CHRTYPE, tarfile.BLKTYPE):
            info.devmajor = rng.randrange(2**21)
            info.devminor = rng.randrange(2**21)
        content = b""
        if info.isreg():
            content = rng.randbytes(rng.randrange(2000))
        info.size = len(content)
        out.addfile(info, io.BytesIO(content))
