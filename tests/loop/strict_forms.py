# SPDX-License-Identifier: GPL-3.0-or-later
"""The small forms of docs/set-format.md: JSON that is read strictly, escaped names, numbers, paths, zstd frames, ACLs. Part of strict_reader.py."""
import json
import re
import struct
import subprocess


class Refused(Exception):
    """Why a set is not whole."""


def need(good, *why):
    if not good:
        raise Refused(" ".join(str(word)[:300] for word in why))


# Text and bytes

HIDDEN = ((0x00, 0x1f), (0x7f, 0x9f), (0xad, 0xad), (0x61c, 0x61c), (0x180e, 0x180e), (0x200b, 0x200f), (0x2028, 0x202e), (0x2060, 0x206f),
          (0xfeff, 0xfeff), (0xfff9, 0xfffb), (0x1d173, 0x1d17a), (0xe0000, 0xe007f))


def escape(name):
    out = ""
    for char in name.decode("utf-8", "surrogateescape"):
        if 0xdc80 <= ord(char) <= 0xdcff:
            out += "%%%02X" % (ord(char) - 0xdc00)
        elif char == "%" or any(low <= ord(char) <= high for low, high in HIDDEN):
            out += "".join("%%%02X" % byte for byte in char.encode())
        else:
            out += char
    return out


def unescape(text):
    name = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes((int(found[1], 16),)), text.encode())
    need(escape(name) == text and b"\0" not in name, "text that is escaped otherwise", text)
    return name


def check_path(path):
    names = path.split(b"/")
    need(path == b"." or all(0 < len(name) <= 255 and name not in (b".", b"..") for name in names), "a path leads out of the tree or is malformed", path)
    return path


# JSON

def _object(pairs):
    made = dict(pairs)
    need(len(made) == len(pairs), "an object has a member twice")
    return made


def _no_constant(value):
    raise Refused("no JSON: " + value)


def _integer(text):
    need(-2 ** 63 <= int(text) < 2 ** 63, "no number of 64 bits", text)
    return int(text)


def parse(line):
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate cannot be
        return value
    except (ValueError, RecursionError) as error:
        raise Refused("no JSON: %s" % error) from error


def check_members(what, value, checks, more=(), foreign=()):
    """VALUE is an object that has all members of CHECKS, may have those of MORE ({name: check} both), and FOREIGN ones, which nobody looks at."""
    need(isinstance(value, dict), what, "is no object")
    need(not checks.keys() - value.keys(), what, "lacks", sorted(checks.keys() - value.keys()))
    for name, member in value.items():
        check = checks.get(name) or dict(more).get(name)
        need(check or name in foreign, what, "has an unknown member", name)
        need(not check or check(member), what, "has a wrong", name, member)


def text(value):
    return isinstance(value, str) and "\0" not in value


def plain(value):
    """Text for people, with nothing in it that the escape would change but `%`."""
    return isinstance(value, str) and escape(value.replace("%", "").encode()) == value.replace("%", "")


def number(low=0, high=2 ** 63 - 1):
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def pattern(expression):
    return lambda value: isinstance(value, str) and re.fullmatch(expression, value, re.A) is not None


def one_of(*values):
    return lambda value: value in values and isinstance(value, str)


def list_of(check, limit):
    return lambda value: isinstance(value, list) and len(value) <= limit and all(check(item) for item in value)


digest = pattern("[0-9a-f]{64}")


# zstd

def check_frames(data, segment):
    """DATA is zstd frames; of a SEGMENT one frame with checksum and a window of at most 32 MiB."""
    at = frames = 0
    while at < len(data):
        need(data[at:at + 4] == b"\x28\xb5\x2f\xfd", "no zstd frame at", at)
        need(len(data) > at + 6, "a zstd frame is cut")
        form = data[at + 4]
        single, sizes = form >> 5 & 1, (1 if form >> 5 & 1 else 0, 2, 4, 8)[form >> 6]
        dictionary, at = (0, 1, 2, 4)[form & 3], at + 5
        window = 0
        if not single:
            need(at < len(data), "a zstd frame is cut")
            window = (1 << 10 + (data[at] >> 3)) // 8 * (8 + (data[at] & 7))
            at += 1
        at += dictionary
        if single:
            window = int.from_bytes(data[at:at + sizes], "little") + (256 if sizes == 2 else 0)
        need(window <= 32 << 20, "a zstd window of", window)
        at += sizes
        last = 0
        while not last:
            need(at + 3 <= len(data), "a zstd frame is cut")
            head = int.from_bytes(data[at:at + 3], "little")
            last, at = head & 1, at + 3 + (1 if head >> 1 & 3 == 1 else head >> 3)
        need(form & 4 or not segment, "a segment without checksum")
        at += 4 if form & 4 else 0
        frames += 1
    need(at == len(data) and frames >= 1 and (frames == 1 or not segment), "not one whole zstd frame")


class Unpacked:
    """What a zstd file holds, read piece by piece."""

    def __init__(self, path):
        self.child = subprocess.Popen(["zstd", "-qdc", "--", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.read = self.child.stdout.read
        self.lines = self.child.stdout

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.child.stdout.close()
        need(self.child.wait() == 0 or kind, "zstd does not unpack it")


# ACLs

NOBODY = 0xffffffff
TAGS = {("user", False): 1, ("user", True): 2, ("group", False): 4, ("group", True): 8, ("mask", False): 16, ("other", False): 32}


def acl_bytes(value):
    """The kernel's form of a text ACL."""
    made = []
    for entry in value.split(b","):
        found = re.fullmatch(rb"(user|group|mask|other):(|0|[1-9][0-9]*):([r-])([w-])([x-])", entry)
        need(found and (found[1].decode(), bool(found[2])) in TAGS, "a malformed ACL", value)
        need(not found[2] or int(found[2]) < NOBODY, "an ACL for nobody", value)
        made.append((TAGS[found[1].decode(), bool(found[2])], sum(bit for bit, char in zip((4, 2, 1), found.groups()[2:]) if char != b"-"),
                     int(found[2]) if found[2] else NOBODY))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in made)


def check_acl(value):
    """Takes what the kernel takes."""
    need(len(value) >= 4 and len(value) % 8 == 4 and value[:4] == b"\2\0\0\0", "an ACL of a foreign form")
    entries = list(struct.iter_unpack("<HHI", value[4:]))
    tags = [entry[0] for entry in entries]
    need(all(tag in TAGS.values() and bits < 8 and (who != NOBODY if tag in (2, 8) else who == NOBODY) for tag, bits, who in entries), "a wrong ACL entry")
    need(tags == sorted(tags) and all(tags.count(tag) == 1 for tag in (1, 4, 32)) and tags.count(16) <= 1, "an ACL that the kernel does not take")
    need(16 in tags or not {2, 8} & set(tags), "an ACL without mask")
