# SPDX-License-Identifier: GPL-3.0-or-later
"""Filesystems on loop devices, trees that hold everything a filesystem can hold, and a look at trees without Lifeboat's eyes."""
import array
import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import stat
import struct
import subprocess
import tempfile

LIFEBOAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..", os.environ.get("BUILD", "build"), "lifeboat")
os.environ["PATH"] = "/usr/sbin:/sbin:" + os.environ["PATH"]
GETFLAGS, SETFLAGS = 0x80086601, 0x40086602
IMMUTABLE, APPEND, NODUMP, NOATIME, DIRSYNC, NOCOW = 0x10, 0x20, 0x40, 0x80, 0x10000, 0x800000
FLAGS = IMMUTABLE | APPEND | NODUMP | NOATIME | DIRSYNC | NOCOW
failures = 0


def report(name, good, why=""):
    global failures
    failures += not good
    print("ok - %s" % name if good else "not ok - %s: %s" % (name, str(why)[:int(os.environ.get("WHY", "3000"))]), flush=True)


def lifeboat(*argv, **more):
    return subprocess.run([LIFEBOAT, *argv], text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, **more)


@contextlib.contextmanager
def workplace():
    top = tempfile.mkdtemp(prefix="lifeboat-loop-")
    try:
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


@contextlib.contextmanager
def volume(top, name, kind, size, *options):
    """A new filesystem of KIND on a loop device, mounted; gives its directory."""
    image, where = os.path.join(top, name + ".img"), os.path.join(top, name)
    with open(image, "wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs." + kind, "-q", *options, image], check=True, stdout=subprocess.DEVNULL)
    os.mkdir(where)
    subprocess.run(["mount", "-o", "loop", image, where], check=True)
    try:
        if os.path.isdir(where + "/lost+found"):
            os.rmdir(where + "/lost+found")
        yield where
    finally:
        os.sync()
        subprocess.run(["umount", "-l", where], check=True)
        os.unlink(image)


def get_flags(fd):
    value = array.array("l", [0])
    try:
        fcntl.ioctl(fd, GETFLAGS, value)
    except OSError:
        return 0
    return value[0] & FLAGS


def change_flags(path, add, remove=0, dir_fd=None):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=dir_fd)
    try:
        value = array.array("l", [0])
        fcntl.ioctl(fd, GETFLAGS, value)
        value[0] = value[0] & ~remove | add
        fcntl.ioctl(fd, SETFLAGS, value)
    finally:
        os.close(fd)


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, who & 0xffffffff) for tag, bits, who in entries)


ACCESS = acl((1, 6, -1), (2, 4, 1234), (4, 4, -1), (0x10, 6, -1), (0x20, 0, -1))
DEFAULT = acl((1, 7, -1), (4, 5, -1), (8, 7, 4321), (0x10, 7, -1), (0x20, 5, -1))
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)


def write(path, data=b"", mode=0o644, dir_fd=None):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=dir_fd)
    os.write(fd, data)
    os.fchmod(fd, mode)
    os.close(fd)


