# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments of docs/set-format.md: members of a pax archive, read strictly. Part of strict_reader.py."""
import re

from strict_forms import acl_bytes, check_acl, check_path, need, Refused

TYPES = {b"0": "file", b"1": "hard", b"2": "symlink", b"3": "character", b"4": "block", b"5": "directory", b"6": "fifo"}
# s u c S i a d A j t D T C x P of chattr(1)
FLAGS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x800000 | 0x2000000 | 0x20000000
HINTS = 0x100 | 0x400 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x10000
NO_ID = 0xffffffff
ACLS = {"SCHILY.acl.access": b"system.posix_acl_access", "SCHILY.acl.default": b"system.posix_acl_default"}
BLOCK = 512


class Member:
    """One tar member. `size` is with holes, `extents` where its data lies, `xattrs` {name: value} in bytes."""

    def __init__(self, name, kind):
        self.path, self.type = name, kind
        self.link = self.device = self.flags = self.hints = None
        self.piece_of = self.piece_offset = self.whole_size = None
        self.recipe, self.xattrs = False, {}

    def finish_names(self):
        if self.type == "directory":
            need(self.path.endswith(b"/"), "a directory without slash", self.path)
            self.path = self.path[:-1]
        check_path(self.path)
        need(self.type == "directory" or self.path != b".", "the root is no directory")
        if self.type == "hard":
            check_path(self.link)


def decimal(value, high=2 ** 63 - 1):
    need(re.fullmatch(rb"0|[1-9][0-9]*", value) and int(value) <= high, "no decimal number", value)
    return int(value)


def octal(field):
    found = re.fullmatch(rb"([0-7]+)[ \0]*", field)
    need(found or not field.strip(b" \0"), "no octal number", field)
    return int(found[1], 8) if found else 0


def string(field):
    found, _, rest = field.partition(b"\0")
    need(not rest.strip(b"\0"), "something behind the end of a header's text")
    return found


def time(value):
    found = re.fullmatch(rb"(-?)(0|[1-9][0-9]*)(?:\.([0-9]{9}))?", value)
    need(found and not (found[3] and int(found[3]) == 0) and value != b"-0", "no time", value)
    whole = int(found[2]) * 10 ** 9 + int(found[3] or 0)
    return divmod(-whole if found[1] else whole, 10 ** 9)


def records(data):
    """{keyword: value} of an extended header."""
    found = {}
    while data:
        head = re.match(rb"([1-9][0-9]*) ([^=]+)=", data)
        need(head and len(data) >= int(head[1]) > len(head[0]) and data[int(head[1]) - 1:int(head[1])] == b"\n", "a malformed record")
        key = head[2].decode("utf-8", "surrogateescape")
        need(key not in found, "a record twice:", key)
        found[key], data = data[len(head[0]):int(head[1]) - 1], data[int(head[1]):]
    return found


def take(member, found):
    """Applies the records FOUND to MEMBER, all of them."""
    def text_value(value):
        need(value and b"\0" not in value, "an empty name, or a zero byte in it")
        return value
    sparse = {key: found.pop("GNU.sparse." + key) for key in ("major", "minor", "name", "realsize") if "GNU.sparse." + key in found}
    for key, value in found.items():
        if key == "path":
            member.path = text_value(value)
        elif key == "linkpath":
            member.link = text_value(value)
        elif key == "size":
            member.stored = decimal(value)
        elif key in ("uid", "gid"):
            setattr(member, key, decimal(value, NO_ID - 1))
        elif key == "mtime":
            member.mtime = time(value)
        elif key.startswith("SCHILY.xattr."):
            name = key[len("SCHILY.xattr."):].encode("utf-8", "surrogateescape").replace(b"%3D", b"=").replace(b"%25", b"%")
            need(name not in member.xattrs, "an attribute twice:", name)
            member.xattrs[name] = value
        elif key in ACLS:
            need(ACLS[key] not in member.xattrs, "an ACL twice")
            member.xattrs[ACLS[key]] = acl_bytes(value)
        elif key == "LIFEBOAT.flags":
            need(re.fullmatch(rb"[1-9a-f][0-9a-f]*", value) and not int(value, 16) & ~FLAGS, "unknown flags", value)
            member.flags = value.decode()
        elif key == "LIFEBOAT.hints":
            hints = re.fullmatch(rb"(0|[1-9a-f][0-9a-f]*)( (?:0|[1-9][0-9]*)){3}", value)
            need(hints and not int(hints[1], 16) & ~HINTS and value != b"0 0 0 0", "malformed hints", value)
            bits, extent, cow = int(hints[1], 16), *map(int, value.split()[1:3])
            need(all(int(part) < 2 ** 32 for part in value.split()[1:]), "malformed hints", value)
            need((bits & 0x1800 or not extent) and (bits & 0x10000 or not cow), "a size without its flag", value)
            member.hints = value.decode()
        elif key == "LIFEBOAT.type":
            need(value == b"socket" and member.type == "fifo", "a wrong type", value)
            member.type = "socket"
        elif key == "LIFEBOAT.whole_size":
            member.whole_size = decimal(value)
        elif key == "LIFEBOAT.piece_of":
            member.piece_of = check_path(text_value(value))
        elif key == "LIFEBOAT.piece_offset":
            member.piece_offset = decimal(value)
        elif key == "LIFEBOAT.recipe":
            need(value == b"1", "a wrong recipe", value)
            member.recipe = True
        else:
            raise Refused("an unknown record " + key)
    if sparse:
        need(len(sparse) == 4 and sparse["major"] == b"1" and sparse["minor"] == b"0" and member.type == "file", "a sparse file of a foreign form")
        member.path, member.size = text_value(sparse["name"]), decimal(sparse["realsize"])
    return bool(sparse)


