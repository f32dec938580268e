# SPDX-License-Identifier: GPL-3.0-or-later
"""A session as the engine tells it, for the tests: one machine, two sets, four disks."""

GIB = 1 << 30

TITLES = {"early": "Early start", "essential-modules": "Essential modules", "network": "Network", "media": "Media", "tools": "Tools",
          "all-modules": "All modules", "subsystems": "Disks and arrays", "mode": "Mode", "manifest": "Manifest", "plan": "Plan",
          "confirm": "Consent", "disks": "Disks", "extract": "Files", "boot": "Boot loader", "verify": "Verification",
          "finish": "Finish"}


def state(running, mode="interactive", rescue=True, end=None):
    phases, seen = [], False
    for name, title in TITLES.items():
        now = "waiting" if seen else "done"
        if name == running:
            now, seen = "running", True
        if name == "network" and not seen:
            now = "skipped"
        phases.append({"name": name, "title": title, "state": now, "text": ""})
    return {"event": "state", "mode": mode, "rescue": rescue, "phases": phases, "end": end}


def log(text, level="info", time=1700000000):
    return {"event": "log", "level": level, "time": time, "text": text}


PATHS = ["pci-0000:00:03.0", "pci-0000:00:1f.2-ata-1", "pci-0000:00:1d.0-usb-0:1:1.0-scsi-0:0:0:0", "pci-0000:00:1f.2-ata-3"]


def disk(number, model, serial, size, **more):
    """A disk with all that tells it from others, as the engine describes it."""
    entry = {"id": f"disk:{number}", "name": f"vd{'abcdef'[number]}", "text": f"{model}, serial {serial}", "model": model, "serial": serial,
             "wwn": None, "by_path": PATHS[number], "transport": "virtio", "size": size, "table": None,
             "removable": False, "read_only": False, "protected": False, "contents": []}
    entry.update(more)
    number = f"serial {serial}" if serial else "no serial number"
    wwn = f", WWN {entry['wwn']}" if entry["wwn"] else ""
    on = "; on it: " + ", ".join(entry["contents"]) if entry["contents"] else "; blank"
    entry["line"] = (f"{model}, {number}{wwn}, {size / GIB:.1f} GiB, {entry['transport']} at {entry['by_path']}, now {entry['name']}{on}")
    if "proof" not in entry:
        entry["proof"] = {"kind": "serial", "text": serial, "tail": 4} if serial else \
            {"kind": "path", "text": entry["by_path"], "tail": len(entry["by_path"])}
    return entry


TARGET = disk(0, "QEMU HARDDISK", "lb-target-1", 20 * GIB, wwn="0x5000c50015ea71ac")
HOME = disk(1, "Samsung SSD 870 EVO 1TB", "S5Y1NG0N123456X", 931 * GIB, table="gpt", transport="sata",
            contents=["ext4 'home' 914.1 GiB", "swap 16.0 GiB"])
STICK = disk(2, "QEMU HARDDISK", None, 4 * GIB, transport="usb", removable=True, contents=["Windows (NTFS) 'C' 4.0 GiB"])
DVD = disk(3, "QEMU DVD-ROM", "QM00003", 1 * GIB, protected=True, read_only=True, transport="sata", contents=["iso9660 'LIFEBOAT' 1.0 GiB"])



def row(depth, text, again=False):
    """A row of a tree of storage."""
    return {"depth": depth, "text": text, "again": again}


# What the event "hardware" has beside what questions say of a disk.
HOME_TREE = [row(1, "partition 1, 1.0 GiB"), row(2, "raid1 RAID array srv:boot, 1.0 GiB"), row(3, 'ext4 filesystem "boot", 1.0 GiB'),
             row(1, "partition 2, 914.0 GiB"), row(2, "encrypted container (LUKS) 3c1f6c8e-0d2b-4f57-9a55-6b0c6a1e7d11, 914.0 GiB"),
             row(3, "LVM physical volume data, 914.0 GiB"), row(4, "LVM volume group data, 914.0 GiB"),
             row(5, "LVM logical volume data/home (linear), 900.0 GiB"), row(6, 'ext4 filesystem "home", 900.0 GiB')]
