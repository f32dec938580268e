# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets in which one thing is changed, with right digests: a value, a member, an order, the form in which something is written.

Each generator yields (name, changes for CapturedSet.write())."""
import json
import os
import shutil
import subprocess

from sets import read_manifest, sha256, write_manifest, zstd, ZERO


class CapturedSet:
    """A set that Lifeboat wrote, as parts to be changed and written again."""

    def __init__(self, location):
        self.location = location
        self.manifest = read_manifest(os.path.join(location, "lifeboat.json"))
        self.rows = [json.loads(line) for line in self.inside("index.zst").splitlines()]

    def inside(self, name):
        return subprocess.run(["zstd", "-qdc", os.path.join(self.location, name)], stdout=subprocess.PIPE, check=True).stdout

    def write(self, place, member=None, tar=None, packed=None, index=None, entries=0, manifest=None, attach=None):
        """A copy whose MEMBER holds TAR (ENTRIES more than before) as PACKED, whose index holds the lines INDEX, whose manifest has MANIFEST's members (...: lacks it), with the
        attachments ATTACH."""
        shutil.copytree(self.location, place, copy_function=os.link)
        changed = json.loads(json.dumps(self.manifest))
        name = "index.zst" if index is not None else member
        if name:
            data = packed or zstd(b"".join(index) if index is not None else tar)
            os.unlink(os.path.join(place, name))
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
            row = changed["index"] if index is not None else next(row for row in changed["segments"] if row["name"] == name)
            row.update(stored=len(data), sha256=sha256(data))
        if index is not None:
            self.tell_totals(changed["totals"], index)
        elif tar is not None:
            row.update(bytes=len(tar), entries=row["entries"] + entries)
        for name, value in (manifest or {}).items():
            if value is ...:
                changed.pop(name, None)
            else:
                changed[name] = value
        for name, data in (attach or {}).items():
            os.makedirs(os.path.join(place, "attachments"), exist_ok=True)
            with open(os.path.join(place, "attachments", name), "wb") as file:
                file.write(data)
        for made in ("lifeboat.json", "segments.zst"):
            os.unlink(os.path.join(place, made))
        write_manifest(os.path.join(place, "lifeboat.json"), changed)

    @staticmethod
    def tell_totals(totals, index):
        totals["files"] = len(index)
        try:
            rows = [json.loads(line) for line in index]
            totals["bytes"] = sum(row.get("data", row["size"]) for row in rows if row["type"] == "file" and "hard_link" not in row)
        except (ValueError, KeyError, TypeError, AttributeError):
            pass


def line(row):
    return json.dumps(row).encode() + b"\n"


def other(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        if len(value) == 64:
            return value[:-1] + ("0" if value[-1] != "0" else "1")
        if value.isdigit():
            return "%0*o" % (len(value), int(value, 8) ^ 1)
        return value + "x" if ":" not in value else value[:-1] + ("1" if value[-1] != "1" else "2")
    if isinstance(value, list):
        return [value[0] + 1, *value[1:]]
    changed = dict(value)
    name = sorted(changed)[0]
    changed[name] = other(changed[name])
    return changed


def row_mutants(rows):
    """Every member of every row: another value, missing; and members it does not have."""
    more = {"size": 5, "data": 1, "sha256": "0" * 64, "device": "1:3", "link": "x", "hard_link": "directory/file", "flags": "40",
            "xattrs": {"user.more": "0" * 64}}
    for number, row in enumerate(rows):
        def changed(**members):
            copy = [dict(other_row) for other_row in rows]
            copy[number].update(members)
            for name in [name for name, value in members.items() if value is None]:
                del copy[number][name]
            return {"index": [line(row) for row in copy]}
        for name, value in row.items():
            yield "%s: %s changed" % (row["path"], name), changed(**{name: other(value)})
            if name not in ("path", "type", "mode", "uid", "gid", "mtime", "segments"):
                yield "%s: %s missing" % (row["path"], name), changed(**{name: None})
        for name, value in more.items():
            if name not in row:
                yield "%s: %s added" % (row["path"], name), changed(**{name: value})
        yield "%s: row missing" % row["path"], {"index": [line(r) for i, r in enumerate(rows) if i != number]}
        yield "%s: row twice" % row["path"], {"index": [line(r) for r in rows + [row]]}
        if row["segments"][-1] > 0:
            yield "%s: another segment" % row["path"], changed(segments=[row["segments"][-1] - 1])


def form_mutants(rows):
    """What a row says, written otherwise; the order of rows."""
    lines = [line(row) for row in rows]
    last = max(number for number, row in enumerate(rows) if row["type"] == "file" and "hard_link" not in row)

    def with_line(number, text):
        return {"index": lines[:number] + [text] + lines[number + 1:]}

    def with_members(number=last, **members):
        return with_line(number, line({**rows[number], **members}))
    text = lines[last]
    yield "a blank line", {"index": lines + [b"\n"]}
    yield "no end of the last line", {"index": lines[:-1] + [lines[-1][:-1]]}
    yield "a carriage return", with_line(last, text[:-1] + b"\r\n")
    yield "blanks in a row", with_line(last, text.replace(b":", b" : ").replace(b"{", b" { "))
    yield "no blank in a row", with_line(last, json.dumps(rows[last], separators=(",", ":")).encode() + b"\n")
    yield "members in another order", with_line(last, line(dict(reversed(rows[last].items()))))
    yield "a member twice", with_line(last, text.replace(b"{", b'{"uid": %d, ' % rows[last]["uid"], 1))
    yield "something behind a row", with_line(last, text[:-1] + b" {}\n")
    yield "a number with a fraction", with_line(last, text.replace(b'"uid": %d' % rows[last]["uid"], b'"uid": %d.0' % rows[last]["uid"]))
    yield "a number as text", with_members(uid=str(rows[last]["uid"]))
    yield "text that JSON escapes", with_line(last, text.replace(b'"file"', b'"f\\u0069le"'))
    yield "half a surrogate", with_line(last, text.replace(b'"path": "', b'"path": "\\ud800', 1))
    yield "a row that is a list", with_line(last, b"[]\n")
    yield "a letter escaped", with_members(path="%6C" + rows[last]["path"][1:])
    yield "escaped in lower case", with_members(path=rows[last]["path"] + "%0a")
    yield "a zero byte escaped", with_members(path=rows[last]["path"] + "%00")
    yield "a path with a slash more", with_members(path="directory//" + rows[last]["path"])
    yield "a path of ..", with_members(path="directory/../" + rows[last]["path"])
    yield "a mode of three digits", with_members(mode=rows[last]["mode"][1:])
    yield "a mode of five digits", with_members(mode="0" + rows[last]["mode"])
    yield "flags of zero", with_members(flags="0")
    yield "no attributes", with_members(xattrs={})
    yield "hints of zeros", with_members(hints="0 0 0 0")
    yield "not changed", with_members(changed=False)
    yield "data as long as the file", with_members(data=rows[last]["size"])
    yield "a user of nobody", with_members(uid=0xffffffff)
    yield "a second has more than a second", with_members(mtime=[rows[last]["mtime"][0], 10 ** 9])
    yield "segments that are none", with_members(segments=[])
    yield "a segment that is not there", with_members(segments=[len(rows) + 1000])
    yield "two rows change places", {"index": lines[:1] + lines[1:3][::-1] + lines[3:]}
    yield "the root is not first", {"index": lines[1:2] + lines[:1] + lines[2:]}
    yield "the last row comes before", {"index": lines[:-2] + lines[-2:][::-1]}
    yield "all but the root the other way round", {"index": lines[:1] + lines[:0:-1]}
    for number, row in enumerate(rows):
        if "flags" in row:
            yield "%s: flags with a zero ahead" % row["path"], with_members(number, flags="0" + row["flags"])
        if "device" in row:
            yield "%s: a device with a zero ahead" % row["path"], with_members(number, device="0" + row["device"])


# Tar

class TarMember:
    """Records (a list of pairs, or None), header block, data with padding."""

    def __init__(self, records, header, body):
        self.records, self.header, self.body = records, header, body

    def copy(self):
        return TarMember(None if self.records is None else list(self.records), bytearray(self.header), bytearray(self.body))

    def name(self):
        return self.header[:100].rstrip(b"\0").decode(errors="backslashreplace")[-40:]

    def kind(self):
        return bytes(self.header[156:157]), tuple(key for key, _ in self.records or () if key.startswith(b"LIFEBOAT.piece"))

    def pack(self, before=b"pax"):
        fix(self.header)
        if self.records is None:
            return bytes(self.header + self.body)
        text = b"".join(record(key, value) for key, value in self.records)
        head = bytearray(512)
        head[:len(before)], head[156:157], head[257:265] = before, b"x", b"ustar\x0000"
        octal(head, 100, 8, 0o644)
        octal(head, 124, 12, len(text))
        return bytes(fix(head)) + text + bytes(-len(text) % 512) + bytes(self.header + self.body)


def record(key, value):
    length = len(key) + len(value) + 3
    while len(str(length)) + len(key) + len(value) + 3 != length:
        length = len(str(length)) + len(key) + len(value) + 3
    return b"%d %s=%s\n" % (length, key, value)


def octal(tar, at, width, value):
    tar[at:at + width] = b"%0*o\0" % (width - 1, value)


def fix(header):
    header[148:156] = b"        "
    octal(header, 148, 7, sum(header[:512]))
    return header


def split_tar(tar):
    at, records, members = 0, None, []
    while any(tar[at:at + 512]):
        header = bytearray(tar[at:at + 512])
        kind, size = header[156:157], int(header[124:135] or b"0", 8)
        body = tar[at + 512:at + 512 + size]
        padded = tar[at + 512:at + 512 + (size + 511) // 512 * 512]
        at += 512 + len(padded)
        if kind == b"x":
            records = []
            while body:
                length = int(body.split(b" ", 1)[0])
                key, value = body[:length - 1].split(b" ", 1)[1].split(b"=", 1)
                records.append((key, value))
                body = body[length:]
            continue
        members.append(TarMember(records, header, bytearray(padded)))
        records = None
    return members


def join_tar(members):
    return b"".join(member.pack() for member in members) + ZERO * 2


def tar_mutants(name, tar):
    """Of each member of the segment NAME: fields of its header, records, data; a member less, twice, in another place."""
    members = split_tar(tar)

    def changed(number, change, **more):
        copy = [member.copy() for member in members]
        change(copy[number], copy)
        return {"member": name, "tar": join_tar(copy), "entries": len(copy) - len(members), **more}
    kinds = set()
    for number, member in enumerate(members):
        what = "member %d (%s)" % (number, member.name())
        for mutant, change in [*header_changes(member, member.kind() not in kinds), *record_changes(member, member.kind() not in kinds), *place_changes(number, members)]:
            yield "%s: %s" % (what, mutant), changed(number, change)
        kinds.add(member.kind())
        for offset in sorted({0, len(member.body) // 2, len(member.body) - 2} if member.body else ()):
            yield "%s: data changed at %d" % (what, offset), changed(number, lambda m, _, at=offset: m.body.__setitem__(at, m.body[at] ^ 1))
    first = join_tar(members)
    for mutant, text in (("one zero block at the end", first[:-512]), ("three zero blocks at the end", first + ZERO), ("no end", first[:-1024])):
        yield mutant, {"member": name, "tar": text}
    yield "two frames", {"member": name, "tar": first, "packed": zstd(first[:512]) + zstd(first[512:])}
    yield "a skippable frame behind", {"member": name, "tar": first, "packed": zstd(first) + b"\x50\x2a\x4d\x18\4\0\0\0skip"}
    yield "a frame without checksum", {"member": name, "tar": first, "packed": subprocess.run(["zstd", "-qc", "--no-check"], input=first,
                                                                                           stdout=subprocess.PIPE, check=True).stdout}


def header_changes(member, strange):
    for name, offset, width in (("mode", 100, 8), ("uid", 108, 8), ("gid", 116, 8), ("mtime", 136, 12)):
        value = int(bytes(member.header[offset:offset + width - 1]), 8)
        yield name + " changed", lambda m, _, o=offset, w=width, v=value: octal(m.header, o, w, v ^ 1)
    for name, offset in (("name", 0), ("link", 157)):
        if member.header[offset]:
            yield name + " changed", lambda m, _, o=offset: m.header.__setitem__(o, m.header[o] ^ 1)
    put = {"a type of the other kind": (156, b"6" if member.header[156:157] != b"6" else b"0"), "a type of old tars": (156, b"\0"),
           "a magic of GNU": (257, b"ustar  \0"), "a user's name": (265, b"root"), "a mode with its type": (100, b"0100644\0"),
           "a number in base 256": (108, b"\x80\0\0\0\0\0\0\0"), "a number that is none": (108, b"000000x\0"),
           "a number that ends in a blank": (108, member.header[108:115] + b" "), "a link where none is": (157, b"x")}
    for name, (offset, value) in put.items() if strange else ():
        yield name, lambda m, _, o=offset, v=value: m.header.__setitem__(slice(o, o + len(v)), v)


# A keyword and values that a record of it never has.
WRONG = {b"mtime": (b"1.5", b"-0", b"1.000000000", b"+1", b"1e3", b" 1", b"01"), b"uid": (b"4294967295", b"07", b""), b"path": (b"", b"../x", b"/x", b"a\0b"),
         b"SCHILY.acl.access": (b"user::rwx", b"user::rw-,group::r--,mask::r--", b"user::rw-,user:0x1:r--,group::r--,mask::r--,other::---",
                                b"user::rw-,group::r--,user:1000:r--,mask::r--,other::---", b"user::rw-,user::rw-,group::r--,other::---",
                                b"user::rw-,user:5:r--,user:5:r--,group::r--,mask::r--,other::---", b"user::rw-,user:6:r--,user:5:r--,group::r--,mask::r--,other::---",
                                b"user::rw-,user:5:r--,group::r--,other::---", b"user::rw-,user:05:r--,group::r--,mask::r--,other::---"),
         b"SCHILY.xattr.user.": (b"x",), b"SCHILY.xattr.system.foreign": (b"x",), b"SCHILY.xattr.security.capability": (b"x" * 20,),
         b"SCHILY.xattr.btrfs.compression": (b"gzip",), b"SCHILY.xattr.btrfs.other": (b"x",),
         b"LIFEBOAT.flags": (b"0", b"1000000000", b"00000040", b"4A", b"80000"), b"LIFEBOAT.hints": (b"0 0 0 0", b"800 0 0", b"2 0 0 0", b"0 0 0 4294967296", b"00 0 0 1"),
         b"LIFEBOAT.type": (b"door", b"socket"), b"LIFEBOAT.recipe": (b"1", b"2"), b"LIFEBOAT.whole_size": (b"1", b"x"), b"LIFEBOAT.piece_of": (b"large",),
         b"GNU.sparse.major": (b"1",), b"size": (b"1",), b"comment": (b"hello",), b"atime": (b"1",)}


def record_changes(member, strange):
    records = member.records or []
    for number, (key, value) in enumerate(records):
        word = key.decode(errors="replace")
        yield "record %s changed" % word, lambda m, _, n=number, k=key, v=value: m.records.__setitem__(n, (k, v[:-1] + bytes((v[-1] ^ 1,)) if v else b"1"))
        yield "record %s missing" % word, lambda m, _, n=number: m.records.pop(n)
        yield "record %s twice" % word, lambda m, _, k=key, v=value: m.records.append((k, v))
    for key, values in WRONG.items() if strange else ():
        for value in values:
            yield "record %s=%s" % (key.decode(), value.decode()), lambda m, _, k=key, v=value: setattr(
                m, "records", [pair for pair in m.records or [] if pair[0] != k] + [(k, v)])


def place_changes(number, members):
    yield "missing", lambda _, copy: copy.pop(number)
    yield "twice", lambda m, copy: copy.append(m.copy())
    if number + 1 < len(members):
        yield "after the next", lambda _, copy: copy.insert(number + 1, copy.pop(number))


# The manifest and the table of segments

def manifest_mutants(manifest):
    for name, value in manifest.items():
        if name not in ("segments", "layout"):
            yield "manifest, %s missing" % name, {"manifest": {name: ...}}
    wrong = {"format": "x", "version": 2, "id": "X", "created": "yesterday", "tool": 1, "machine": {}, "excluded": ["a\u202eb"], "lost": 1000,
             "required": ["later"], "optional": ["id"], "label": "a\nb", "totals": {**manifest["totals"], "changed": -1}, "more": 1, "layout": [1],
             "index": {**manifest["index"], "name": "x"}}
    for name, value in wrong.items():
        yield "manifest, %s wrong" % name, {"manifest": {name: value}}
    right = {"label": "a label", "lost": 0, "optional": ["later"], "required": [], "excluded": []}
    for name, value in right.items():
        yield "manifest, %s" % name, {"manifest": {name: value}}
    for word in ("path", "mode", "size", "data", "changed", "name", "kind", "stored", "sha256", "required"):
        yield "manifest, an optional feature that is named like the member %s" % word, {"manifest": {"optional": [word]}}
    for value in ({}, {"a line": "a line"}, {"of no line": "x"}, ["x"], "x", None, ...):
        yield "manifest, messages %r" % (value,), {"manifest": {"optional": ["messages"], "messages": value}}
    yield "manifest, a member of an optional feature", {"manifest": {"optional": ["later"], "later": [1.5]}}
    for name in ("host", "firmware", "loader"):
        yield "manifest, machine's %s missing" % name, {"manifest": {"machine": {k: v for k, v in manifest["machine"].items() if k != name}}}
    for name, value in (("firmware", "coreboot"), ("loader", "lilo"), ("loader_id", ""), ("loader_id", "a/b"), ("grub", "grub3"), ("grub", "grub2"), ("installs", ""), ("installs", "x86_64-efi,i386-pc"),
                        ("installs", "i386-pc"), ("host", "\x1b"), ("more", "x")):
        yield "manifest, machine's %s %r" % (name, value), {"manifest": {"machine": {**manifest["machine"], name: value}}}
    good = {"name": "a", "kind": "lvm-metadata", "stored": 2, "sha256": sha256(b"x\n")}
    told = {"whole": [good], "none": [], "no name": [{**good, "name": "../a"}], "of no node": [{**good, "node": "x"}], "not secret": [{**good, "secret": False}],
            "twice": [good, good], "out of order": [{**good, "name": "b"}, good], "no words": ["a"], "damaged": [{**good, "sha256": sha256(b"")}], "too short": [{**good, "stored": 1}],
            "a kind of later": [{**good, "kind": "zpool-labels"}], "a member more": [{**good, "more": 1}]}
    for name, value in told.items():
        yield "attachments, " + name, {"manifest": {"optional": ["attachments"], "attachments": value}, "attach": {"a": b"x\n", "b": b"x\n"}}
    yield "attachments, missing", {"manifest": {"optional": ["attachments"], "attachments": [good]}}
    yield "attachments, not told", {"manifest": {"optional": ["attachments"]}}
    yield "attachments, without the word", {"manifest": {"attachments": [good]}, "attach": {"a": b"x\n"}}
    rows = manifest["segments"]
    for number in (0, len(rows) - 1):
        for name, value in rows[number].items():
            changes = ["x" if name == "kind" else other(value)] + ([0, -1, 2 ** 40] if isinstance(value, int) else [""])
            for change in changes:
                copy = [dict(row) for row in rows]
                copy[number][name] = change
                yield "table, row %d, %s %r" % (number, name, change), {"manifest": {"segments": copy}}
        yield "table, row %d missing" % number, {"manifest": {"segments": rows[:number] + rows[number + 1:]}}
    yield "table, a member more", {"manifest": {"segments": [{**rows[0], "more": 1}] + rows[1:]}}
    yield "table, a member of an optional feature", {"manifest": {"optional": ["later"], "segments": [{**rows[0], "later": 1}] + rows[1:]}}
    yield "table, two rows change places", {"manifest": {"segments": rows[:1] + rows[2:0:-1] + rows[3:]}}
    yield "table, files as links", {"manifest": {"segments": [{**row, "kind": "links" if row["kind"] == "files" else row["kind"]} for row in rows]}}