def make_types(top):
    os.mkdir(top + b"/types")
    os.mknod(top + b"/types/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(top + b"/types/block", stat.S_IFBLK | 0o660, os.makedev(8, 17))
    os.mkfifo(top + b"/types/fifo", 0o622)
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(top + b"/types")
        made.bind("socket")
        os.chdir(here)
    os.symlink(b"/nowhere/\xff", top + b"/types/dangling")
    os.symlink(b"null", top + b"/types/symlink")
    write(top + b"/types/empty")
    write(top + b"/types/setuid", b"#!", 0o6755)
    write(top + b"/types/sticky", b"", 0o1000)
    write(top + b"/types/unreadable", b"secret", 0)
    for name in (b"null", b"block", b"fifo", b"socket", b"symlink", b"empty"):
        os.link(top + b"/types/" + name, top + b"/" + name + b" again", follow_symlinks=False)
    os.chown(top + b"/types/setuid", 65534, 4294967294)
    os.chmod(top + b"/types/setuid", 0o6755)
    os.chown(top + b"/types/dangling", 12, 13, follow_symlinks=False)
    os.chown(top + b"/types/fifo", 14, 15)


def make_names(top):
    os.mkdir(top + b"/names")
    for name in (b"new\nline", b"\xff\xfe", b"n" * 255, b"%41", b"-rf", b" ", b"a\\b\"c", "ünï".encode(), b"\x01\x7f"):
        write(top + b"/names/" + name, name)
    deep = os.open(top, os.O_RDONLY)
    for level in range(22):
        os.mkdir(b"d" * 230, 0o750, dir_fd=deep)
        below = os.open(b"d" * 230, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    write(b"bottom", b"beyond PATH_MAX", 0o640, deep)
    os.symlink(b"elsewhere", b"link", dir_fd=deep)
    os.close(deep)


def make_content(top):
    os.mkdir(top + b"/content")
    noise = hashlib.shake_256(b"lifeboat").digest(1 << 20)
    for name, size, parts in ((b"hole", 1 << 20, ()), (b"middle", 1 << 20, ((65536, b"data"),)), (b"huge", 1 << 40, ((1 << 39, b"far"),)),
                              (b"ends", 3 << 20, ((0, b"first"), ((3 << 20) - 4, b"last"))),
                              (b"many", 40 << 20, tuple((n << 21, noise) for n in range(1, 20)))):
        with open(top + b"/content/" + name, "wb") as file:
            file.truncate(size)
            for at, data in parts:
                file.seek(at)
                file.write(data)
    with open(top + b"/content/large", "wb") as file:
        for number in range(9):
            file.write(noise[number:] + noise[:number])
    os.chown(top + b"/content/large", 5, 6)
    os.chmod(top + b"/content/large", 0o4750)
    os.setxattr(top + b"/content/large", "user.large", b"yes")
    os.link(top + b"/content/large", top + b"/content/large too")
    for number in range(300):
        write(top + b"/content/%d" % number, noise[:number * 17])


def make_metadata(top, kind):
    os.mkdir(top + b"/metadata")
    os.mkdir(top + b"/metadata/directory")
    write(top + b"/metadata/file", b"x", 0o640)
    write(top + b"/metadata/tool", b"#!", 0o755)
    os.symlink(b"file", top + b"/metadata/symlink")
    for name in (b"file", b"directory"):
        path = top + b"/metadata/" + name
        for key, value in (("user.plain", b"value"), ("user.zero\u00e9", b"a\0b\n="), ("user.empty", b""), ("user.a=b%3D", b"odd"),
                           ("trusted.secret", b"t" * 200), ("security.lifeboat", b"label")):
            os.setxattr(path, key, value)
        os.setxattr(path, "system.posix_acl_access", ACCESS)
    os.setxattr(top + b"/metadata/directory", "system.posix_acl_default", DEFAULT)
    write(top + b"/metadata/directory/inherits", b"x")
    os.setxattr(top + b"/metadata/tool", "security.capability", CAPABILITY)
    os.setxattr(top + b"/metadata/symlink", "trusted.link", b"l", follow_symlinks=False)
    os.setxattr(top + b"/types/block", "trusted.device", b"d")
    os.setxattr(top + b"/types/fifo", "trusted.fifo", b"f")
    for number, ns in enumerate((0, 1, 1700000000123456789, -1500000000, 2 ** 33 * 10 ** 9 + 5, -2145916800 * 10 ** 9, 13569465599999999999)):
        write(top + b"/metadata/time%d" % number)
        os.utime(top + b"/metadata/time%d" % number, ns=(ns, ns))
    os.mkdir(top + b"/metadata/read-only")
    write(top + b"/metadata/read-only/file", b"x", 0o444)
    os.mkdir(top + b"/metadata/setgid")
    os.chown(top + b"/metadata/setgid", 77, 78)
    os.chmod(top + b"/metadata/setgid", 0o2775)
    write(top + b"/metadata/setgid/inside")
    os.mkdir(top + b"/flags")
    for name, flags in ((b"i", IMMUTABLE), (b"a", APPEND), (b"dA", NODUMP | NOATIME), (b"linked", IMMUTABLE)):
        write(top + b"/flags/" + name, b"x")
        if name == b"linked":
            os.link(top + b"/flags/linked", top + b"/metadata/linked")
        change_flags(top + b"/flags/" + name, flags)
    if kind == "btrfs":
        write(top + b"/flags/C")
        change_flags(top + b"/flags/C", NOCOW)
        with open(top + b"/flags/C", "wb") as file:
            file.write(b"x" * 10000)
    os.mkdir(top + b"/flags/bequeaths")
    write(top + b"/flags/bequeaths/older", b"x")
    change_flags(top + b"/flags/bequeaths", (NOCOW if kind == "btrfs" else NODUMP) | NOATIME)
    os.mkdir(top + b"/flags/sealed")
    write(top + b"/flags/sealed/in", b"x")


def everything(root, kind):
    """Fills the filesystem of KIND mounted at ROOT."""
    top = os.fsencode(root)
    make_types(top)
    make_names(top)
    make_content(top)
    make_metadata(top, kind)
    for path, mode in ((b"/metadata/read-only", 0o555), (b"/flags", 0o700), (b"/names", 0o311)):
        os.chmod(top + path, mode)
    for path in (b"/types", b"/names", b"/metadata/directory", b"/flags/sealed", b"/flags", b""):
        os.utime(top + path, ns=(7, 1234567890123456789))
    change_flags(top + b"/flags/sealed", IMMUTABLE)


def unseal(root):
    """Takes the flags off that would be in the way of removing."""
    for path in ("flags/i", "flags/a", "flags/linked", "flags/sealed"):
        if os.path.lexists(os.path.join(root, path)):
            change_flags(os.path.join(root, path), 0, IMMUTABLE | APPEND)


def extents(fd, size):
    """Bytes outside of holes."""
    total = at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        at = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        total += at - start
    return total


def digest(fd, size):
    """Of what lies outside of holes, zeros skipped: equal for equal files, however large their holes."""
    made = hashlib.sha256()
    at = 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        at = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        for block in range(start >> 16, (at + 65535) >> 16):
            data = os.pread(fd, 65536, block << 16)
            if data.strip(b"\0"):
                made.update(b"%d:" % block + data)
    return made.hexdigest()


def one(name, dir_fd, path, inodes):
    status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    link = b"/proc/self/fd/%d/" % dir_fd + name
    row = {"mode": oct(status.st_mode), "owner": (status.st_uid, status.st_gid), "mtime": status.st_mtime_ns,
           "xattrs": {key: os.getxattr(link, key, follow_symlinks=False) for key in os.listxattr(link, follow_symlinks=False)
                      if not key.startswith(("trusted.SGI_ACL", "btrfs."))}}
    if stat.S_ISLNK(status.st_mode):
        row["target"] = os.readlink(name, dir_fd=dir_fd)
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        row["device"] = status.st_rdev
    if not stat.S_ISDIR(status.st_mode) and status.st_nlink > 1:
        row["first"] = inodes.setdefault((status.st_dev, status.st_ino), path)
        row["links"] = status.st_nlink
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NOATIME, dir_fd=dir_fd)
        row["flags"] = get_flags(fd)
        if stat.S_ISREG(status.st_mode):
            row["size"], row["content"], row["data"] = status.st_size, digest(fd, status.st_size), extents(fd, status.st_size)
        os.close(fd)
    return row


def describe(root):
    """{path: what is there}; paths of any length, names in one order so that first names are the same everywhere."""
    rows, inodes = {}, {}

    def walk(fd, prefix):
        for name in sorted(os.fsencode(name) for name in os.listdir(fd)):
            path = prefix + name
            rows[path] = one(name, fd, path, inodes)
            if rows[path]["mode"].startswith("0o4"):
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
                walk(below, path + b"/")
                os.close(below)
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    rows[b"."] = one(b".", top, b".", inodes)
    walk(top, b"")
    os.close(top)
    return rows


def unlike(before, after):
    """Differences of two descriptions as lines; data may be rounded up to blocks, not more."""
    lines = ["%r: only in one" % path for path in sorted(before.keys() ^ after.keys())]
    for path in sorted(before.keys() & after.keys()):
        for key in before[path]:
            left, right = before[path][key], after[path].get(key)
            if key == "data" and right <= left + 65536 and right <= before[path]["size"]:
                continue
            if left != right:
                lines.append("%r: %s: %r, %r" % (path[-80:], key, left, right))
    return lines