STICK_TREE = [row(1, "partition 1, 3.0 GiB"), row(2, 'ntfs filesystem "C", 3.0 GiB'), row(1, "partition 2, 1.0 GiB"),
              row(2, "raid1 RAID array srv:boot, 1.0 GiB", True)]
HARDWARE = {"event": "hardware", "hardware": {
    "firmware": "uefi", "machine": "QEMU Standard PC (Q35 + ICH9, 2009)", "processor": "QEMU Virtual CPU version 2.5+", "processors": 2,
    "memory": 2 * GIB, "kernel": "6.1.0-37-amd64",
    "disks": [{**TARGET, "tree": []}, {**HOME, "tree": HOME_TREE}, {**STICK, "tree": STICK_TREE}, DVD],
    "network": [{"name": "enp0s2", "mac": "52:54:00:12:34:56", "driver": "virtio_net", "up": True, "carrier": True,
                 "addresses": ["192.0.2.17/24", "fe80::5054:ff:fe12:3456/64"]},
                {"name": "enp0s9", "mac": "52:54:00:12:34:99", "driver": "e1000", "up": False, "carrier": None, "addresses": []}],
    "devices": [{"bus": "pci", "address": "0000:00:02.0", "class": "Ethernet controller", "name": None, "id": "1af4:1041",
                 "modalias": "pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00", "driver": "virtio-pci"},
                {"bus": "usb", "address": "1-1", "class": "Mass storage", "name": "SanDisk Cruzer Blade", "id": "0781:5567",
                 "modalias": "usb:v0781p5567d0100dc00dsc00dp00ic08isc06ip50in00", "driver": None}],
    "missing": ["Intel Wi-Fi 6 AX200: firmware iwlwifi-cc-a0-72.ucode is not on the rescue medium"]}}

SETS = {"event": "sets", "sets": [
    {"location": "/run/lifeboat/media/sr0/set", "places": ["/run/lifeboat/media/sr0/set"], "set_id": "9f0c", "host": "web1",
     "os": "Debian GNU/Linux 12", "created": "2026-11-20T03:00:12Z", "label": None, "bytes": 3 * GIB, "files": 41233,
     "medium": "disc QEMU DVD-ROM", "usable": True, "reason": None},
    {"location": "/run/lifeboat/media/sdb1/web1-old", "places": ["/run/lifeboat/media/sdb1/web1-old"], "set_id": "77aa", "host": "web1",
     "os": "Debian GNU/Linux 11", "created": "2024-02-01T03:00:10Z", "label": None, "bytes": 2 * GIB, "files": 30011,
     "medium": "USB stick, 14.9 GiB", "usable": False, "reason": "segment 000004 is missing"}]}

PLAN = {"event": "plan", "plan": {
    "digest": "c0ffee", "root": "/run/lifeboat/target",
    "disks": [{"source": "VBOX HARDDISK, serial 1234, 16.0 GiB", "target": "QEMU HARDDISK, serial lb-target-1, 20.0 GiB", "erases": [],
               "line": TARGET["line"], "model": "QEMU HARDDISK", "serial": "lb-target-1", "size": 20 * GIB}],
    "actions": [{"name": "table", "destructive": True, "text": "Write a GPT partition table with 3 partitions to QEMU HARDDISK, serial lb-target-1"},
                {"name": "filesystem", "destructive": True, "text": "Make a vfat filesystem of 256.0 MiB on partition 1"},
                {"name": "filesystem", "destructive": True, "text": "Make an ext4 filesystem of 18.7 GiB 'root' on partition 2"},
                {"name": "swap", "destructive": True, "text": "Make swap space of 1.0 GiB on partition 3"},
                {"name": "mount", "destructive": False, "text": "Mount partition 2 on /"},
                {"name": "mount", "destructive": False, "text": "Mount partition 1 on /boot/efi"}],
    "after": [{"disk": "disk:0", "text": "QEMU HARDDISK, serial lb-target-1, 20.0 GiB", "rows": [
        row(1, "partition 1, 256.0 MiB"), row(2, "vfat filesystem 1A2B-3C4D, 256.0 MiB"), row(1, "partition 2, 18.7 GiB"),
        row(2, "LVM physical volume vg, 18.7 GiB"), row(3, "LVM volume group vg, 18.7 GiB"), row(4, "LVM logical volume vg/root (linear), 18.7 GiB"),
        row(5, 'ext4 filesystem "root", 18.7 GiB'), row(1, "partition 3, 1.0 GiB"), row(2, "swap, 1.0 GiB")]}]}}


