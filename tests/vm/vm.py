# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines for tests: QEMU in software emulation, a serial console read as a screen and driven by keys, and QMP.

Everything waits for a condition with a deadline; nothing sleeps a fixed time. A machine is killed when its `with` ends.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import pexpect
import pyte

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
LIFEBOAT = os.path.join(BUILD, "lifeboat")
CACHE = os.environ.get("LIFEBOAT_CACHE", os.path.join(BUILD, "cache"))
os.environ["LIFEBOAT_CACHE"] = CACHE
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
# Firmware and variables for Secure Boot, with Microsoft's keys enrolled: what is not signed does not start.
SECURE_CODE = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd"
SECURE_VARS = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"

# What serial lines need between keys: a terminal library tells a bare Esc from a key's sequence by time.
KEY_GAP = 0.15
KEYS = {"enter": "\r", "tab": "\t", "esc": "\x1b", "space": " ", "down": "\x1b[B", "up": "\x1b[A", "right": "\x1b[C",
        "left": "\x1b[D", "backspace": "\x7f", "f1": "\x1bOP", "f2": "\x1bOQ", "f12": "\x1b[24~"}


class Timeout(Exception):
    """The condition did not come; the message shows the last screen."""


class VM:
    def __init__(self, disks=(), cdrom=None, firmware="bios", memory=1024, processors=1, extra=(), variables=None, boot=None, reboot=False):
        """disks: paths, or (path, serial) pairs. firmware: bios, uefi, or secure (UEFI with Secure Boot). variables: file that keeps them between machines.

        A machine with two emulated processors costs a third more time, and two machines run at a time; those of tests/demo have two.
        The plain processor emulates in seven eighths of the time of one that has all that QEMU knows: that one copies byte by byte, and saves wide registers."""
        self.directory = tempfile.mkdtemp(prefix="vm-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.qmp_path = os.path.join(self.directory, "qmp")
        arguments = ["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "qemu64", "-smp", str(processors), "-m", str(memory),
                     "-display", "none", "-serial", "mon:stdio", "-qmp", f"unix:{self.qmp_path},server=on,wait=off",
                     "-device", "virtio-rng-pci", "-nic", "none"]
        if not reboot:
            arguments += ["-no-reboot"]
        if firmware != "bios":
            code, template = (SECURE_CODE, SECURE_VARS) if firmware == "secure" else (OVMF_CODE, OVMF_VARS)
            if variables is None:
                variables = os.path.join(self.directory, "variables.fd")
            if not os.path.exists(variables):
                shutil.copyfile(template, variables)
            if firmware == "secure":
                # Only the firmware itself, in system management mode, writes its variables.
                arguments += ["-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
            arguments += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}",
                          "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]
        for number, disk in enumerate(disks):
            path, serial = disk if isinstance(disk, tuple) else (disk, None)
            arguments += ["-drive", f"if=none,id=disk{number},format=raw,cache=unsafe,discard=unmap,file={path},file.locking=off",
                          "-device", f"virtio-blk-pci,drive=disk{number}" + (f",serial={serial}" if serial else "")]
        if cdrom:
            arguments += ["-drive", f"if=none,id=cd0,media=cdrom,readonly=on,format=raw,file={cdrom}",
                          "-device", "ide-cd,drive=cd0,id=cd0device" + (",bootindex=0" if boot in (None, "cdrom") else "")]
        self.arguments = arguments + list(extra)
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.Stream(self.screen)
        self.text = ""
        self.child = None

    def __enter__(self):
        log_path = os.environ.get("VM_LOG")
        self.child = pexpect.spawn("qemu-system-x86_64", self.arguments, encoding="utf-8", codec_errors="replace",
                                   echo=False, dimensions=(24, 80), timeout=None)
        self.child.delaybeforesend = None
        self.log = open(log_path, "a", encoding="utf-8") if log_path else None
        self.started = time.monotonic()
        return self

    def __exit__(self, *unused):
        if self.child.isalive():
            self.child.terminate(force=True)
        self.child.close(force=True)
        if self.log:
            self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pump(self, seconds=0.2):
        """Takes what the console said; False when the machine is off."""
        try:
            said = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.text += said
        if self.log:
            self.log.write(said)
            self.log.flush()
        self.stream.feed(said)
        return True

    def started_for(self):
        """Seconds since power-on."""
        return time.monotonic() - self.started

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def frame(self):
        return "\n".join(self.lines())

    def _wait(self, what, condition, deadline):
        try:
            return self._wait_until(what, condition, time.monotonic() + deadline, deadline)
        except KeyboardInterrupt:
            # The test took too long for its runner: what it waited for is worth knowing.
            raise Timeout(f"interrupted while waiting for {what}; last screen:\n{self.frame()}\n"
                          f"last output: {self.text[-1000:]!r}") from None

    def _wait_until(self, what, condition, end, deadline):
        while True:
            found = condition()
            if found:
                return found
            if not self.pump() and not condition():
                raise Timeout(f"the machine went off while waiting for {what}; last screen:\n{self.frame()}\n"
                              f"last output: {self.text[-2000:]!r}")
            if time.monotonic() > end:
                raise Timeout(f"{what} did not come within {deadline} s; last screen:\n{self.frame()}\n"
                              f"last output: {self.text[-1000:]!r}")

    def wait_screen(self, pattern, deadline=180):
        """Waits until the screen, as a person sees it, matches the regular expression."""
        return self._wait(f"screen {pattern!r}", lambda: re.search(pattern, self.frame(), re.M), deadline)

    def wait_text(self, pattern, deadline=180, since=0):
        """Waits for it in all that the console ever said from offset `since`."""
        return self._wait(f"text {pattern!r}", lambda: re.search(pattern, self.text[since:]), deadline)

    def wait_off(self, deadline=180):
        end = time.monotonic() + deadline
        while self.pump():
            if time.monotonic() > end:
                raise Timeout(f"the machine did not turn off within {deadline} s; last screen:\n{self.frame()}")
        self.child.close()
        return self.child.exitstatus

    def keys(self, *keys):
        """Names from KEYS, or text typed key by key."""
        for key in keys:
            for piece in [KEYS[key]] if key in KEYS else key:
                self.child.send(piece)
                self.pump(KEY_GAP)

    def command(self, line, deadline=120):
        """Types a shell command; what it printed, once the prompt is back. Raises when its status is not 0."""
        mark = f"mark{time.monotonic_ns()}"
        since = len(self.text)
        # The quotes keep the echo of the typed line from looking like the answer; what the command says stands between two marks.
        quoted = f"\"{mark[:4]}\"\"{mark[4:]}"
        self.child.send(f"echo {quoted} begin\"; {line}; echo {quoted} $?\"\r")
        match = self.wait_text(rf"(?s){mark} begin\r*\n(.*?){mark} (\d+)\r*\n", deadline, since)
        said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", match.group(1))
        if match.group(2) != "0":
            raise RuntimeError(f"in the machine, '{line}' ended with status {match.group(2)}:\n{said}")
        return said.replace("\r", "")

    def login(self, deadline=300):
        """Logs in as root at the restored Debian's prompt."""
        self.wait_text(r"login: ", deadline)
        self.keys("root", "enter")
        self.wait_text(r"Password: ", 60)
        self.keys("lifeboat", "enter")
        self.wait_text(r"root@[^\n]*# ", 120)
        # Kernel messages would come between what commands print.
        self.command("stty cols 200; export TERM=dumb; dmesg -n 1")

    def qmp(self, execute, **arguments):
        end = time.monotonic() + 30
        while True:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(self.qmp_path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                self.pump(0.1)
        with connection, connection.makefile("rw") as stream:
            stream.readline()
            for request in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                while True:
                    answer = json.loads(stream.readline())
                    if "return" in answer or "error" in answer:
                        break
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["return"]

    def screenshot(self, path):
        """The VGA console as a PNG."""
        self.qmp("screendump", filename=os.path.abspath(path), format="png")


def run(*command, **keywords):
    """A program on this machine; its output. Raises with the output when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          **keywords)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def sparse(path, size):
    """A sparse file that serves as a blank disk."""
    with open(path, "wb") as file:
        file.truncate(size)
    return path


class Tests:
    """Runs functions as tests and says how each ended, in the runner's words."""

    def __init__(self):
        self.failed = False

    def run(self, name, function, *arguments):
        start = time.monotonic()
        try:
            result = function(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            print(f"not ok - {name}\n{type(error).__name__}: {error}", flush=True)
            self.failed = True
            return None
        print(f"ok - {name}  ({time.monotonic() - start:.0f} s)", flush=True)
        return result

    def end(self):
        sys.exit(1 if self.failed else 0)
