# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores over NFS (Ganesha, version 4, on the loopback device) against restores from the directory that it exports, in pairs. Kernels that build this may
have no NFS client: all of it, the server too, runs in the rescue system of a virtual machine."""
import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "vm"))
import machines  # noqa: E402
from vm import LIFEBOAT, run, sparse  # noqa: E402

PLUGINS = "/usr/lib/x86_64-linux-gnu/ganesha"
# Without UseGetpwnam it needs libnfsidmap's plugins, and ends.
CONFIG = """NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; Plugins_Dir = "/work/server"; }
NFSv4 { Graceless = true; RecoveryBackend = fs; UseGetpwnam = true; DomainName = localdomain; }
EXPORT { Export_Id = 1; Path = /work/sets; Pseudo = /sets; Access_Type = RO; Squash = No_Root_Squash; SecType = sys; Protocols = 4; Transports = TCP;
	FSAL { Name = VFS; } }
"""
START = """set -e
ip link set lo up
mkdir -p /var/run/ganesha /var/lib/nfs/ganesha
cp /work/server/netconfig /work/server/protocols /etc/
LD_LIBRARY_PATH=/work/server /work/server/ganesha.nfsd -f /work/server/conf -L /tmp/ganesha.log -p /tmp/ganesha.pid
until (: </dev/tcp/127.0.0.1/2049) 2>/dev/null; do
	! grep FATAL /tmp/ganesha.log || { cat /tmp/ganesha.log; exit 1; }
	sleep 0.1
done
"""
# Of one kind: the seconds until all of it is on the disk.
ONCE = """set -e
disk=$(grep -lx target /sys/block/*/serial | cut -d / -f 4)
mkfs.ext4 -q -F /dev/$disk
mkdir -p /target
mount /dev/$disk /target
sync
echo 3 >/proc/sys/vm/drop_caches
begun=${EPOCHREALTIME/./}
lifeboat restore --quiet --set $1 --to /target
sync -f /target
echo took $(((${EPOCHREALTIME/./} - begun) / 1000)) ms
umount /target
"""
PLACES = {"directory": "/work/sets/set", "NFS": "nfs://127.0.0.1/sets/set"}


def libraries(*programs):
    said = "".join(run("ldd", program) for program in programs)
    return sorted(set(re.findall(r"=> (/\S+)", said)))


def make_medium(work, saved):
    top, image = work + "/medium", work + "/medium.img"
    os.makedirs(top + "/server")
    os.makedirs(top + "/sets")
    shutil.copytree(saved, top + "/sets/set")
    program, plugin = "/usr/bin/ganesha.nfsd", PLUGINS + "/libfsalvfs.so"
    for path in (program, plugin, "/etc/netconfig", "/etc/protocols", *libraries(program, plugin)):
        if not re.search(r"/lib(c|pthread|dl|m)\.so", path):
            shutil.copy(path, top + "/server")
    for name, text in (("server/conf", CONFIG), ("start.sh", START), ("once.sh", ONCE)):
        with open(os.path.join(top, name), "w", encoding="ascii") as file:
            file.write(text)
    size = int(run("du", "-sm", top).split()[0])
    run("truncate", "-s", f"{size + 200}M", image)
    run("mkfs.ext4", "-q", "-F", "-L", "medium", "-d", top, image)
    shutil.rmtree(top)
    return image


def pairs(work, saved, count):
    """COUNT pairs of seconds: from the directory, over NFS."""
    os.makedirs(work)
    initramfs = work + "/initramfs.zst"
    run(LIFEBOAT, "media", "initramfs", "-q", "-o", initramfs)
    disks = [(make_medium(work, saved), "medium"), (sparse(work + "/target.img", 4 << 30), "target")]
    found = []
    with machines.rescue(initramfs, "expert", disks, memory=2048, processors=2) as vm:
        vm.wait_screen(r"Open the shell", 600)
        vm.keys("enter")
        vm.wait_screen(r"lifeboat:\S*#", 60)
        vm.command("stty cols 200; export TERM=dumb; dmesg -n 1; mkdir /work; mount -o ro $(blkid -L medium) /work")
        vm.command("bash /work/start.sh", 200)
        for _ in range(count):
            pair = []
            for place in PLACES.values():
                said = vm.command(f"bash /work/once.sh {place}", 1200)
                took = re.search(r"took (\d+) ms", said)
                assert took, said
                pair.append(int(took[1]) / 1000)
            found.append(tuple(pair))
    return found
