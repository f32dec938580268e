# SPDX-License-Identifier: GPL-3.0-or-later
"""A filesystem of a server that can fall silent: a directory shown through /dev/fuse by a process of its own, which answers nothing while it is told
to be silent. To be used in a mount namespace of its own, for whoever looks at it then waits."""
import ctypes
import os
import select
import signal
import stat
import struct

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

    def answer(self, code, node, body):
        path = self.paths.get(node)
        if code == INIT:
            return struct.pack("<4I2H2I2HI7I", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 0, 0, 0, *[0] * 7)
        if code == LOOKUP:
            below = os.path.join(path, body.rstrip(b"\0").decode())
            os.lstat(below)
            number = self.inode(below)
            return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + attributes(number, below)
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
        raise OSError(38, "no such call")


class Silent:
    """TOP is shown at PLACE."""

    def __init__(self, top, place):
        self.place = place
        self.device = os.open("/dev/fuse", os.O_RDWR)
        self.child_end, self.mute = os.pipe()
        options = f"fd={self.device},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"server:/export", place.encode(), b"fuse.silent", 1, options.encode()) < 0:
            raise OSError(ctypes.get_errno(), "no FUSE here")
        self.child = os.fork()
        if self.child == 0:
            try:
                self.serve(Server(top))
            finally:
                os._exit(0)

    def serve(self, server):
        silent = False
        while True:
            ready = select.select([self.child_end] + ([] if silent else [self.device]), [], [])[0]
            if self.child_end in ready:
                silent = os.read(self.child_end, 1) == b"1"
                continue
            request = os.read(self.device, 1 << 18)
            _, code, unique, node = struct.unpack_from("<IIQQ", request)
            if code in UNANSWERED:
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
