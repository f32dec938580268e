# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes recovery sets by hand, after docs/set-format.md and without Lifeboat's own code: honest ones, and ones that lie."""
import hashlib
import json
import os
import subprocess

ZERO = b"\0" * 512


def zstd(data):
    return subprocess.run(["zstd", "-q", "-1", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def escape(name):
    """Bytes as the index writes them: %XX for what is not plain UTF-8."""
    out, rest = "", name
    while rest:
        for length in (1, 2, 3, 4):
            try:
                char = rest[:length].decode("utf-8")
                break
            except UnicodeDecodeError:
                char = None
        if char is None:
            out, rest = out + "%%%02X" % rest[0], rest[1:]
        elif char == "%" or ord(char) < 0x20 or ord(char) == 0x7f:
            out, rest = out + "%%%02X" % ord(char), rest[1:]
        else:
            out, rest = out + char, rest[length:]
    return out


def records(pairs):
    out = b""
    for key, value in pairs:
        body = b" " + key.encode() + b"=" + (value if isinstance(value, bytes) else str(value).encode()) + b"\n"
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        out += str(length).encode() + body
    return out


def block(name, kind, mode, size, uid=0, gid=0, mtime=0, link=b"", device=(0, 0)):
    head = bytearray(512)

    def put(at, data):
        head[at:at + len(data)] = data
    put(0, name[:100])
    put(100, b"%07o\0" % mode)
    put(108, b"%07o\0" % uid)
    put(116, b"%07o\0" % gid)
    put(124, b"%011o\0" % size)
    put(136, b"%011o\0" % mtime)
    put(148, b"        ")
    put(156, kind)
    put(157, link[:100])
    put(257, b"ustar\0" b"00")
    put(329, b"%07o\0" % device[0])
    put(337, b"%07o\0" % device[1])
    put(148, b"%06o\0 " % sum(head))
    return bytes(head)


def pad(data):
    return data + b"\0" * (-len(data) % 512)


KINDS = {"file": b"0", "hard": b"1", "symlink": b"2", "character": b"3", "block": b"4", "directory": b"5", "fifo": b"6"}


class Entry:
    """One tar member and its row of the index. pax: extra records. row: overrides for the row; None: no row at all."""

    def __init__(self, path, kind="file", data=b"", mode=0o644, link=b"", device=(0, 0), mtime=1000000000, pax=(), row=(), size=None):
        self.path, self.kind, self.data, self.mode, self.link = os.fsencode(path), kind, data, mode, os.fsencode(link)
        self.device, self.mtime, self.pax = device, mtime, list(pax)
        self.row, self.size = (None if row is None else dict(row)), len(data) if size is None else size

    def tar(self):
        pairs = self.pax
        if len(self.path) > 100:
            pairs = pairs + [("path", self.path)]
        if len(self.link) > 100:
            pairs = pairs + [("linkpath", self.link)]
        out = b""
        if pairs:
            text = records(pairs)
            out = block(b"pax", b"x", 0o644, len(text)) + pad(text)
        return out + block(self.path + (b"/" if self.kind == "directory" else b""), KINDS[self.kind], self.mode, self.size, mtime=self.mtime, link=self.link,
                           device=self.device) + pad(self.data)

    def index(self, segment):
        row = {"path": escape(self.path), "type": "file" if self.kind == "hard" else self.kind, "mode": "%04o" % self.mode, "uid": 0,
               "gid": 0, "mtime": [self.mtime, 0]}
        if self.kind == "file":
            row["size"] = len(self.data)
        if self.kind == "file":
            row["sha256"] = sha256(self.data)
        if self.kind in ("character", "block"):
            row["device"] = "%d:%d" % self.device
        if self.kind == "symlink":
            row["link"] = escape(self.link)
        if self.kind == "hard":
            row["hard_link"] = escape(self.link)
        row["segments"] = [segment]
        row.update(self.row)
        return row


class Set:
    """segments: list of (kind, [Entry...]). Writes everything with right digests; lies are told through the hooks."""

    def __init__(self, segments, **lies):
        self.segments, self.lies = segments, lies

    def write(self, directory):
        os.makedirs(os.path.join(directory, "segments"))
        rows, table = [], []
        for number, (kind, entries) in enumerate(self.segments):
            tar = b"".join(entry.tar() for entry in entries) + ZERO * 2
            stored = zstd(tar)
            name = "segments/%06d.tar.zst" % number
            with open(os.path.join(directory, name), "wb") as out:
                out.write(stored)
            row = {"name": name, "kind": kind, "entries": len(entries), "bytes": len(tar), "stored": len(stored),
                   "sha256": sha256(stored)}
            row.update(self.lies.get("segment", {}).get(number, {}))
            table.append(row)
            rows += [entry.index(number) for entry in entries if entry.row is not None]
        rows += self.lies.get("rows", [])
        rows.sort(key=lambda row: (row["type"] != "directory", row["segments"][-1]))
        index = zstd(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        with open(os.path.join(directory, "index.zst"), "wb") as out:
            out.write(index)
        manifest = {
            "format": "lifeboat recovery set", "version": 1, "id": "01234567-89ab-cdef-0123-456789abcdef",
            "created": "2026-01-02T03:04:05Z", "tool": "by hand",
            "machine": {"host": "", "os": "", "kernel": "", "architecture": "", "firmware": "bios", "loader": "none"},
            "totals": {"files": len(rows), "bytes": sum(row.get("data", row["size"]) for row in rows if row["type"] == "file" and "hard_link" not in row), "changed": 0},
            "index": {"name": "index.zst", "stored": len(index), "sha256": sha256(index)},
            "layout": [], "excluded": [], "segments": table}
        manifest.update(self.lies.get("manifest", {}))
        write_manifest(os.path.join(directory, "lifeboat.json"), manifest)


def expand(rows):
    """ROWS of an index, each with all numbers of segments it lies in."""
    for row in rows:
        row["segments"] = list(range(row["segments"][0], row["segments"][-1] + 1))
    return rows


def read_manifest(path):
    """The manifest PATH without its closing digest; "segments" is the list of rows of the table beside it."""
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    del manifest["sha256"]
    table = subprocess.run(["zstd", "-qdc", os.path.join(os.path.dirname(path), "segments.zst")], stdout=subprocess.PIPE, check=True).stdout
    manifest["segments"] = [json.loads(line) for line in table.splitlines()]
    return manifest


def write_table(directory, lines, count):
    """Writes segments.zst of LINES; the manifest's member that tells of it."""
    table = zstd(lines)
    with open(os.path.join(directory, "segments.zst"), "wb") as out:
        out.write(table)
    return {"name": "segments.zst", "count": count, "stored": len(table), "sha256": sha256(table)}


def write_manifest(path, manifest):
    """Writes MANIFEST with the right closing digest; a list of "segments" goes into the table beside it."""
    if isinstance(manifest.get("segments"), list):
        rows = b"".join(json.dumps(row).encode() + b"\n" for row in manifest["segments"])
        manifest = {**manifest, "segments": write_table(os.path.dirname(path), rows, len(manifest["segments"]))}
    text = json.dumps(manifest, indent=2)[:-2] + ",\n"
    with open(path, "w") as out:
        out.write(text + '  "sha256": "%s"\n}\n' % sha256(text.encode()))
