# SPDX-License-Identifier: GPL-3.0-or-later
"""A set as one stream in a file, laid out as the directory that it is, from docs/set-format.md alone ("As one stream")."""
import hashlib
import os
import re
import tarfile

from strict_forms import Refused, need, parse

MEMBER = re.compile(r"(.*/|)(lifeboat\.json|lifeboat\.begin|segments\.zst|index\.zst|segments/[0-9]{6,8}\.tar\.zst|attachments/[A-Za-z0-9][A-Za-z0-9+_.-]{0,159})",
                    re.DOTALL)


def check_beginning(data, manifest):
    end = re.search(rb'\n(  "sha256": "([0-9a-f]{64})"\n}\n)\Z', data)
    need(end and hashlib.sha256(data[:end.start(1)]).hexdigest().encode() == end[2], "the beginning is damaged")
    begun = parse(data)
    need(isinstance(begun, dict) and begun.get("format") == "lifeboat recovery set, beginning" and begun.get("version") == 1, "no beginning")
    need(begun.get("id") == parse(manifest).get("id"), "the beginning is of another set")
    need(begun["index"]["sha256"] == begun["segments"]["sha256"] == 64 * "0" and begun["totals"]["changed"] == 0, "the beginning knows too much")


def unpack(path, directory):
    """The members, in the order they lie in."""
    names, folder = [], None
    try:
        with tarfile.open(path, "r:") as tar:
            for entry in tar:
                found = MEMBER.fullmatch(os.path.normpath(entry.name)) if entry.isfile() else None
                if not found or found[1] != (found[1] if folder is None else folder) or found[2] in names:
                    continue
                folder = found[1]
                names.append(found[2])
                to = os.path.join(directory, found[2])
                os.makedirs(os.path.dirname(to), exist_ok=True)
                with open(to, "xb") as file:
                    with tar.extractfile(entry) as data:
                        while piece := data.read(1 << 20):
                            file.write(piece)
    except tarfile.TarError as error:
        raise Refused("the stream is damaged: %s" % error) from error
    need("lifeboat.json" in names, "the stream has no manifest")
    if names[0] == "lifeboat.begin":
        need(names[-3:] == ["index.zst", "segments.zst", "lifeboat.json"], "a stream as captured in another order")
        with open(os.path.join(directory, names[0]), "rb") as begun, open(os.path.join(directory, "lifeboat.json"), "rb") as manifest:
            check_beginning(begun.read(), manifest.read())
    return names
