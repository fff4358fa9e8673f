"""Writes a layered image's archive with tarfile, for comparison.

Arguments: base archive, output, mtime, files of new layers (the last one is the customisation
layer), file of the config, repository and tag.
"""

import hashlib
import io
import json
import sys
import tarfile

base_path, out_path, mtime, *layer_paths, config_path, repo_tag = sys.argv[1:]


def member(name, size, **fields):
    info = tarfile.TarInfo(name)
    info.size = size
    info.mtime = int(mtime)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


with open(out_path, "wb") as raw, tarfile.open(fileobj=raw, mode="w|") as out:
    layers = []
    with tarfile.open(base_path) as base:
        for name in json.load(base.extractfile("manifest.json"))[0]["Layers"]:
            info = base.getmember(name)
            out.addfile(info, base.extractfile(info))
            layers.append(info.path)
    for path in layer_paths:
        with open(path, "rb") as file:
            content = file.read()
        fields = {}
        if path == layer_paths[-1]:
            fields = {"mode": 0o444, "uname": "root", "gname": "root"}
        name = hashlib.sha256(content).hexdigest() + "/layer.tar"
        out.addfile(member(name, len(content), **fields), io.BytesIO(content))
        layers.append(name)
    with open(config_path, "rb") as file:
        config = file.read()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    out.addfile(member(config_name, len(config)), io.BytesIO(config))
    manifest = [{"Config": config_name, "RepoTags": [repo_tag], "Layers": layers}]
    manifest = json.dumps(manifest, indent=4).encode()
    out.addfile(member("manifest.json", len(manifest)), io.BytesIO(manifest))
