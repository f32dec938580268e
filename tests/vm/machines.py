"""Machines to lose: a small Debian on a disk image, captured into a set by `lifeboat capture --root`. Kept for the tests that follow."""
import os
import shutil
import subprocess

from vm import BUILD, CACHE, LIFEBOAT, ROOT, run

WORK = os.path.join(BUILD, "vm")
os.makedirs(WORK, exist_ok=True)


def make(name, *options, change=None):
    """The set of a machine made by tests/make-machine with these options; `change(root)` may alter it before it is captured."""
    path = os.path.join(WORK, f"set-{name}")
    if os.path.exists(os.path.join(path, "lifeboat.json")):
        return path
    shutil.rmtree(path, ignore_errors=True)
    image, mount = os.path.join(WORK, f"{name}.img"), os.path.join(WORK, f"mount-{name}")
    maker = os.path.join(ROOT, "tests/make-machine")
    try:
        run(maker, *options, "--mounted", mount, image)
        if change:
            change(mount)
        run(LIFEBOAT, "capture", "-q", "-o", path, "--root", mount, "--label", name)
    finally:
        subprocess.run([maker, "--release", mount], check=False, stderr=subprocess.DEVNULL)
        if os.path.exists(image):
            os.unlink(image)
    return path


class Attached:
    """The partitions of a disk image as block devices: with Attached(image) as device: device + "p1" ..."""

    def __init__(self, image):
        self.image = image

    def __enter__(self):
        self.device = run("losetup", "-f", "--show", "-P", self.image).strip()
        # Not every kernel reads partition tables; one that does has made them already.
        subprocess.run(["partx", "-d", self.device], check=False, stderr=subprocess.DEVNULL)
        run("partx", "-a", self.device)
        return self.device

    def __exit__(self, *unused):
        run("losetup", "-d", self.device)


class Mounted:
    """A device mounted at a directory of its own."""

    def __init__(self, device, *options):
        self.device, self.options = device, options

    def __enter__(self):
        self.path = os.path.join(WORK, "mnt-" + os.path.basename(self.device))
        os.makedirs(self.path, exist_ok=True)
        run("mount", *self.options, self.device, self.path)
        return self.path

    def __exit__(self, *unused):
        run("umount", "-R", self.path)
        os.rmdir(self.path)
