# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that are made, captured and restored, for tests that compare what independent tools say of them: everything lies in WORK, which main()
removes."""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

import alone

alone.enter()

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIFEBOAT = os.path.join(TOP, os.environ.get("BUILD", "build"), "lifeboat")
MIB = 1 << 20
failures = 0
work = tempfile.mkdtemp(prefix="lifeboat-forms-", dir=os.environ.get("TMPDIR", "/var/tmp"))


def check(name, good, why=""):
    global failures
    print(("ok - " if good else "not ok - ") + name, flush=True)
    if not good:
        failures += 1
        print(why, file=sys.stderr, flush=True)


def run(*command, lines=None, may_fail=False):
    return subprocess.run(command, check=not may_fail, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          input=lines).stdout


def main(test, what):
    """Runs TEST as root and exits with its verdict."""
    try:
        if os.geteuid() == 0:
            test()
        else:
            print(f"skip - {what}: root is needed")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failures else 0)


class Disk:
    def __init__(self, name, size, sector=512):
        self.path = os.path.join(work, name)
        with open(self.path, "wb") as file:
            file.truncate(size)
        self.device = run("losetup", "-f", "--show", "-b", str(sector), self.path).strip()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        subprocess.run(["partx", "-d", self.device], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["losetup", "-d", self.device], check=False)
        os.unlink(self.path)

    def part(self, number):
        return f"{self.device}p{number}"

    def table(self, text):
        run("sfdisk", "-q", self.device, lines=text)
        self.show()

    def show(self):
        subprocess.run(["partx", "-d", self.device], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["partx", "-a", self.device], check=False, stderr=subprocess.DEVNULL)

    def numbers(self):
        dump = run("sfdisk", "-d", self.device, may_fail=True)
        return [int(found) for found in re.findall(rf"^{self.device}p(\d+) ", dump, re.M) if not re.search(rf"p{found} .*type=[5f]\b", dump)]


def without(text, *words):
    return [line for line in text.splitlines() if line.strip() and not any(word in line for word in words)]


EXT_STATE = ("Free ", "created", "Last ", "ount count", "Next check", "Hash Seed", "Lifetime", "hecksum:", "Journal s", "Journal features", "Journal checksum", "dumpe2fs",
             "mmp_", "state")


def content(device):
    """What independent tools say of a filesystem, as lines; what is only its state left out."""
    kind = run("blkid", "-p", "-o", "value", "-s", "TYPE", device, may_fail=True).strip()
    lines = [re.sub(r"(UUID_SUB|PART_ENTRY_DISK)=\S+", "", run("blkid", "-p", device, may_fail=True).replace(device, ""))]
    if kind.startswith("ext"):
        lines += without(run("dumpe2fs", "-h", device), *EXT_STATE)
        lines.append(str(subprocess.run(["e2fsck", "-fn", device], check=False, capture_output=True).returncode))
    elif kind == "xfs":
        # ATTR: some file has attributes.
        # As many blanks as the name of the device has signs.
        told = re.sub(r"=\s+(?=isize)", "= ", run("xfs_db", "-r", "-c", "info", "-c", "version", device).replace(device, ""))
        lines += re.sub(r"versionnum \S+|ATTR,", "", told).splitlines()
        lines.append(str(subprocess.run(["xfs_repair", "-n", device], check=False, capture_output=True).returncode))
    elif kind == "btrfs":
        top = os.path.join(work, "look")
        os.makedirs(top, exist_ok=True)
        run("mount", "-o", "subvolid=5", device, top)
        try:
            lines += sorted(line.split(":")[0] for line in run("btrfs", "filesystem", "df", top).splitlines())
            for name in re.findall(r"path (.*)", run("btrfs", "subvolume", "list", top)):
                lines += [name] + run("btrfs", "property", "get", os.path.join(top, name)).splitlines()
            lines += re.findall(r"path .*", run("btrfs", "subvolume", "get-default", top))
        finally:
            run("umount", top)
        lines.append(str(subprocess.run(["btrfs", "check", device], check=False, capture_output=True).returncode))
    return lines


def describe(disk):
    lines = run("sfdisk", "-d", disk.device, may_fail=True).replace(disk.device, "DISK").splitlines()
    with open(disk.device, "rb") as file:
        start = file.read(512)
        file.seek(1024)
        # The entries of an MBR that has more than one, and the names of a GPT as they are.
        lines += [start[440:510].hex()] if any(start[462:510]) else []
        lines += [file.read(128)[56:].hex() for _ in range(8)] if start[450] == 0xee else []
    for device in [disk.part(number) for number in disk.numbers()] or [disk.device]:
        lines += content(device)
    return lines


def fill(top):
    os.makedirs(top + "/etc", exist_ok=True)
    for number in range(20):
        with open(f"{top}/etc/file-{number}", "w") as file:
            file.write("line\n" * 10 * number)


def capture(mounts, filler=fill, lost=False, options=()):
    top, saved, done = os.path.join(work, "top"), os.path.join(work, "set"), []
    os.makedirs(top, exist_ok=True)
    shutil.rmtree(saved, ignore_errors=True)
    try:
        for device, path, *how in mounts:
            os.makedirs(top + path, exist_ok=True)
            run("mount", *how, device, top + path)
            done.append(top + path)
        filler(top)
        run(LIFEBOAT, "capture", "-q", "--root", top, "-o", saved, *options, may_fail=lost)
    finally:
        for path in reversed(done):
            subprocess.run(["umount", path], check=False)
    return saved


def restore(saved, disk):
    root = os.path.join(work, "root")
    os.makedirs(root, exist_ok=True)
    return subprocess.run([LIFEBOAT, "restore", "--set", saved, "--disk", disk.device, "--root", root, "--log", os.path.join(work, "log"), "--mode",
                           "nuke", "--target", "blank"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=300, check=False)


def saved_disk(make, size, sector=512, filler=fill):
    """Makes, captures and describes a disk."""
    with Disk("source.img", size, sector) as disk:
        saved = capture(make(disk), filler)
        disk.show()
        return saved, describe(disk)


def same(name, make, size, filler=fill):
    saved, before = saved_disk(make, size, filler=filler)
    with Disk("target.img", size) as disk:
        done = restore(saved, disk)
        disk.show()
        after = describe(disk) if done.returncode == 3 else []
        check(name, before == after, done.stdout[-600:] + "\n".join(difflib.unified_diff(before, after, n=0)))


def one(*mkfs, size=150, tune=None):
    def make(disk):
        disk.table(f"label: gpt\nsize={size}M\n")
        run(*mkfs, disk.part(1))
        if tune:
            run("tune2fs", *tune, disk.part(1))
        return [(disk.part(1), "/")]
    return make