def check_attributes(member):
    plain = member.type in ("file", "directory")
    need(plain or not (member.flags or member.hints), "flags of a", member.type)
    if member.hints:
        bits = int(member.hints.split()[0], 16)
        need(not bits & (0x800 if member.type == "directory" else 0x1000), "an extent size of the other type")
    for name, value in member.xattrs.items():
        need(len(name) <= 255 and b"\0" not in name and len(value) <= 65536, "an attribute that no Linux takes:", name)
        space, _, rest = name.partition(b".")
        if name in ACLS.values():
            need(member.type == "directory" or name != b"system.posix_acl_default", "a default ACL of no directory")
            check_acl(value)
            continue
        need(rest and space in (b"user", b"trusted", b"security", b"btrfs"), "an attribute of an unknown namespace:", name)
        need(space != b"user" or member.type in ("file", "directory", "socket"), "a user attribute of a", member.type)
        if name == b"security.capability":
            need((len(value), value[:4][3:]) in ((20, b"\2"), (24, b"\3")), "a malformed capability")
        if name == b"btrfs.compression":
            need(value in (b"zlib", b"lzo", b"zstd"), "an unknown compression", value)


class Archive:
    """The members of one segment. STREAM is read to its end; iterate, and read each member's `content()` or not."""

    def __init__(self, stream):
        self.stream, self.bytes, self.left = stream, 0, 0

    def take(self, count):
        data = self.stream.read(count)
        self.bytes += len(data)
        need(len(data) == count, "a segment is cut")
        return data

    def __iter__(self):
        while True:
            header = self.take(BLOCK)
            if not any(header):
                need(not any(self.take(BLOCK)) and not self.stream.read(1), "something behind the end of a segment")
                return
            found = {}
            if header[156:157] == b"x":
                size = self.check(header)
                data = self.take(size)
                need(not any(self.take(-size % BLOCK)), "padding that is not zero")
                found = records(data)
                need(found, "an empty extended header")
                header = self.take(BLOCK)
            member = self.member(header, found)
            yield member
            for _ in self.content(member):
                pass
            need(not any(self.take(-self.used % BLOCK)), "padding that is not zero")

    @staticmethod
    def check(header):
        need(header[257:265] == b"ustar\x0000", "no ustar header")
        need(octal(header[148:156]) == sum(header[:148]) + sum(header[156:]) + 8 * 32, "a header's sum is wrong")
        need(not header[265] and not header[297], "user or group have names")
        return octal(header[124:136])

    def member(self, header, found):
        stored = self.check(header)
        kind = TYPES.get(header[156:157])
        need(kind, "an unknown type", header[156:157])
        name, prefix = string(header[:100]), string(header[345:500])
        member = Member(prefix + b"/" + name if prefix else name, kind)
        member.mode, member.uid, member.gid = (octal(header[at:at + 8]) for at in (100, 108, 116))
        member.mtime, member.stored = (octal(header[136:148]), 0), stored
        member.link = string(header[157:257]) or None
        need(member.mode <= 0o7777, "a mode of more than permissions")
        major, minor = octal(header[329:337]), octal(header[337:345])
        sparse = take(member, found)
        need((member.link is not None) == (kind in ("hard", "symlink")), "a link without target, or no link with one")
        need(kind != "symlink" or len(member.link) < 4096, "a long target")
        if kind in ("character", "block"):
            need(major <= 4095 and minor <= 1048575, "a device number")
            member.device = "%d:%d" % (major, minor)
        need(kind == "file" or member.stored == 0, "content of what is no file")
        need(member.type != "hard" or not (member.xattrs or member.flags or member.hints), "a hard link with attributes")
        need(kind == "file" or (member.whole_size, member.piece_of, member.piece_offset) == (None, None, None), "a piece of no file")
        need((member.piece_of is None) == (member.piece_offset is None), "a piece that is told incompletely")
        member.finish_names()
        check_attributes(member)
        self.used = 0
        if sparse:
            self.read_map(member)
        else:
            member.size, member.extents = member.stored, [(0, member.stored)] if member.stored else []
        member.data = sum(length for _, length in member.extents)
        need(self.used + member.data == member.stored, "a sparse file's map is not of its size")
        self.todo = list(member.extents)
        return member

    def read_map(self, member):
        """The map before a sparse file's data: decimal lines, filled with zeros to a whole block."""
        text, lines = b"", []
        while not lines or len(lines) < 2 * decimal(lines[0]) + 1:
            need(self.used + BLOCK <= member.stored, "a sparse map is cut")
            text += self.take(BLOCK)
            self.used += BLOCK
            lines = text.split(b"\n")[:-1]
        need(len(lines) == 2 * decimal(lines[0]) + 1 and not text.rpartition(b"\n")[2].strip(b"\0"), "something behind a sparse map")
        need(len(text) - len(text.rstrip(b"\0")) < BLOCK, "a sparse map with empty blocks")
        numbers, at = [decimal(line) for line in lines[1:]], 0
        extents = list(zip(numbers[0::2], numbers[1::2]))
        for offset, length in extents:
            need(offset >= at, "extents that overlap")
            at = offset + length
        need(at == member.size, "extents that do not end with the file")
        need(all(length for _, length in extents[:-1]), "an empty extent in the middle")
        member.extents = [extent for extent in extents if extent[1]]

    def content(self, member):
        """(offset, bytes) of what is left of MEMBER's data."""
        while self.todo:
            offset, length = self.todo.pop(0)
            data = self.take(min(length, 1 << 20))
            if length > len(data):
                self.todo.insert(0, (offset + len(data), length - len(data)))
            self.used += len(data)
            yield offset, data
