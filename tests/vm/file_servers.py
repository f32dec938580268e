# SPDX-License-Identifier: GPL-3.0-or-later
"""NFS (Ganesha) and SMB (Samba) servers of one directory to read, and of two to write: OUT, and FULL, which is small. In a network namespace of the
test's own: their ports are fixed."""
import os
import shutil
import socket
import subprocess
import sys
import time

USER, PASSWORD = "lifeboat", "s3cret,with:signs"


def alone():
    """Starts the test again in namespaces of its own, unless it is in them."""
    if os.environ.get("LIFEBOAT_ALONE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ["LIFEBOAT_ALONE"] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", "--", sys.executable, *sys.argv])


class Servers:
    def __init__(self, work, top):
        self.work, self.top, self.running = work, top, []
        self.out, self.full, self.nfs = work + "/out", work + "/full", None
        os.makedirs(work, exist_ok=True)
        for place in ("/var/run", "/var/lib/nfs"):
            os.makedirs(place, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
        for place in ("/var/run/ganesha", "/var/lib/nfs/ganesha"):
            os.makedirs(place)
        shutil.rmtree(self.out, ignore_errors=True)
        for place in (self.out, self.full):
            os.makedirs(place, exist_ok=True)
        image = work + "/full.img"
        with open(image, "wb") as file:
            file.truncate(8 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, self.full], check=True)
        os.rmdir(self.full + "/lost+found")

    def __enter__(self):
        self.start("rpcbind", "-w", "-f")
        self.start_nfs()
        self.start_smb()
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.kill()
            process.wait()

    def start(self, *command, port=None):
        with open(os.path.join(self.work, os.path.basename(command[0]) + ".out"), "wb") as out:
            self.running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True))
        end = time.monotonic() + 60
        while port:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert time.monotonic() < end and self.running[-1].poll() is None, f"{command[0]} does not serve"
                time.sleep(0.1)

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def start_nfs(self):
        config = self.write("ganesha.conf", f"""
NFS_CORE_PARAM {{ Protocols = 3,4; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSv4 {{ Graceless = true; RecoveryBackend = fs; }}
EXPORT {{ Export_Id = 1; Path = {self.top}; Pseudo = {self.top}; Access_Type = RO; Squash = No_Root_Squash; SecType = sys; Protocols = 3,4; Transports = TCP;
	FSAL {{ Name = VFS; }} }}
""" + "".join(f"""
EXPORT {{ Export_Id = {number}; Path = {place}; Pseudo = {place}; Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 3,4; Transports = TCP;
	FSAL {{ Name = VFS; }} }}
""" for number, place in ((2, self.out), (3, self.full))))
        self.start("ganesha.nfsd", "-F", "-f", config, "-L", os.path.join(self.work, "ganesha.log"), "-p", os.path.join(self.work, "ganesha.pid"), port=2049)
        self.nfs = self.running[-1]

    def start_smb(self):
        places = "".join(f"{name} = {self.work}/smb\n" for name in ("private dir", "lock directory", "state directory", "cache directory", "pid directory"))
        os.makedirs(self.work + "/smb", exist_ok=True)
        users = self.write("users", f"root = {USER}\n")
        config = self.write("smb.conf", f"""[global]
smb ports = 445
interfaces = lo
bind interfaces only = yes
server role = standalone server
disable netbios = yes
{places}ncalrpc dir = {self.work}/smb/ncalrpc
passdb backend = tdbsam:{self.work}/smb/passwords
load printers = no
disable spoolss = yes
username map = {users}
[sets]
path = {self.top}
read only = yes
force user = root
[out]
path = {self.out}
read only = no
force user = root
""")
        subprocess.run(["smbpasswd", "-c", config, "-s", "-a", "root"], input=f"{PASSWORD}\n{PASSWORD}\n".encode(), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start("/usr/sbin/smbd", "-F", "--no-process-group", "-s", config, "-l", self.work, port=445)
