# SPDX-License-Identifier: GPL-3.0-or-later
"""A tape drive and the changer beside it, as tgtd emulates them and QEMU brings them to a machine: the machine's own st driver moves the tapes. Both live in
one network namespace of their own (alone())."""
import os
import shutil
import signal
import socket
import subprocess
import time

from vm import run

PORT = 33260
# Of the control socket, which is the machine's, not the namespace's.
CONTROL = os.getpid() % 30000
TARGET = "iqn.2026-01.org.lifeboat:tapes"
# Element addresses of the changer: its drive, its arm, its first slot.
DRIVE, ARM, SLOT = 1, 3, 10


class Library:
    """Tapes by their bar codes, with their sizes in MB; each is in its slot, in this order, and the drive is empty."""

    def __init__(self, work, tapes):
        self.work, self.tapes = work, tapes
        os.makedirs(work)
        for code, size in tapes.items():
            run("tgtimg", "--op", "new", "--device-type", "tape", f"--barcode={code}", f"--size={size}", "--type=data", f"--file={work}/{code}",
                "--thin-provisioning")
        with open(work + "/changer", "wb") as file:
            file.write(bytes(1024))

    def admin(self, *words):
        return run("tgtadm", "-C", str(CONTROL), "--lld", "iscsi", *words)

    def unit(self, unit, **parameters):
        self.admin("--mode", "logicalunit", "--op", "update", "--tid", "1", "--lun", str(unit), "--params",
                   ",".join(f"{name}={value}" for name, value in parameters.items()))

    def __enter__(self):
        self.log = open(self.work + "/log", "ab")
        os.makedirs("/var/run/tgtd", exist_ok=True)
        self.server = subprocess.Popen(["tgtd", "-f", "-C", str(CONTROL), "--iscsi", f"portal=127.0.0.1:{PORT}"], stdout=self.log, stderr=self.log)
        try:
            self._set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _set_up(self):
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.admin("--mode", "target", "--op", "new", "--tid", "1", "-T", TARGET)
        first = next(iter(self.tapes))
        self.admin("--mode", "logicalunit", "--op", "new", "--tid", "1", "--lun", "1", "-b", f"{self.work}/{first}", "--device-type=tape")
        self.unit(1, online=0)
        self.admin("--mode", "logicalunit", "--op", "new", "--tid", "1", "--lun", "2", "-b", self.work + "/changer", "--device-type=changer")
        self.unit(2, media_home=self.work)
        self.unit(2, element_type=4, start_address=DRIVE, quantity=1)
        self.unit(2, element_type=4, address=DRIVE, tid=1, lun=1)
        self.unit(2, element_type=1, start_address=ARM, quantity=1)
        self.unit(2, element_type=2, start_address=SLOT, quantity=len(self.tapes))
        for number, code in enumerate(self.tapes):
            self.unit(2, element_type=2, address=SLOT + number, barcode=code, sides=1)
        self.admin("--mode", "target", "--op", "bind", "--tid", "1", "-I", "ALL")

    def insert(self, code):
        """An operator puts a tape into the drive, which must be empty; for machines that do not see the changer."""
        self.unit(1, online=0)
        self.unit(1, path=f"{self.work}/{code}")
        self.unit(1, online=1)

    def __exit__(self, *unused):
        # It does not end on SIGTERM while it has a target.
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()
        self.log.close()

    def remove(self):
        shutil.rmtree(self.work, ignore_errors=True)


def attached(changer=True):
    """Arguments of QEMU: the drive, and the changer beside it."""
    arguments = ["-device", "virtio-scsi-pci,id=tapes"]
    for lun in (1, 2) if changer else (1,):
        arguments += ["-drive", f"if=none,id=tape{lun},driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=127.0.0.1:{PORT},file.target={TARGET},file.lun={lun}",
                      "-device", f"scsi-generic,drive=tape{lun},bus=tapes.0,lun={lun}"]
    return arguments
