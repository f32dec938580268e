# SPDX-License-Identifier: GPL-3.0-or-later
"""A language for tests: every letter of a msgid is a Cyrillic one. What is in Latin letters on a screen is data, or was never translated."""
import os
import re
import struct

CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[diuxXocsfeg%]|&[A-Za-z]")


def letter(match):
    character = match.group(0)
    return chr((0x410 if character.isupper() else 0x430) + ord(character.lower()) - ord("a"))


def translate(text):
    """All but conversions and the keys of buttons."""
    out, at = "", 0
    for match in CONVERSION.finditer(text):
        out += re.sub("[A-Za-z]", letter, text[at:match.start()]) + match.group(0)
        at = match.end()
    return out + re.sub("[A-Za-z]", letter, text[at:])


def unquote(lines):
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', lines))
    return text.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def messages(pot):
    """(msgid, plural or None) of a catalogue."""
    with open(pot, encoding="utf-8") as file:
        blocks = file.read().split("\n\n")
    for block in blocks:
        one = re.search(r'^msgid ((?:".*"\n?)+)', block, re.M)
        many = re.search(r'^msgid_plural ((?:".*"\n?)+)', block, re.M)
        if one and unquote(one.group(1)):
            yield unquote(one.group(1)), unquote(many.group(1)) if many else None


def write(pot, directory):
    """The language xx below DIRECTORY (gettext manual, "The Format of GNU MO Files")."""
    pairs = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"}
    for one, many in messages(pot):
        pairs[one + ("\0" + many if many else "")] = translate(one) + ("\0" + translate(many) if many else "")
    rows = sorted((original.encode(), translated.encode()) for original, translated in pairs.items())
    at, tables, texts = 28 + 16 * len(rows), ([], []), b""
    for which in (0, 1):
        for row in rows:
            tables[which].append(struct.pack("<II", len(row[which]), at + len(texts)))
            texts += row[which] + b"\0"
    place = os.path.join(directory, "xx", "LC_MESSAGES")
    os.makedirs(place)
    with open(os.path.join(place, "lifeboat.mo"), "wb") as file:
        file.write(struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0) + b"".join(tables[0] + tables[1]) + texts)
