# SPDX-License-Identifier: GPL-3.0-or-later
"""Loop devices whose file is exchanged while a test looks on. Another test must not be given the number in between, nor may its look at all block
devices, which delays the release of one, make the exchange fail."""
import contextlib
import fcntl
import os
import subprocess
import tempfile
import time

LOOP_CTL_ADD, LOOP_CTL_REMOVE = 0x4C80, 0x4C81  # linux/loop.h
DEADLINE = 20


def wait_for(condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("deadline")
        time.sleep(0.05)


@contextlib.contextmanager
def own_device():
    """A loop device without a file, of a number so high that nobody is given it who asks for a free one."""
    number = 1000 + os.getpid() % 100000
    with open("/dev/loop-control", "rb") as control:
        fcntl.ioctl(control, LOOP_CTL_ADD, number)
        try:
            yield f"/dev/loop{number}"
        finally:
            detach(f"/dev/loop{number}")
            fcntl.ioctl(control, LOOP_CTL_REMOVE, number)


def detach(device):
    """Returns once it has no file any more: who still has it open keeps it until then."""
    subprocess.run(["losetup", "-d", device], stderr=subprocess.DEVNULL, check=False)
    wait_for(lambda: not os.path.exists(f"/sys/block/{os.path.basename(device)}/loop/backing_file"))


def attach(device, image, *options):
    subprocess.run(["losetup", *options, device, image], check=True, capture_output=True)


def exchange(device, image, *options):
    """DEVICE comes to be of the file IMAGE."""
    detach(device)
    attach(device, image, *options)


@contextlib.contextmanager
def as_stick(device, serial, removable=True):
    """The kernel says of the loop DEVICE that it is removable and has this serial number: by files over its own in /sys, in a mount namespace of the
    caller's (alone.py). Its partitions may be made once meanwhile: of those that come again nothing is seen."""
    place = f"/sys/devices/virtual/block/{os.path.basename(device)}"
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(["mount", "-t", "tmpfs", "none", top], check=True)
        try:
            os.mkdir(f"{top}/upper")
            os.mkdir(f"{top}/work")
            for name, text in (("removable", str(int(removable))), ("serial", serial)):
                with open(f"{top}/upper/{name}", "w", encoding="utf-8") as file:
                    file.write(text + "\n")
            subprocess.run(["mount", "-t", "overlay", "none", "-o", f"lowerdir={place},upperdir={top}/upper,workdir={top}/work", place], check=True)
            try:
                yield
            finally:
                subprocess.run(["umount", place], check=True)
        finally:
            subprocess.run(["umount", top], check=True)


def forget_partitions(device):
    """A kernel that reads no tables keeps partitions that it was told of."""
    subprocess.run(["partx", "-d", device], check=False, capture_output=True)