LOST = {"lost": ["/dev/vda4, ntfs filesystem \"games\", 120.0 GiB, 80.2 GiB used: not mounted, and Lifeboat cannot recreate ntfs filesystems: "
                 "it does not come back; copy it with another tool (dd, or one of its own)",
                 "/dev/vdb1, encrypted container (LUKS), UUID 3c1f6c8e-0d2b-4f57-9a55-6b0c6a1e7d11, 32.0 GiB: not in use, and this version of "
                 "Lifeboat cannot capture it: its place stays empty"], "lost_total": 2}
# Of an interrupted restore: all but the vfat filesystem is kept.
PLAN_OF_RESUMED = {"event": "plan", "plan": {**PLAN["plan"], "actions": [
    {**action, "kept": True} if action["destructive"] and "vfat" not in action["text"] else action for action in PLAN["plan"]["actions"]]}}
# The captured machine started by BIOS, this one starts by UEFI.
PLAN_PLANNED = {"event": "plan", "plan": {**PLAN["plan"], "notices": [
    "The MBR partition table of QEMU HARDDISK, serial lb-target-1, 20.0 GiB becomes a GPT, because this machine starts by UEFI",
    "This machine starts by UEFI, the captured one started by BIOS: an EFI system partition of 512.0 MiB is planned in (/dev/vda3)"]}}
PLAN_LOST = {"event": "plan", "plan": {**PLAN["plan"], **LOST}}


def progress(fraction=0.41, **more):
    event = {"event": "progress", "step": "extract", "title": "Files", "item": "/usr/lib/x86_64-linux-gnu/libc.so.6",
             "done": int(1.2 * GIB), "total": 3 * GIB, "files_done": 17201, "files_total": 41233, "rate": 84 << 20, "eta": 22,
             "eta_whole": 80 if more.get("eta", 22) >= 0 else -1, "elapsed": 65, "stall": None, "fraction": fraction}
    event.update(more)
    return event


def option(value, text="", detail="", enabled=True, reason=""):
    return {"value": value, "text": text or value, "detail": detail, "enabled": enabled, "reason": reason}


RESUME = {"name": "resume", "title": "Resume the interrupted restore?", "text": "The restore stopped unexpectedly.", "default": "resume",
          "options": [option("resume", "Resume the restore", detail="What is complete stays as it is; the rest is restored."),
                      option("start-over", "Start over", detail="Choose set and disks again; everything is erased and restored again."),
                      option("shell", "Open a shell", detail="Look around first; 'exit' comes back to this question.")],
          "data": {"phase": "boot", "disks": ["Samsung SSD 870, serial S6PTNM0T512345, 931.5 GiB"], "times": 1}}
WELCOME = {"name": "welcome", "title": "Welcome", "options": [option("continue", "Continue")]}
WELCOME_MEMORY = {**WELCOME, "options": [option("continue", "Continue"), option("memory", "Run from memory")]}
MODE = {"name": "mode", "title": "What is to be done?", "default": "interactive",
        "options": [option(value) for value in ("interactive", "nuke", "expert", "compare")]}
HARDWARE_QUESTION = {"name": "hardware", "title": "Hardware", "options": [option("continue", "Continue")], "rescan": True}
SET = {"name": "set", "title": "Recovery set", "default": "/run/lifeboat/media/sr0/set", "rescan": True, "back": True,
       "data": {"free_text": True},
       "options": [option("/run/lifeboat/media/sr0/set", "web1, Debian GNU/Linux 12"),
                   option("/run/lifeboat/media/sdb1/web1-old", "web1, Debian GNU/Linux 11", enabled=False,
                          reason="segment 000004 is missing")]}


