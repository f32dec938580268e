# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines to lose: a small Debian on a disk image, captured into a set by `lifeboat capture --root`. Kept for the tests that follow."""
import contextlib
import fcntl
import functools
import glob
import os
import re
import shutil
import subprocess

from vm import BUILD, CACHE, LIFEBOAT, ROOT, VM, run

WORK = os.path.join(BUILD, "vm")
os.makedirs(WORK, exist_ok=True)


def alone(function):
    """Tests that run at the same time make a set once: the second one waits for the first."""
    @functools.wraps(function)
    def locked(*arguments, **options):
        with open(os.path.join(WORK, "lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return function(*arguments, **options)
    return locked


@alone
def make(name, *options, change=None, lacking=False):
    """The set of a machine made by tests/make-machine with these options; `change(root)` may alter it before it is captured. LACKING: what the kernel here
    cannot read, such as FAT, may be missing from it."""
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
        done = subprocess.run([LIFEBOAT, "capture", "-q", "-o", path, "--root", mount, "--label", name], check=False, capture_output=True, text=True)
        if done.returncode not in ((0, 4) if lacking else (0,)):
            raise RuntimeError(f"the capture of {name} ended with status {done.returncode}: {done.stdout}{done.stderr}")
    finally:
        subprocess.run([maker, "--release", mount], check=False, stderr=subprocess.DEVNULL)
        if os.path.exists(image):
            os.unlink(image)
    return path


# What Debian starts, logs in, and starts a loader without.
NEEDLESS = ("boot/grub/x86_64-efi*", "usr/share/perl*", "usr/share/zoneinfo", "usr/lib/python3*", "usr/lib/shim", "usr/lib/grub/x86_64-efi*", "usr/bin/*grub-*",
            "usr/bin/perl*", "usr/bin/python*", "usr/bin/*zstd", "usr/sbin/xfs_*", "usr/bin/btrfs*", "usr/lib/git-core", "var/lib/dpkg/info", "var/cache/*",
            *(f"usr/lib/x86_64-linux-gnu/{name}*" for name in ("gconv", "perl", "libperl", "libicu", "libgnutls", "libapt", "libdb", "libsqlite", "libmvec",
                                                               "libstdc++", "libslang", "libp11", "libfreetype")),
            *(f"usr/lib/modules/*/kernel/{name}" for name in ("arch", "drivers/[acefghilmnpstux]*", "fs/[b-df-z]*", "net/[b-z]*", "sound")))
NEEDED = ("drivers/net/virtio_net.ko", "drivers/net/net_failover.ko", "net/core/failover.ko")


# Of these, what Lifeboat and the kernel's clients of file servers need.
FOR_CLIENTS = ("usr/lib/x86_64-linux-gnu/", "usr/lib/modules/*/kernel/fs", "usr/lib/modules/*/kernel/net")


def thin_out(root, keep=()):
    """KEEP: how the patterns begin that are left alone."""
    for pattern in NEEDLESS:
        if pattern.startswith(tuple(keep)):
            continue
        for path in glob.glob(os.path.join(root, pattern)):
            if os.path.isdir(path) and not os.path.islink(path):
                for place, _, names in os.walk(path, topdown=False):
                    for name in names:
                        if not os.path.join(place, name).endswith(NEEDED):
                            os.unlink(os.path.join(place, name))
            else:
                os.unlink(path)


def lean():
    """The set of a machine whose Debian starts to its login, and has little else: it is restored in half of the time."""
    return make("lean", change=thin_out)


@alone
def excerpt():
    """A set of the layout and a few files of a machine: what it makes does not start, but it is made in seconds."""
    path = os.path.join(WORK, "set-excerpt")
    if os.path.exists(os.path.join(path, "lifeboat.json")):
        return path
    image, mount = os.path.join(WORK, "excerpt.img"), os.path.join(WORK, "mount-excerpt")
    maker = os.path.join(ROOT, "tests/make-machine")
    try:
        run(maker, "--mounted", mount, image)
        run(LIFEBOAT, "capture", "-q", "-o", path, "--root", mount, "--label", "excerpt", "--segment-size", "1", "--exclude", "/usr/share",
            "--exclude", "/usr/lib/*", "--exclude", "/var/lib", "--exclude", "/var/cache")
    finally:
        subprocess.run([maker, "--release", mount], check=False, stderr=subprocess.DEVNULL)
        if os.path.exists(image):
            os.unlink(image)
    return path


def medium(image, path, **files):
    """A disk image with an ext4 filesystem that holds the set at PATH and these files (name without .json, text)."""
    top = image + ".d"
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    shutil.copytree(path, os.path.join(top, "lifeboat"))
    for name, text in files.items():
        with open(os.path.join(top, name + ".json"), "w", encoding="ascii") as file:
            file.write(text)
    run("truncate", "-s", "400M", image)
    run("mkfs.ext4", "-q", "-F", "-d", top, image)
    shutil.rmtree(top)
    return image


def kernel():
    """The kernel that `lifeboat media` takes: the newest there is."""
    releases = sorted(os.listdir("/lib/modules"), key=lambda name: [int(part) if part.isdigit() else 0 for part in
                                                                      name.replace("-", ".").split(".")])
    return releases[-1]


def rescue(initramfs, words, disks=(), extra=(), **options):
    """The rescue system started without a medium, by kernel and boot archive."""
    return VM(disks=disks, extra=["-kernel", f"/boot/vmlinuz-{kernel()}", "-initrd", initramfs, "-append",
                                  f"console=tty0 console=ttyS0,115200 quiet loglevel=3 rootfstype=ramfs {words}", *extra], **options)


def ended_bootable(vm):
    """Whether the rescue system said so: as a line of its log, or on its last screen, whichever was drawn before it turned the machine off."""
    return re.search(r"end(ed)?: restored, bootable|R E S T O R E D ,   B O O T A B L E", vm.text)


def agree_to_plan(vm, deadline=120):
    """The plan of the console, whose first button is Continue. A window is drawn from its top to its buttons: its title alone says nothing about what
    is below it yet."""
    vm.wait_screen(r"(?s)┤ The plan ├.*<Continue>", deadline)
    vm.keys("enter")


def close_comparison(vm, deadline=400):
    """What compare mode found, in the window that asks: the line of the log before it, which counts the differences too, takes no key."""
    vm.wait_screen(r"(?s)┤ Comparison ├.*<Continue>", deadline)
    vm.keys("enter")
    vm.wait_screen(r"C O M P A R E D", 60)


class Field:
    """A rescue system in expert mode as the machine that a test of storage works on: its shell runs scripts that lie, with the sets they make, on a
    medium, and what they say is there, too. After a capture its disks can be exchanged for blank ones."""
    # Ends what is up on the disks.
    STOP = """export DM_DISABLE_UDEV=1 MDADM_NO_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1
umount -R /new
swapoff -a
for layer in 1 2 3; do
	lvm vgchange -q -an
	for container in $(dmsetup ls --target crypt | grep -v ^No | cut -f 1); do cryptsetup close $container; done
	mdadm --stop --scan
done
dmsetup ls
cat /proc/mdstat
[ -z "$(ls /dev/mapper | grep -v control)" ] && ! grep active /proc/mdstat
"""
    # The programs of the system below /new are those of the rescue system, which nobody captures: what is in the set is what the test is about.
    PROGRAMS = "[ -e /new/usr/bin/lifeboat ] || mount --bind /usr /new/usr"
    # Captures the system below /new into /work/NAME.
    CAPTURE = f"""set -ex
for place in proc sys dev; do mount --rbind /$place /new/$place; done
{PROGRAMS}
mkdir -p /new/work
mount --bind /work /new/work
status=0; chroot /new /usr/bin/lifeboat capture -q -o /work/$NAME --exclude /work --label $NAME $OPTIONS || status=$?
[ $status = 4 ] || [ $status = 0 ]
"""
    # What else a system below /new needs to be captured from inside.
    SYSTEM = """mkdir -p /new/proc /new/sys /new/dev /new/run /new/boot /new/tmp /new/work /new/usr
cp -a /bin /sbin /lib /lib64 /etc /new/
echo kernel >/new/boot/vmlinuz
"""

    def __init__(self, work, size, scripts):
        self.initramfs, self.medium = os.path.join(work, "initramfs.zst"), os.path.join(work, "medium.img")
        top = os.path.join(work, "top")
        os.makedirs(top)
        run(LIFEBOAT, "media", "initramfs", "-q", "-o", self.initramfs)
        for name, text in {**scripts, "stop": self.STOP}.items():
            with open(os.path.join(top, name + ".sh"), "w", encoding="utf-8") as file:
                file.write(text)
        run("truncate", "-s", size, self.medium)
        run("mkfs.ext4", "-q", "-F", "-L", "medium", "-d", top, self.medium)

    @contextlib.contextmanager
    def machine(self, disks, spare=(), memory=1280):
        """The machine with these disks, at its shell, the medium at /work; at the end what is there is on the medium. The spare ones are out at first."""
        with rescue(self.initramfs, "expert", [*disks, *spare, (self.medium, "medium")], memory=memory) as vm:
            vm.wait_screen(r"Open the shell", 300)
            vm.keys("enter")
            vm.wait_screen(r"lifeboat:\S*#", 60)
            vm.command("stty cols 200; export TERM=dumb; dmesg -n 1; mkdir /work; mount $(blkid -L medium) /work; mount -o remount,rw /work")
            self._take_out(vm, range(len(disks), len(disks) + len(spare)))
            yield vm
            # The rescue system may have it mounted, too: only read-only is it clean.
            vm.command("umount /new/work; sync; mount -o remount,ro /work; umount /work")

    @staticmethod
    def _take_out(vm, numbers):
        vm.command("; ".join(f"echo 1 >/sys/block/vd{'abcdefghijklmnop'[number]}/device/../remove" for number in numbers) or "true")

    def exchange(self, vm, count):
        """Takes the first COUNT disks out and puts the spare ones in."""
        self.script(vm, "stop")
        vm.command("echo 1 >/sys/bus/pci/rescan")
        self._take_out(vm, range(count))

    @staticmethod
    def script(vm, name, seconds=400):
        vm.command(f"bash /work/{name}.sh >/work/{name}.log 2>&1 || {{ tail -n 20 /work/{name}.log; false; }}", seconds)

    @classmethod
    def differences(cls, vm):
        """How what is below /new differs from what was captured into /work/box; what mounts and a capture do to directories aside."""
        said = vm.command(f"{cls.PROGRAMS}; chroot /new /usr/bin/lifeboat compare -q --set /work/box 2>&1; true", 200).splitlines()
        return [line for line in said if line.strip() and line.split() not in (["changed", ".", "mtime"], ["changed", "tmp", "mtime"])]

    @classmethod
    def compared(cls, vm):
        different = cls.differences(vm)
        assert not different, "\n".join(different)

    def fetch(self, work, *names):
        """Copies what lies on the medium below WORK."""
        with Mounted(self.medium, "-o", "loop,ro") as mounted:
            for name in names:
                shutil.copytree(os.path.join(mounted, name), os.path.join(work, name))


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
