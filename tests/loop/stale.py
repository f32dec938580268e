# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrays, groups and containers leave on a disk that no restore made: a superblock at the end of a member, a label, a header and its copy 4 MiB
behind it. None needs a kernel that can start them."""
import os
import struct
import subprocess
import tempfile
import uuid

ARRAY = uuid.UUID(bytes=bytes(range(1, 17)))
SECOND_HEADER = 4 << 20


def _run(*argv, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode:
        raise RuntimeError(f"{argv}: {done.stdout}")
    return done.stdout


def size_of(device):
    return int(_run("blockdev", "--getsize64", device))


def member(device, number=0, data=None, events=7):
    """The superblock of member NUMBER of a mirror of two: (where it lies in the device, its bytes). Of metadata 1.0, at the end; of 1.2 when DATA
    says where the data begin. Linux, include/uapi/linux/raid/md_p.h."""
    sectors = size_of(device) // 512
    at, data = ((sectors - 16) & ~7, 0) if data is None else (8, data // 512)
    size = (sectors if data else at) - data
    block = bytearray(4096)
    struct.pack_into("<4I16s32sQII2QII", block, 0, 0xa92b4efc, 1, 0, 0, ARRAY.bytes, b"box:old", 0, 1, 0, size, 0, 2, 0)
    struct.pack_into("<5QII16s", block, 128, data, size, at, 0, 0, number, 0, bytes(range(17 + number, 33 + number)))
    struct.pack_into("<QQQII", block, 192, 0, events, 0xffffffffffffffff, 0, 2)
    struct.pack_into("<2H", block, 256, 0, 1)
    total = sum(struct.unpack_from("<65I", block))
    struct.pack_into("<I", block, 216, (total & 0xffffffff) + (total >> 32) & 0xffffffff)
    with open(device, "r+b") as file:
        file.seek(at * 512)
        file.write(block)
    said = _run("mdadm", "--examine", device)
    assert f"Version : 1.{2 if data else 0}" in said and "- correct" in said, said
    return at * 512, bytes(block[:4])


def volume(device):
    """A physical volume of a group. LVM's tools see this device alone, and no kernel."""
    with tempfile.TemporaryDirectory() as system:
        with open(os.path.join(system, "lvm.conf"), "w", encoding="ascii") as file:
            file.write(f'devices {{ filter=["a|^{device}$|","r|.*|"] use_devicesfile=0 }}\n'
                       f'global {{ locking_dir="{system}/lock" event_activation=0 }}\n'
                       'activation { udev_sync=0 udev_rules=0 monitoring=0 }\nbackup { backup=0 archive=0 }\n')
        alone = {**os.environ, "LVM_SYSTEM_DIR": system, "DM_DISABLE_UDEV": "1"}
        for words in (["pvcreate"], ["vgcreate", "old-vg"]):
            _run("lvm", words[0], "--driverloaded", "n", "-q", *words[1:], device, env=alone)
    return 512, b"LABELONE"


def container(device):
    _run("cryptsetup", "luksFormat", "-q", "--type", "luks2", "--luks2-metadata-size", str(SECOND_HEADER), "--pbkdf", "pbkdf2",
         "--pbkdf-force-iterations", "1000", device, "-", input="secret")
    return [(0, b"LUKS\xba\xbe"), (SECOND_HEADER, b"SKUL\xba\xbe")]


def seen(device, places):
    """Those of PLACES whose bytes are on the DEVICE."""
    with open(device, "rb") as file:
        return [(at, text) for at, text in places if os.pread(file.fileno(), len(text), at) == text]
