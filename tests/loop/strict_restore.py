# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the tree of a verified set. Part of strict_reader.py; root. Every path is walked name by name, without following links."""
import contextlib
import fcntl
import os
import stat
import struct

from strict_forms import need
from strict_tar import FLAGS

GETFLAGS, SETFLAGS, GETXATTR, SETXATTR = 0x80086601, 0x40086602, 0x801c581f, 0x401c5820
LATE = 0x30  # immutable and append-only: when all else is done
KINDS = {"file": stat.S_IFREG, "fifo": stat.S_IFIFO, "socket": stat.S_IFSOCK, "character": stat.S_IFCHR, "block": stat.S_IFBLK}


@contextlib.contextmanager
def parent(target, path):
    """(descriptor, name) of PATH below TARGET."""
    *above, name = path.split(b"/")
    fd = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in above:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = below
        yield fd, name
    finally:
        os.close(fd)


@contextlib.contextmanager
def opened(target, path, how):
    with parent(target, path) as (at, name):
        fd = os.open(name, how | os.O_NOFOLLOW | os.O_NOATIME, dir_fd=at)
    try:
        yield fd
    finally:
        os.close(fd)


def set_flags(fd, flags):
    """Exactly FLAGS of those that sets keep: what an entry inherited from its directory goes."""
    old, = struct.unpack("=Q", fcntl.ioctl(fd, GETFLAGS, bytes(8)))
    new = old & ~FLAGS | flags
    if new != old:
        fcntl.ioctl(fd, SETFLAGS, struct.pack("=Q", new))


def set_hints(fd, hints):
    bits, *sizes = hints.split()
    extent, cow, project = map(int, sizes)
    old = bytearray(fcntl.ioctl(fd, GETXATTR, bytes(28)))
    struct.pack_into("=IIxxxxII", old, 0, struct.unpack_from("=I", old)[0] | int(bits, 16), extent, project, cow)
    fcntl.ioctl(fd, SETXATTR, bytes(old))


def make(target, member):
    """The entry itself, without content."""
    with parent(target, member.path) as (at, name):
        if member.type == "directory":
            if member.path != b".":
                os.mkdir(name, 0o700, dir_fd=at)
        elif member.type == "symlink":
            os.symlink(member.link, name, dir_fd=at)
        elif member.type == "hard":
            with parent(target, member.link) as (first_at, first):
                os.link(first, name, src_dir_fd=first_at, dst_dir_fd=at, follow_symlinks=False)
        else:
            device = os.makedev(*map(int, member.device.split(":"))) if member.device else 0
            os.mknod(name, KINDS[member.type] | 0o600, device, dir_fd=at)
    if member.type in ("file", "directory"):
        with opened(target, member.path, os.O_RDONLY) as fd:
            set_flags(fd, int(member.flags or "0", 16) & ~LATE)
            if member.hints:
                set_hints(fd, member.hints)


def write(target, path, start, member, archive):
    with opened(target, path, os.O_WRONLY) as fd:
        for offset, data in archive.content(member):
            while data:
                count = os.pwrite(fd, data, start + offset)
                offset, data = offset + count, data[count:]
        os.ftruncate(fd, start + member.size)


def finish(target, member):
    """Owner, attributes, mode and time; LATE flags follow."""
    with parent(target, member.path) as (at, name):
        link = b"/proc/self/fd/%d/" % at + name
        os.chown(name, member.uid, member.gid, dir_fd=at, follow_symlinks=False)
        if member.type != "symlink":
            os.chmod(link, member.mode)
        for key, value in member.xattrs.items():
            os.setxattr(link, key, value, follow_symlinks=False)
        time = member.mtime[0] * 10 ** 9 + member.mtime[1]
        os.utime(name, ns=(time, time), dir_fd=at, follow_symlinks=False)


def restore(reader, target):
    need(not os.listdir(target), "the target is not empty")
    directories, late, first = [], [], None
    for at, _ in enumerate(reader.segments):
        for member, archive in reader.members(at):
            if member.recipe:
                continue
            if member.piece_of is None:
                make(target, member)
            if member.type == "file":
                if member.piece_of is None:
                    first = member
                write(target, first.path, member.piece_offset or 0, member, archive)
                if (member.piece_offset or 0) + member.size == (member.whole_size if member.whole_size is not None else member.size):
                    finish(target, first)
            elif member.type == "directory":
                directories.append(member)
            elif member.type != "hard":
                finish(target, member)
            if member.flags and member.piece_of is None and int(member.flags, 16) & LATE:
                late.append(member)
    for member in reversed(directories):
        finish(target, member)
    for member in reversed(late):
        with opened(target, member.path, os.O_RDONLY) as fd:
            set_flags(fd, int(member.flags, 16))
