#!/usr/bin/env python3
"""stream.py CONF.json ROOT: streams a layered image with Python's tarfile, as nixpkgs does: each layer is made twice,
once for its digest and once for its bytes, which a second thread hands over through a pipe. Images without a base only."""
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
from datetime import datetime

with open(sys.argv[1]) as file:
    conf = json.load(file)
root = sys.argv[2]
created = datetime.fromisoformat(conf['created'])
seconds = int(created.timestamp())


class Digest(io.RawIOBase):
    def __init__(self):
        self.sum = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.sum.update(data)
        self.size += len(data)
        return len(data)


def dress(info):
    info.mtime = seconds
    info.uid, info.gid = int(conf['uid']), int(conf['gid'])
    info.uname, info.gname = conf['uname'], conf['gname']
    return info


def add(layer, name):
    info = layer.gettarinfo(root + name, arcname=name)
    info.name = name
    if info.type == tarfile.LNKTYPE:
        info.type, info.linkname = tarfile.REGTYPE, ''
        info.size = os.lstat(root + name).st_size
    dress(info)
    if info.isreg():
        with open(root + name, 'rb') as content:
            layer.addfile(info, content)
        return
    layer.addfile(info)
    if info.isdir():
        for child in sorted(os.listdir(root + name)):
            add(layer, name + '/' + child)


def layer(paths, out):
    with tarfile.open(fileobj=out, mode='w|', format=tarfile.PAX_FORMAT) as tar:
        for folder in '/nix', '/nix/store':
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(dress(info))
        for path in paths:
            add(tar, path)


def outer(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, seconds
    return info


def piped(paths):
    """The layer as a file to read from: another thread makes it."""
    reading, writing = os.pipe()

    def make():
        with open(writing, 'wb') as out:
            layer(paths, out)

    threading.Thread(target=make).start()
    return open(reading, 'rb')


with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT) as image:
    done = []
    for paths in conf['store_layers']:
        digest = Digest()
        layer(paths, digest)
        name = digest.sum.hexdigest()
        with piped(paths) as content:
            image.addfile(outer(name + '/layer.tar', digest.size), content)
        done.append((name, paths))
    top = conf['customisation_layer']
    with open(f'{root}{top}/checksum') as file:
        name = file.read().strip()
    info = image.gettarinfo(f'{root}{top}/layer.tar', arcname=name + '/layer.tar')
    info.mtime = seconds
    with open(f'{root}{top}/layer.tar', 'rb') as content:
        image.addfile(info, content)
    done.append((name, [top]))
    config = json.dumps({
        'created': created.isoformat(), 'architecture': conf['architecture'], 'os': conf['os'],
        'config': conf['config'],
        'rootfs': {'diff_ids': ['sha256:' + name for name, _ in done], 'type': 'layers'},
        'history': [{'created': created.isoformat(), 'comment': f'store paths: {paths}'} for _, paths in done],
    }, indent=4).encode()
    name = hashlib.sha256(config).hexdigest() + '.json'
    manifest = json.dumps([{'Config': name, 'RepoTags': [conf['repo_tag']],
                            'Layers': [layer + '/layer.tar' for layer, _ in done]}], indent=4).encode()
    image.addfile(outer(name, len(config)), io.BytesIO(config))
    image.addfile(outer('manifest.json', len(manifest)), io.BytesIO(manifest))
