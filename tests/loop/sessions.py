# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of the engine through its socket, for tests: disks on loop devices, a captured disk, front ends that answer, engines."""
import json
import os
import select
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(os.environ.get("BUILD", os.path.join(TOP, "build")), "lifeboat")
if not os.path.isabs(PROGRAM):
    PROGRAM = os.path.join(TOP, PROGRAM)
MIB = 1 << 20
DEADLINE = 60
# Of what runs under strace: LeakSanitizer does not work there.
TRACED = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
failures = 0


def report(good, name, why=""):
    global failures
    print("%s - %s%s" % ("ok" if good else "not ok", name, "" if good or not why else ": " + why), flush=True)
    failures += not good


def run(*command, **keywords):
    return subprocess.run(command, check=True, capture_output=True, text=True, **keywords).stdout


class Disk:
    """A sparse file on a loop device."""

    def __init__(self, work, name, size):
        self.path = os.path.join(work, name)
        with open(self.path, "wb") as file:
            file.truncate(size)
        self.device = run("losetup", "-P", "-f", "--show", self.path).strip()

    def close(self):
        subprocess.run(["losetup", "-d", self.device], check=False)
        os.unlink(self.path)


class Client:
    """A front end: attaches, keeps every event, answers."""

    def __init__(self, path, name="test"):
        end = time.monotonic() + DEADLINE
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                self.socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.events = []
        self.send({"request": "attach", "name": name})

    def send(self, message):
        self.socket.send(json.dumps(message).encode())

    def next(self):
        if not select.select([self.socket], [], [], DEADLINE)[0]:
            raise TimeoutError("no event came; the last was %r" % self.events[-1:])
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            return None
        if not data:
            return None
        event = json.loads(data)
        self.events.append(event)
        return event

    def wait(self, *names):
        while True:
            event = self.next()
            if event is None or event["event"] in names:
                return event

    def question(self, name):
        event = self.wait("question", "end")
        if event is None or event["event"] != "question" or event["name"] != name:
            raise AssertionError("expected the question %s, got %s" % (name, json.dumps(event)))
        return event

    def answer(self, question, value):
        self.send({"request": "answer", "id": question["id"], "value": value})

    def close(self):
        self.socket.close()


def fill(top):
    """A tree with what a restore gets wrong easily."""
    for name in ("etc", "home/user", "var/log", "boot", "dev", "proc", "sys", "run"):
        os.makedirs(os.path.join(top, name))
    with open(os.path.join(top, "etc/fstab"), "w") as file:
        file.write("# a table\n")
    with open(os.path.join(top, "home/user/data"), "wb") as file:
        file.write(os.urandom(3 * MIB))
    os.link(os.path.join(top, "home/user/data"), os.path.join(top, "home/user/second name"))
    os.symlink("../etc/fstab", os.path.join(top, "home/link"))
    with open(os.path.join(top, "home/sparse"), "wb") as file:
        file.truncate(50 * MIB)
        file.seek(20 * MIB)
        file.write(b"island")
    os.mkfifo(os.path.join(top, "run/fifo"))
    os.chown(os.path.join(top, "home/user"), 1000, 1000)
    os.setxattr(os.path.join(top, "home/user/data"), "user.note", b"kept")
    for i in range(200):
        with open(os.path.join(top, "var/log/%03d" % i), "w") as file:
            file.write("line\n" * i)


class Mounted:
    def __init__(self, device, top):
        self.top = top
        run("mount", device, top)

    def __enter__(self):
        return self.top

    def __exit__(self, *error):
        run("umount", self.top)


