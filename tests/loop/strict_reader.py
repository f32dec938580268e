#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict reader of recovery sets, written from docs/set-format.md alone: it shares no code with Lifeboat, and needs `zstd` beside Python.

    strict_reader.py SET            verifies the whole set, a directory or a stream in a file; status 0 when it is
                                 whole, 1 with the reason when it is not
    strict_reader.py SET TARGET     verifies it, then restores its tree into the empty directory TARGET
"""
import hashlib
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import strict_stream  # noqa: E402
from strict_forms import (Refused, Unpacked, check_frames, check_members, check_path, digest, list_of, need, number, one_of, parse,  # noqa: E402
                          pattern, plain, text, unescape)
from strict_tar import Archive  # noqa: E402

MIB, GIB = 1 << 20, 1 << 30
KINDS = ("directories", "files", "links")
TYPES = ("file", "directory", "symlink", "fifo", "socket", "character", "block")
PIECES, UNMOUNTED, IMAGES = b".lifeboat-pieces", b".lifeboat-unmounted", b".lifeboat-images"
PART = 16 * MIB
NANOSECONDS = number(0, 999999999)
NO_ID = 0xffffffff

word = pattern("[a-z0-9-]{1,64}")
words = list_of(word, 64)
an_object = lambda value: isinstance(value, dict)  # noqa: E731

MANIFEST = {"format": one_of("lifeboat recovery set"), "version": number(1, 1), "id": pattern("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
            "created": pattern(r"\d{4}-(0\d|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ"), "tool": plain, "machine": an_object, "totals": an_object,
            "index": an_object, "layout": list_of(an_object, 1 << 20), "excluded": list_of(plain, 1000000), "segments": an_object, "sha256": digest}
MANIFEST_MORE = {"label": plain, "required": words, "optional": words, "lost": number(0, 1000000)}
MACHINE = {"host": plain, "os": plain, "kernel": plain, "architecture": plain, "firmware": one_of("bios", "uefi"),
           "loader": one_of("grub-bios", "grub-uefi", "grub-bios,grub-uefi", "none")}
MACHINE_MORE = {"loader_id": lambda value: plain(value) and value not in ("", ".", "..") and "/" not in value, "grub": one_of("grub", "grub2"),
                "installs": one_of("i386-pc", "x86_64-efi", "i386-pc,x86_64-efi")}
TOTALS = {"files": number(), "bytes": number(), "changed": number()}
INDEX = {"name": one_of("index.zst"), "stored": number(0, 64 * GIB), "sha256": digest}
TABLE = {"name": one_of("segments.zst"), "count": number(1, 16777216), "stored": number(0, GIB), "sha256": digest}
SEGMENT = {"sha256": digest, "name": text, "kind": one_of(*KINDS), "entries": number(), "bytes": number(1024, 16 * GIB), "stored": number(1, GIB)}

ATTACHMENT = {"name": pattern("[A-Za-z0-9][A-Za-z0-9+_.-]{0,159}"), "kind": word, "stored": number(1, 192 * MIB), "sha256": digest}
ATTACHMENT_MORE = {"node": text, "secret": lambda value: value is True}

mtime = lambda value: (isinstance(value, list) and len(value) == 2 and number(-2 ** 63)(value[0]) and NANOSECONDS(value[1]))  # noqa: E731
ROW = {"path": text, "type": one_of(*TYPES), "mode": pattern("[0-7]{4}"), "uid": number(0, NO_ID - 1), "gid": number(0, NO_ID - 1), "mtime": mtime,
       "segments": lambda value: list_of(number(0, 16777215), 2)(value) and value and value == sorted(set(value))}
ROW_MORE = {"flags": pattern("[1-9a-f][0-9a-f]*"), "hints": text, "changed": lambda value: value is True,
            "xattrs": lambda value: isinstance(value, dict) and value and all(map(digest, value.values()))}
OF_TYPE = {"file": {"size": number(), "sha256": digest}, "symlink": {"link": text}, "character": {"device": text}, "block": {"device": text}}


class Content:
    """The digest of a file's content, from its data in order."""

    def __init__(self, row):
        self.hash, self.at, self.size = hashlib.sha256(), 0, row["size"]
        self.mostly_holes = row["size"] - row.get("data", row["size"]) > 4 * GIB
        self.block = bytearray()

    def add(self, offset, data):
        if not self.mostly_holes:
            self.zeros(offset - self.at)
            self.hash.update(data)
            self.at = offset + len(data)
            return
        while data:
            if offset // MIB != self.at // MIB:
                self.flush()
                self.at = offset // MIB * MIB
            start = offset % MIB
            part, data = data[:MIB - start], data[MIB - start:]
            self.block += bytes(start - len(self.block)) + part
            offset += len(part)
            if len(self.block) == MIB:
                self.flush()
                self.at += MIB

    def zeros(self, count):
        while count:
            self.hash.update(bytes(min(count, MIB)))
            count -= min(count, MIB)

    def flush(self):
        """One block of a file that is mostly holes, if it is not all zeros."""
        if any(self.block):
            whole = min(MIB, self.size - self.at)
            self.hash.update((self.at // MIB).to_bytes(8, "big") + self.block + bytes(whole - len(self.block)))
        self.block = bytearray()

    def end(self):
        if self.mostly_holes:
            self.flush()
        else:
            self.zeros(self.size - self.at)
        return self.hash.hexdigest()


def file_digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_images(layout):
    """Name -> bytes of each image that the layout tells of."""
    images, sizes, below = {}, {node.get("id"): node.get("size", 0) for node in layout}, [on for node in layout for on in node.get("on", [])]
    for node in layout:
        properties = node.get("properties", {}) if node.get("type") == "filesystem" else {}
        name, holes, kind = properties.get("image"), properties.get("image_holes"), node.get("filesystem", {}).get("kind")
        need((name is None) == (holes is None), "holes of no image")
        if name is None:
            continue
        need(re.fullmatch("[A-Za-z0-9][A-Za-z0-9.-]{0,63}", name) and name not in images, "a malformed image", name)
        need(holes == "zero" or (holes == "unused" and kind == "ntfs"), name, "says nothing of its holes")
        need(len(node["on"]) == 1 and node["id"] not in below, name, "carries something, or lies on several")
        holder = sizes[node["on"][0]]
        need(0 < node.get("size", 0) <= (holder or 2 ** 63) and node["size"] % 512 == 0 and -(-node["size"] // PART) <= 10 ** 8, name, "has a wrong size")
        images[name] = node["size"]
    return images


def check_part(images, row, below):
    """A row at or below the directory of images: BELOW are the names beneath it."""
    if row["type"] == "directory":
        need(images and (not below or (len(below) == 1 and below[0].decode("ascii", "replace") in images)), row["path"], "is the directory of no image")
        return
    need(row["type"] == "file" and "hard_link" not in row and len(below) == 2 and re.fullmatch(b"[0-9]{8}", below[1]), row["path"], "is no part")
    size = images.get(below[0].decode("ascii", "replace"), 0) - int(below[1]) * PART
    need(0 < size and row["size"] == min(size, PART) and len(row["segments"]) == 1, row["path"], "is a part of another size, or of no image")


class Reader:
    """One set: `rows` {path: row of the index}, `segments` the rows of their table."""

    def __init__(self, location):
        self.location = location
        self.manifest = self.read_manifest()
        self.segments = self.read_segments()
        self.rows = self.read_index()

    def member(self, name, told):
        """The path of a member that is as long and has the digest that was TOLD."""
        path = os.path.join(self.location, name)
        need(os.path.isfile(path) and not os.path.islink(path), name, "is missing")
        need(os.path.getsize(path) == told["stored"] and file_digest(path) == told["sha256"], name, "is damaged")
        return path

    def unpacked(self, name, told):
        """What the zstd file of that name holds."""
        path = self.member(name, told)
        with open(path, "rb") as file:
            check_frames(file.read(), name.startswith("segments/"))
        return Unpacked(path)

    def read_manifest(self):
        with open(os.path.join(self.location, "lifeboat.json"), "rb") as file:
            data = file.read(64 * MIB + 1)
        need(len(data) <= 64 * MIB, "the manifest is too long")
        end = re.search(rb'\n(  "sha256": "([0-9a-f]{64})"\n}\n)\Z', data)
        need(end and hashlib.sha256(data[:end.start(1)]).hexdigest().encode() == end[2], "the manifest is damaged")
        manifest = parse(data)
        need(isinstance(manifest, dict) and manifest.get("format") == "lifeboat recovery set", "no recovery set")
        need(manifest.get("version") == 1, "version", manifest.get("version"))
        for name in ("required", "optional"):
            need(words(manifest.get(name, [])), "malformed", name)
        required, self.foreign = manifest.get("required", []), manifest.get("optional", [])
        need(set(required) <= {"images"}, "the set requires", *required)
        need(len(set(self.foreign)) == len(self.foreign), "a feature twice")
        need(not set(self.foreign) & {*MANIFEST, *MANIFEST_MORE, *ROW, *ROW_MORE, *SEGMENT, "size", "data", "device", "link", "hard_link"},
             "a feature that is named like a member")
        check_members("the manifest", manifest, MANIFEST, MANIFEST_MORE, self.foreign)
        check_members("machine", manifest["machine"], MACHINE, MACHINE_MORE)
        check_members("totals", manifest["totals"], TOTALS)
        check_members("index", manifest["index"], INDEX)
        check_members("segments", manifest["segments"], TABLE)
        need(manifest.get("lost", 0) <= len(manifest["excluded"]), "more is lost than was left out")
        self.attachments = self.read_attachments(manifest)
        self.images = read_images(manifest["layout"])
        need(bool(required) == bool(self.images), "images that are not required, or the other way round")
        need("messages" not in self.foreign or isinstance(manifest.get("messages"), dict), "malformed messages")
        return manifest

    def read_attachments(self, manifest):
        """The optional feature that tells of members of the set."""
        if "attachments" not in self.foreign:
            return []
        attachments = manifest.get("attachments")
        need(isinstance(attachments, list) and 1 <= len(attachments) <= 1024, "malformed attachments")
        nodes = {node.get("id") for node in manifest["layout"]}
        for attachment in attachments:
            check_members("an attachment", attachment, ATTACHMENT, ATTACHMENT_MORE)
            need("node" not in attachment or attachment["node"] in nodes, "an attachment of no node")
        names = [attachment["name"] for attachment in attachments]
        need(names == sorted(names) and len({name.lower() for name in names}) == len(names), "attachments are out of order, or there twice")
        return attachments

    def lines(self, told):
        """The JSON objects of a table, a line each."""
        with self.unpacked(told["name"], told) as table:
            for line in table.lines:
                need(line.endswith(b"\n"), told["name"], "is cut")
                yield line[:-1]

    def read_segments(self):
        told, totals, rows = self.manifest["segments"], self.manifest["totals"], []
        for line in self.lines(told):
            need(len(line) <= 4096, "a long row of a segment")
            row = parse(line)
            check_members("a row of segments.zst", row, SEGMENT, (), self.foreign)
            need(row["name"] == "segments/%06d.tar.zst" % len(rows), "a segment is called", row["name"])
            need(row["bytes"] % 512 == 0 and (row["kind"] != "files" or row["stored"] <= 192 * MIB), row["name"], "has a wrong length")
            rows.append(row)
        need(len(rows) == told["count"] and rows[0]["kind"] == "directories", "segments.zst does not hold what the manifest says")
        order = [KINDS.index(row["kind"]) for row in rows]
        need(order == sorted(order), "segments are not in order")
        need(totals["files"] <= sum(row["entries"] for row in rows) and totals["bytes"] <= sum(row["bytes"] for row in rows), "totals are too large")
        return rows

    def read_index(self):
        totals, rows, last = self.manifest["totals"], {}, 0
        for line in self.lines(self.manifest["index"]):
            row = parse(line)
            need(isinstance(row, dict), "a row is no object")
            hard, kind = "hard_link" in row, row.get("type")
            more = {} if hard else {**ROW_MORE, **({"data": number()} if kind == "file" else {})}
            need(text(kind), "a row without type")
            check_members("a row of the index", row, {**ROW, **({"hard_link": text} if hard else OF_TYPE.get(kind, {}))}, more, self.foreign)
            path = check_path(unescape(row["path"]))
            need(path not in rows, "a path twice:", row["path"])
            need(rows or (path == b"." and kind == "directory"), "the first row is not the root")
            need(path == b"." or rows.get(path.rpartition(b"/")[0] or b".", {}).get("type") == "directory", row["path"], "lies in no directory")
            top = path.split(b"/")
            need(top[0] != PIECES, "a path of Lifeboat's own:", row["path"])
            need(top[0] != UNMOUNTED or len(top) > 2 or kind == "directory", row["path"], "is no directory")
            if top[0] == IMAGES:
                check_part(self.images, row, top[1:])
            need("data" not in row or row["data"] < row["size"], row["path"], "has more data than bytes, or no holes")
            need(row["segments"][-1] < len(self.segments), row["path"], "lies in no segment")
            need(len(row["segments"]) == 1 or "size" in row, row["path"], "is no file, and in pieces")
            place = (kind != "directory", row["segments"][-1])
            need(place >= (last or place), row["path"], "is out of order")
            if hard:
                first = rows.get(check_path(unescape(row["hard_link"])))
                need(first and first["type"] == kind != "directory" and "hard_link" not in first, row["path"], "is a hard link to nothing")
            rows[path], last = row, place
        parts = sum(-(-size // PART) for size in self.images.values())
        need(parts == sum(row["type"] == "file" and path.startswith(IMAGES + b"/") for path, row in rows.items()), "parts of images are missing")
        sizes = sum(row.get("data", row["size"]) for row in rows.values() if "size" in row)
        need(len(rows) == totals["files"] and sizes == totals["bytes"], "the index does not hold what the manifest says")
        need(sum("changed" in row for row in rows.values()) <= totals["files"] >= totals["changed"], "more has changed than there is")
        return rows

    # What segments hold

    def members(self, number_of):
        """The members of a segment, with their archives."""
        told = self.segments[number_of]
        try:
            with self.unpacked(told["name"], told) as stream:
                archive, count = Archive(stream), 0
                for member in archive:
                    count += 1
                    yield member, archive
                need(archive.bytes == told["bytes"] and count == told["entries"], "it is not what its row says")
        except Refused as error:
            raise Refused("%s: %s" % (told["name"], error)) from error

    def verify(self):
        """Holds each member against the index, and looks at the digests of attachments."""
        for attachment in self.attachments:
            self.member("attachments/" + attachment["name"], attachment)
        check = Agreement(self.rows)
        for at, told in enumerate(self.segments):
            for member, archive in self.members(at):
                check.member(at, told["kind"], member, archive)
        check.end()


class Agreement:
    """What the segments have told so far, held against the rows of the index."""

    def __init__(self, rows):
        self.rows, self.seen, self.open, self.helper, self.numbers = rows, {}, None, None, set()

    def member(self, at, kind, member, archive):
        name = member.path.decode("utf-8", "backslashreplace")
        try:
            if member.recipe:
                self.recipe(member)
            elif member.piece_of is not None:
                self.piece(at, member, archive)
            else:
                self.entry(at, kind, member, archive)
        except Refused as error:
            raise Refused("%s: %s" % (name, error)) from error

    def entry(self, at, kind, member, archive):
        path = member.path
        need(self.open is None and self.helper is None, "stands where a piece should")
        need(path in self.rows and path not in self.seen, "no row tells of it, or it is there twice")
        need(kind == {"directory": "directories", "hard": "links"}.get(member.type, "files"), "lies in a segment of", kind)
        row = self.rows[path]
        parent = path.rpartition(b"/")[0] or b"."
        need(path == b"." or (parent in self.seen and self.rows[parent]["type"] == "directory"), "lies in no directory")
        need(self.seen or path == b".", "is before the root")
        self.seen[path] = True
        self.same(row, member)
        if member.type == "hard":
            need(row.get("hard_link") is not None and unescape(row["hard_link"]) == member.link and member.link in self.seen, "is a link to elsewhere")
            need(row["segments"] == [at], "lies in another segment")
            return
        need(row["type"] == member.type and "hard_link" not in row, "is no", row["type"])
        need(("link" in row) == (member.link is not None) and (member.link is None or unescape(row["link"]) == member.link), "has another target")
        need(row.get("device") == member.device, "is another device")
        need(member.whole_size is None or member.type == "file", "is a piece of no file")
        if member.type == "file":
            self.first_piece(at, row, member, archive)
        else:
            need(row["segments"] == [at], "lies in another segment")

    @staticmethod
    def same(row, member):
        need(row["mode"] == "%04o" % member.mode and (row["uid"], row["gid"]) == (member.uid, member.gid), "has another mode or owner")
        need(tuple(row["mtime"]) == member.mtime, "has another time", row["mtime"], member.mtime)
        if member.type != "hard":
            told = {unescape(name): told for name, told in row.get("xattrs", {}).items()}
            need(told == {name: hashlib.sha256(value).hexdigest() for name, value in member.xattrs.items()}, "has other attributes")
            need((row.get("flags"), row.get("hints")) == (member.flags, member.hints), "has other flags")

    def first_piece(self, at, row, member, archive):
        self.open = {"path": member.path, "row": row, "size": 0, "data": 0, "content": Content(row), "first": at, "last": at, "number": 0, "of": None}
        need(row["size"] == (member.size if member.whole_size is None else member.whole_size), "has another size")
        need(member.whole_size is None or member.size < member.whole_size, "is whole, and says that it is not")
        self.helper = member.path if member.whole_size is not None else None
        self.add(at, member, archive)

    def piece(self, at, member, archive):
        found = re.fullmatch(rb"\.lifeboat-pieces/([1-9][0-9]*)/([0-9]{8})", member.path)
        need(found and self.open and self.helper is None, "is a piece of nothing")
        file = self.open
        need(member.type == "file" and member.piece_of == file["path"] and member.whole_size == file["row"]["size"], "is a piece of another file")
        need(member.piece_offset == file["size"] and at == file["last"] + 1 and int(found[2]) == file["number"] + 1, "does not follow the last piece")
        need(found[1] == file["of"], "is a piece of another number")
        self.same(file["row"], member)
        file["number"] += 1
        self.add(at, member, archive)

    def add(self, at, member, archive):
        file = self.open
        for offset, data in archive.content(member):
            file["content"].add(file["size"] + offset, data)
        file["size"], file["data"], file["last"] = file["size"] + member.size, file["data"] + member.data, at
        need(file["size"] <= file["row"]["size"], "goes beyond the file's end")
        if file["size"] == file["row"]["size"]:
            row = file["row"]
            need(row.get("data", row["size"]) == file["data"], "has other holes")
            need(row["segments"] == sorted({file["first"], at}), "lies in other segments")
            need(file["content"].end() == row["sha256"], "has other content")
            self.open = None

    def recipe(self, member):
        found = re.fullmatch(rb"\.lifeboat-pieces/([1-9][0-9]*)/target", member.path)
        need(found and member.type == "hard" and member.link == self.helper, "helps nobody")
        need(found[1] not in self.numbers, "is the second of its number")
        self.numbers.add(found[1])
        self.open["of"], self.helper = found[1], None

    def end(self):
        need(self.open is None, "pieces are missing")
        need(len(self.seen) == len(self.rows), "rows of the index without an entry:", *sorted(self.rows.keys() - self.seen.keys())[:3])


def main():
    try:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as unpacked:
            if os.path.isfile(sys.argv[1]):
                strict_stream.unpack(sys.argv[1], unpacked)
            reader = Reader(unpacked if os.path.isfile(sys.argv[1]) else sys.argv[1])
            reader.verify()
            if len(sys.argv) > 2:
                import strict_restore
                strict_restore.restore(reader, os.fsencode(sys.argv[2]))
    except (Refused, OSError) as error:
        print("strict_reader: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
