# SPDX-License-Identifier: GPL-3.0-or-later
"""Loop devices whose file is exchanged while a test looks on. Another test must not be given the number in between, nor may its look at all block
devices, which delays the release of one, make the exchange fail."""
import contextlib
import fcntl
import os
import subprocess
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