def make_source(work, more=None, *options):
    """A disk with three filesystems, one of them not mounted, and swap, captured with OPTIONS; MORE adds to its tree. The set's directory."""
    disk = Disk(work, "source.img", 400 * MIB)
    top = os.path.join(work, "source")
    os.mkdir(top)
    try:
        run("sfdisk", "-q", disk.device, input="label: gpt\nsize=220M\nsize=64M, type=swap\nsize=100M\nsize=12M\n")
        subprocess.run(["partx", "-d", disk.device], check=False, stderr=subprocess.DEVNULL)
        run("partx", "-a", disk.device)
        run("mkfs.ext4", "-q", "-L", "aside", disk.device + "p4")
        with Mounted(disk.device + "p4", top), open(os.path.join(top, "aside"), "w") as file:
            file.write("not mounted\n")
        run("mkfs.ext4", "-q", "-L", "root", disk.device + "p1")
        run("mkswap", "-L", "swap", disk.device + "p2")
        run("mkfs.ext4", "-q", "-L", "srv", disk.device + "p3")
        run("mount", disk.device + "p1", top)
        os.mkdir(os.path.join(top, "srv"))
        run("mount", disk.device + "p3", os.path.join(top, "srv"))
        fill(top)
        with open(os.path.join(top, "srv/served"), "w") as file:
            file.write("content\n")
        if more:
            more(top)
        output = os.path.join(work, "set")
        subprocess.run([PROGRAM, "capture", *options, "--root", top, "-o", output], check=True, stdout=subprocess.DEVNULL,
                       stderr=open(os.path.join(work, "capture.log"), "w"))
        return output
    finally:
        subprocess.run(["umount", "-R", top], check=False, capture_output=True)
        disk.close()


class Midway:
    """Stands in front of mkswap. There an engine has erased its disk and has not begun to read files: it waits until DO was called. A trial
    before the consent passes."""

    def __init__(self, work, do):
        self.path = os.path.join(work, "midway")
        self.do = do
        os.makedirs(self.path, exist_ok=True)
        for name in ("asked", "go"):
            if os.path.exists(os.path.join(self.path, name)):
                os.unlink(os.path.join(self.path, name))
        with open(os.path.join(self.path, "mkswap"), "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncase $* in *-trial-*) ;; *) : >{self.path}/asked; while [ ! -e {self.path}/go ]; do sleep 0.02; done ;; esac\n"
                       "PATH=/usr/sbin:/sbin exec mkswap \"$@\"\n")
        os.chmod(os.path.join(self.path, "mkswap"), 0o755)

    def meet(self):
        end = time.monotonic() + DEADLINE
        while not os.path.exists(os.path.join(self.path, "asked")):
            if time.monotonic() > end:
                raise TimeoutError("mkswap was not run")
            time.sleep(0.02)
        self.do()
        with open(os.path.join(self.path, "go"), "w", encoding="utf-8"):
            pass


class Engine:
    def __init__(self, work, name, target, words, *arguments, midway=None):
        self.socket = os.path.join(work, name + ".sock")
        self.log = os.path.join(work, name + ".log")
        self.root = os.path.join(work, name + ".root")
        self.state = os.path.join(work, name + ".state")
        os.mkdir(self.root)
        command = [PROGRAM, "engine", "--socket", self.socket, "--log", self.log, "--root", self.root, "--state", self.state,
                   "--cmdline", words]
        for disk in target:
            command += ["--device", disk.device]
        self.errors = open(os.path.join(work, name + ".err"), "w+")
        self.command = command + list(arguments)
        self.environment = dict(os.environ, PATH=f"{midway.path}:{os.environ['PATH']}") if midway else None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=self.errors, stderr=self.errors, env=self.environment)

    def wait(self):
        return self.process.wait(DEADLINE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        subprocess.run(["umount", "-R", self.root], check=False, capture_output=True)


def target_of(question, disk):
    """The candidate that is the loop disk: by its device, because disks of other tests may have its size."""
    for source in question["data"]["sources"]:
        for candidate in source["candidates"]:
            if candidate["name"] == os.path.basename(disk.device):
                return source["id"], candidate
    raise AssertionError("the target disk is no candidate: %s" % json.dumps(question["data"]))


def to_consent(client, disk):
    """Up to the question "confirm", which is returned open."""
    client.answer(client.question("hardware"), "continue")
    source, candidate = target_of(client.question("disks"), disk)
    client.answer(client.events[-1], {source: candidate["id"]})
    client.answer(client.question("plan"), "go")
    return client.question("confirm")
