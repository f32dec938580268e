# SPDX-License-Identifier: GPL-3.0-or-later
"""A filesystem of a server that can fall silent: a directory shown through /dev/fuse by a process of its own, which answers nothing while it is told
to be silent, or from a call of a kind on. To be used in a mount namespace of its own, for whoever looks at it then waits."""
import ctypes
import os
import select
import signal
import stat
import struct

SETATTR, MKDIR, UNLINK, RMDIR, RENAME, WRITE, FSYNC, FSYNCDIR, CREATE, RENAME2 = 4, 9, 10, 11, 12, 16, 20, 30, 35, 45
INIT, LOOKUP, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, OPENDIR, READDIR, RELEASEDIR, ACCESS = 26, 1, 3, 14, 15, 17, 18, 25, 27, 28, 29, 34
UNANSWERED = (2, 36, 38, 42)


def attributes(inode, path):
    st = os.lstat(path)
    times = (st.st_atime_ns, st.st_mtime_ns, st.st_ctime_ns)
    return struct.pack("<6Q10I", inode, st.st_size, st.st_blocks, *(time // 10**9 for time in times), *(time % 10**9 for time in times), st.st_mode,
                       st.st_nlink, st.st_uid, st.st_gid, 0, 4096, 0)


class Server:
    def __init__(self, top):
        self.paths, self.inodes = {1: top}, {top: 1}

    def inode(self, path):
        number = self.inodes.setdefault(path, len(self.inodes) + 1)
        self.paths[number] = path
        return number

    def list(self, path, offset):
        data = b""
        for at, name in list(enumerate(sorted(os.listdir(path)), 1))[offset:]:
            raw = name.encode()
            data += struct.pack("<QQII", self.inode(os.path.join(path, name)), at, len(raw), 0) + raw + bytes(-len(raw) % 8)
        return data

    def entry(self, path):
        number = self.inode(path)
        return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + attributes(number, path)

    def change(self, code, node, path, body):
        """What writes; None: CODE does not."""
        if code == MKDIR:
            below = os.path.join(path, body[8:].rstrip(b"\0").decode())
            os.mkdir(below, 0o700)
            return self.entry(below)
        if code == CREATE:
            below = os.path.join(path, body[16:].rstrip(b"\0").decode())
            os.close(os.open(below, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return self.entry(below) + struct.pack("<Q2I", 0, 0, 0)
        if code == WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            with open(path, "r+b") as file:
                os.pwrite(file.fileno(), body[40:40 + size], offset)
            return struct.pack("<2I", size, 0)
        if code in (UNLINK, RMDIR):
            below = os.path.join(path, body.rstrip(b"\0").decode())
            self.inodes.pop(below, None)
            (os.unlink if code == UNLINK else os.rmdir)(below)
            return b""
        if code in (RENAME, RENAME2):
            old, new = body[8 if code == RENAME else 16:].rstrip(b"\0").split(b"\0")
            below = os.path.join(self.paths[struct.unpack_from("<Q", body)[0]], new.decode())
            os.rename(os.path.join(path, old.decode()), below)
            number = self.inodes.pop(os.path.join(path, old.decode()), None)
            if number:
                self.inodes[below], self.paths[number] = number, below
            return b""
        if code == SETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + attributes(node, path)
        return b"" if code in (FSYNC, FSYNCDIR) else None

    def answer(self, code, node, body):
        path = self.paths.get(node)
        if code == INIT:
            return struct.pack("<4I2H2I2HI7I", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 0, 0, 0, *[0] * 7)
        if code == LOOKUP:
            below = os.path.join(path, body.rstrip(b"\0").decode())
            os.lstat(below)
            return self.entry(below)
        if code == GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + attributes(node, path)
        if code in (OPEN, OPENDIR):
            return struct.pack("<Q2I", 0, 0, 0)
        if code in (READ, READDIR):
            _, offset, size = struct.unpack_from("<QQI", body)
            if code == READDIR:
                return self.list(path, offset)
            with open(path, "rb") as file:
                return os.pread(file.fileno(), size, offset)
        if code == STATFS:
            return struct.pack("<5Q10I", 1 << 20, 1 << 19, 1 << 19, 1 << 10, 1 << 9, 4096, 255, 4096, *[0] * 7)
        if code in (RELEASE, RELEASEDIR, FLUSH, ACCESS):
            return b""
        data = self.change(code, node, path, body)
        if data is None:
            raise OSError(38, "no such call")
        return data


class Silent:
    """TOP is shown at PLACE. It falls silent by itself at the call COUNT of the kind CODE."""

    def __init__(self, top, place, writable=False, code=None, count=1):
        self.place, self.code, self.count = place, code, count
        self.device = os.open("/dev/fuse", os.O_RDWR)
        self.child_end, self.mute = os.pipe()
        options = f"fd={self.device},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"server:/export", place.encode(), b"fuse.silent", 0 if writable else 1, options.encode()) < 0:
            raise OSError(ctypes.get_errno(), "no FUSE here")
        self.child = os.fork()
        if self.child == 0:
            try:
                self.serve(Server(top))
            finally:
                os._exit(0)

    def serve(self, server):
        silent, held = False, None
        while True:
            ready = select.select([self.child_end] + ([] if silent else [self.device]), [], [])[0]
            if self.child_end in ready:
                silent = os.read(self.child_end, 1) == b"1"
                if silent or held is None:
                    continue
            request, held = held or os.read(self.device, 1 << 18), None
            _, code, unique, node = struct.unpack_from("<IIQQ", request)
            if code in UNANSWERED:
                continue
            self.count -= code == self.code
            if code == self.code and self.count == 0:
                silent, held = True, request
                continue
            try:
                data, error = server.answer(code, node, request[40:]), 0
            except OSError as failure:
                data, error = b"", -failure.errno
            os.write(self.device, struct.pack("<IiQ", 16 + len(data), error, unique) + data)

    def be(self, silent):
        os.write(self.mute, b"1" if silent else b"0")

    def close(self):
        """What still waits for it fails."""
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        for descriptor in (self.device, self.mute, self.child_end):
            os.close(descriptor)
        ctypes.CDLL(None).umount2(self.place.encode(), 2)
