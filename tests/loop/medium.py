# SPDX-License-Identifier: GPL-3.0-or-later
"""A medium that can be pulled, for tests: a filesystem in a file. With the file cut to nothing its device gives errors, and memory still holds
what was read of it."""
import os
import shutil
import subprocess

from sessions import MIB, run


class Medium:
    """A mounted filesystem that holds a copy of the set."""

    def __init__(self, work, saved):
        self.image, self.kept, self.top = (os.path.join(work, name) for name in ("medium.img", "medium.kept", "medium"))
        os.makedirs(self.top, exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(64 * MIB)
        run("mkfs.ext4", "-q", "-L", "BACKUP", self.image)
        run("mount", "-o", "loop", self.image, self.top)
        self.set = os.path.join(self.top, "set")
        shutil.copytree(saved, self.set)
        run("mount", "-o", "remount,ro", self.top)
        run("cp", "--sparse=always", self.image, self.kept)

    def write(self, change):
        run("mount", "-o", "remount,rw", self.top)
        change(self.set)
        run("mount", "-o", "remount,ro", self.top)

    def pull(self, forget=False, keep=()):
        """The device stays, as long as it is mounted, and reads nothing; so does a stick that was pulled. FORGET: what is in memory goes first, but
        the files named KEEP."""
        for place, _, names in os.walk(self.set) if forget else []:
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    if name in keep:
                        file.read()
                    else:
                        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        os.truncate(self.image, 0)

    def put_back(self):
        run("dd", f"if={self.kept}", f"of={self.image}", "bs=1M", "conv=notrunc,sparse")
        os.truncate(self.image, 64 * MIB)

    def close(self):
        subprocess.run(["umount", self.top], check=False)
        os.unlink(self.image)
        os.unlink(self.kept)