KEY = "SHA256:MyTDT66tUWL+Ysq6xr4Ykujq6EQ0j4dDxwvlEKP2NzU"
HOST_KEY = {"name": "host-key", "type": "choice", "title": "Is this the right server?", "default": "no",
            "text": f"The host key of the SSH server backup.example.org is not known yet. The server shows {KEY}. On the server itself, 'ssh-keygen -lf "
                    "/etc/ssh/ssh_host_ed25519_key.pub' prints it: compare the two. If they differ, another machine answers in its place.",
            "options": [option("no", "Do not use this server", "Nothing is sent to it."),
                        option(KEY, "The keys are the same: use it", "In this session only a server with this key is taken for it.")]}
SET_REFUSED = {**SET, "default": None, "options": [], "data": {"free_text": True, "place": "smb://backup.example.org/sets/web1"},
               "text": "the server backup.example.org does not allow it: check the user name, the password, and what the share lets this user do"}


def candidate(present, usable=True, reason=None, blank=False, same=False):
    return {**present, "usable": usable, "reason": reason, "blank": blank, "same_identity": same}


CANDIDATES = [candidate(TARGET, blank=True), candidate(HOME),
              candidate(STICK, usable=False, reason="it has 4.0 GiB, and 6.2 GiB are needed for what is in use"),
              candidate(DVD, usable=False, reason="it holds the recovery set")]


def source(number, text, size, used, target):
    return {"id": f"disk:{number}", "text": text, "size": size, "used": used, "target": target, "candidates": CANDIDATES}


DISKS = {"name": "disks", "type": "map", "title": "Disks", "back": True, "rescan": True, "default": {"disk:0": "disk:0"},
         "data": {"sources": [source(0, "VBOX HARDDISK, serial 1234, 16.0 GiB", 16 * GIB, int(3.2 * GIB), "disk:0")]}}
DISKS_MEDIUM = {"name": "disks", "type": "map", "title": "Disks", "back": True, "rescan": True, "default": None,
                "data": {"sources": [{**source(0, "VBOX HARDDISK, serial 1234, 3.0 GiB", 3 * GIB, int(1.2 * GIB), None),
                                      "candidates": [candidate({**STICK, "protected": True}, reason="it holds the recovery set") | {"frees": True}]}]}}
MEMORY_QUESTION = {"name": "memory", "type": "choice", "title": "Run from memory?", "default": "keep", "back": True,
                   "text": "QEMU HARDDISK, no serial number, 4.0 GiB holds the recovery set or the rescue system. It can be a target disk only when these are "
                           "copied into memory first: 1.3 GiB, of 1.7 GiB that are available. From the erasing on, the recovery set is then in memory alone: "
                           "a power failure loses it, and such a restore cannot be resumed without another copy of the set.",
                   "options": [option("keep", "Choose another disk", "The medium stays as it is."),
                               option("copy", "Copy into memory", "Then the disks are looked at again.")]}
DISKS_TWO = {"name": "disks", "type": "map", "title": "Disks", "back": True, "default": None,
             "data": {"sources": [source(0, "VBOX HARDDISK, serial 1234, 16.0 GiB", 16 * GIB, int(3.2 * GIB), "disk:0"),
                                  source(1, "VBOX HARDDISK, serial 5678, 500.0 GiB", 500 * GIB, int(220.5 * GIB), None)]}}
DOUBTS = ["/dev/vdb2 carries the same UUID (3c1f6c8e-0d2b-4f57-9a55-6b0c6a1e7d11) as the ext4 filesystem that is restored. The restored "
          "system may start from the wrong one: remove that disk, or detach that device",
          "The ext4 filesystem of / has room for 18.2 GiB on the target disk, and about 18.1 GiB will be written to it (files that shared "
          "their bytes are written as often as they are there): it may not hold all its files"]
RESUMES = ("The target holds an interrupted restore of this set. It is resumed: files that are back already stay. Only if that cannot be done, "
           "everything is erased and restored again, as listed here.")
