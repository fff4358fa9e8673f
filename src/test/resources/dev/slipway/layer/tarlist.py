"""Lists the members of a tar, a line each, for comparison."""

import hashlib
import math
import sys
import tarfile


def show(name):
    return name.encode("utf-8", "surrogateescape").hex() + "."


with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        regular = member.isreg()
        content = archive.extractfile(member).read() if regular else b""
        device = member.ischr() or member.isblk()
        link = member.islnk() or member.issym()
        kind = "0" if regular else member.type.decode()
        print(
            kind,
            show(member.name),
            "%o" % (member.mode & 0o7777),
            member.uid,
            member.gid,
            show(member.uname),
            show(member.gname),
            member.size if regular else 0,
            math.floor(member.mtime),
            show(member.linkname) if link else ".",
            member.devmajor if device else 0,
            member.devminor if device else 0,
            hashlib.sha256(content).hexdigest(),
        )