PLAN_QUESTION = {"name": "plan", "title": "Plan", "back": True, "options": [option("go"), option("edit"), option("back"), option("shell")]}

PLAN_DOUBTS = {**PLAN_QUESTION, "text": "\n".join(DOUBTS), "data": {"resumes": "", "doubts": DOUBTS}}
PLAN_RESUMED = {**PLAN_QUESTION, "text": "\n".join([RESUMES] + DOUBTS[1:]), "data": {"resumes": RESUMES, "doubts": DOUBTS[1:]}}


def row(depth, identity, what, text, was, now, **more):
    return {"id": identity, "depth": depth, "type": what, "text": text, "was": was, "now": now, "used": 0, "least": 0, "paths": [], "size": False,
            "kinds": [], "drop": False, "note": "", **more}


KINDS = ["ext4", "xfs", "btrfs", "ext3", "ext2"]
ROWS = [
    row(0, "disk:0", "disk", "WDC WD10EZEX-08WN4A0, serial WD-WCC6Y7KXEF1S, 931.5 GiB", 1000 * GIB, 2000 * GIB, kinds=["gpt", "dos"], kind="gpt"),
    row(1, "part:0.1", "partition", "partition 1, 512.0 MiB", GIB // 2, GIB // 2, size=True, drop=True, least=GIB // 2),
    row(2, "fs:efi", "filesystem", "vfat filesystem AB12-CD34, 512.0 MiB", GIB // 2, GIB // 2, paths=["/boot/efi"], drop=True, kind="vfat"),
    row(1, "part:0.2", "partition", "partition 2, 40.0 GiB", 40 * GIB, 80 * GIB, size=True, least=9 * GIB, wish={"size": "4%"}),
    row(2, "fs:root", "filesystem", "ext4 filesystem \"root\", 40.0 GiB", 40 * GIB, 80 * GIB, used=8 * GIB, paths=["/"], kind="ext4"),
    row(1, "part:0.3", "partition", "partition 3, 8.0 GiB", 8 * GIB, 8 * GIB, size=True, drop=True),
    row(2, "swap:1", "swap", "swap paging, 8.0 GiB", 8 * GIB, None, drop=True, wish={"drop": True},
        note="Not made: this swap space will not be there."),
    row(1, "part:0.4", "partition", "partition 4, 800.0 GiB", 800 * GIB, 1800 * GIB, size=True, drop=True, least=100 * GIB),
    row(2, "luks:1", "luks", "encrypted container (LUKS) 6f1d2c3a-93b8-4ec1-8f3e-2f5a7e0f6d10, 800.0 GiB", 800 * GIB, 1800 * GIB, drop=True),
    row(3, "pv:1", "pv", "LVM physical volume data, 800.0 GiB", 800 * GIB, 1800 * GIB, drop=True),
    row(4, "vg:1", "vg", "LVM volume group data, 800.0 GiB", 800 * GIB, 1800 * GIB, drop=True, count="spread", counted=0),
    row(5, "lv:1", "lv", "LVM logical volume data/srv (linear), 600.0 GiB", 600 * GIB, 1600 * GIB, size=True, drop=True, least=90 * GIB),
    row(6, "fs:srv", "filesystem", "ext4 filesystem \"srv\", 600.0 GiB", 600 * GIB, 1600 * GIB, used=80 * GIB, paths=["/srv"], kinds=KINDS,
        drop=True, kind="xfs", wish={"kind": "xfs"},
        note="Made as xfs with its own settings: those of ext4 (features, quotas, reserved blocks) are not kept."),
    row(5, "lv:2", "lv", "LVM logical volume data/backup (linear), 200.0 GiB", 200 * GIB, 200 * GIB, size=True, drop=True),
]
EDIT = {"name": "edit", "type": "edit", "title": "Change the plan", "text": "", "default": "done", "back": True,
        "options": [option("done"), option("undo"), option("undo-all")],
        "data": {"nodes": ROWS, "steps": 3, "problem": "",
                 "wishes": {"part:0.2": {"size": "4%"}, "swap:1": {"drop": True}, "fs:srv": {"kind": "xfs"}}}}
EDIT_REFUSED = {**EDIT, "data": {**EDIT["data"], "problem": "part:0.2 cannot become as small as 4.0 GiB: its contents need 8.9 GiB"}}


def confirm(present, index, count):
    return {"name": "confirm", "type": "erase", "title": "Consent", "back": True,
            "data": {**present, "disk": present["id"], "erases": present["contents"], "index": index, "count": count}}


PASSPHRASE = {"name": "passphrase", "type": "text", "title": "Passphrase", "secret": True, "default": None, "back": True,
              "text": "The encrypted container (LUKS) vault, 80.0 GiB is made with a new key. Enter the passphrase that opens it from now on. "
                      "Leave it empty to use the passphrase of the container before.",
              "data": {"container": "encrypted container (LUKS) vault, 80.0 GiB", "node": "luks:1", "new": True}}
CONFIRM_BLANK = confirm(TARGET, 0, 1)
CONFIRM = confirm(HOME, 1, 2)
CONFIRM_LOST = {**CONFIRM, "data": {**CONFIRM["data"], **LOST}}
CONFIRM_PATH = confirm(STICK, 0, 1)
CONFIRM_NAME = confirm({**TARGET, "serial": None, "wwn": None, "by_path": None, "proof": {"kind": "name", "text": "vda", "tail": 3}}, 0, 1)
CONFIRM_WWN = confirm({**HOME, "serial": "DOCK", "wwn": "0x5000c50015ea71ac",
                       "proof": {"kind": "wwn", "text": "0x5000c50015ea71ac", "tail": 6}}, 0, 1)
# More lies on it than the window has room for.
CONFIRM_MANY = confirm(disk(1, "Samsung SSD 870 EVO 1TB", "S5Y1NG0N123456X", 931 * GIB, transport="sata",
                            contents=[f"ext4 'part-{i}' {i + 1}.0 GiB" for i in range(12)]), 0, 1)
INTERFACES = [
    {"name": "eth0", "mac": "52:54:00:12:34:56", "driver": "e1000e", "up": True, "carrier": True, "addresses": ["fe80::5054:ff:fe12:3456/64"]},
    {"name": "eth1", "mac": "52:54:00:12:34:57", "driver": "e1000e", "up": False, "carrier": False, "addresses": []},
    {"name": "ib0", "mac": "52:54:00:12:34:58", "driver": None, "up": False, "carrier": None, "addresses": []},
]
NETWORK = {"name": "network", "type": "settings", "title": "Network",
           "options": [option("retry"), option("test"), option("skip")],
           "text": "The server backup.example.org cannot be reached. No DHCP server answered on eth0. No router announced an IPv6 network on eth0 "
                   "within 20 seconds (52:54:00:12:34:56). eth1 has no link: no cable is in, or the switch at its other end is off "
                   "(52:54:00:12:34:57)",
           "data": {"server": "backup.example.org", "port": "443", "interfaces": INTERFACES, "settings": {}, "results": [], "asked": 0}}
NETWORK_BY_HAND = {**NETWORK, "text": "The server backup.example.org cannot be reached",
                   "data": {**NETWORK["data"], "asked": 2,
                            "settings": {"interface": "eth0", "vlan": 12, "method": "manual", "address": "192.0.2.5/24", "gateway": "192.0.2.1",
                                         "nameservers": ["192.0.2.53", "192.0.2.54"], "mtu": 1400},
                            "results": [{"step": "link", "ok": True, "text": "vlan12 has a link"},
                                        {"step": "address", "ok": True, "text": "vlan12 is 192.0.2.5, its gateway is 192.0.2.1"},
                                        {"step": "name", "ok": True, "text": "backup.example.org is 198.51.100.7"},
                                        {"step": "ping", "ok": None, "text": "198.51.100.7 does not answer a ping; many machines never do"},
                                        {"step": "port", "ok": False, "text": "198.51.100.7 refuses the connection to port 443: its service does not "
                                                                              "run, or a firewall forbids it"}]}}
NETWORK_REACHED = {**NETWORK, "options": [option("retry"), option("test"), option("continue"), option("skip")],
                   "data": {**NETWORK["data"], "asked": 1, "settings": {"method": "dhcp"},
                            "results": [{"step": "port", "ok": True, "text": "backup.example.org answers on port 443, through eth0"},
                                        {"step": "set", "ok": True, "text": "The recovery set can be read"}]}}
MEDIA_LOST = {"name": "media-lost", "title": "The medium cannot be read", "options": [option("retry"), option("abort")],
              "text": "Segment 000012 cannot be read from /run/lifeboat/media/sr0/set: Input/output error."}
NEXT_DISC = {"name": "disc", "title": "Another disc is needed", "data": {"number": 2, "count": 3, "label": "LIFEBOAT_0A1B2C3D_2"}, "options": [
    {**option("retry"), "text": "Look again", "detail": "Drives are looked at each second, too."},
    {**option("abort"), "text": "Give up", "detail": "What was restored so far stays as it is."}],
    "text": "In /dev/sr0 is disc 2 of 3 (LIFEBOAT_0A1B2C3D_2) of another recovery set. Insert disc 2 of 3 (LIFEBOAT_0A1B2C3D_2). The work continues by itself "
            "when it is there"}
MEDIA_AWAY = {**MEDIA_LOST, "data": {"written": False}, "text": "No disc is in QEMU DVD-ROM (/dev/sr0). Insert the disc LIFEBOAT again"}
MEDIA_DAMAGED = {**MEDIA_LOST, "options": [option("retry"), option("salvage"), option("abort")]}
SET_DAMAGED = {"name": "set-damaged", "title": "The recovery set is damaged", "options": [option("retry"), option("salvage"), option("other")],
               "text": "segment segments/000012.tar.zst is damaged: its checksum is not the manifest's. 3 of 52341 entries cannot be restored.",
               "data": {"list": ["etc/hostname", "usr/bin/passwd", "var/lib/dpkg/status"], "total": 3}}
UNVERIFIED = {"name": "unverified", "title": "The set cannot be verified beforehand", "options": [
    {**option("abort"), "text": "Give up", "detail": "Nothing was written. Store the set in a directory first: lifeboat set convert - DIRECTORY"},
    {**option("restore"), "text": "Restore unverified", "detail": "The disks are erased before the set has been verified."}],
              "text": "The recovery set comes through a pipe and passes only once, so it cannot be verified before the disks are erased. Each part of it is verified when it is "
                      "restored. If something in it is damaged, or if it ends too early, the files in it are lost, and the disks were erased already; these files are listed "
                      "at the end."}
VERIFY = {"name": "verify-problems", "title": "Verification", "options": [option("continue")],
          "data": {"list": ["/etc/hostname: content", "/usr/bin/passwd: mode, owner", "/var/lib/dpkg/status: missing"], "total": 3}}
COMPARE = {"name": "compare-result", "title": "Comparison", "options": [option("continue")],
           "data": {"list": [f"/srv/data/file-{i:03}: content" for i in range(200)], "total": 1234}}
EXPERT = {"name": "expert", "title": "Expert", "options": [option("done")],
          "text": "The new system is mounted below /run/lifeboat/target, media below /run/lifeboat/media, the log is "
                  "/run/lifeboat/lifeboat.log."}
RESULT = {"name": "result", "title": "Result", "default": "reboot", "options": [option("reboot"), option("poweroff"), option("shell")]}


def end(name, **more):
    state_text = {"bootable": "restored, bootable", "not-bootable": "restored, not bootable", "partial": "partial",
                  "not-restored": "not restored", "compared": "compared", "not-compared": "not compared"}[name]
    event = {"event": "end", "state": state_text, "name": name, "status": {"bootable": 0, "not-bootable": 3, "partial": 4,
             "not-restored": 5, "compared": 1, "not-compared": 6}[name], "reason": "", "list": [], "list_total": 0, "differences": [], "log": "/run/lifeboat/lifeboat.log", "log_lost": 0,
             "log_kept": None if name in ("not-restored", "compared", "not-compared") else "/var/log/lifeboat/restore.log", "next": "ask", "seconds": 312}
    event.update(more)
    return event
