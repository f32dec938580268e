# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd on 127.0.0.1, and before it a wire that can be cut: what passes through it is counted, a connection ends after so many bytes, or all stop.
In a network namespace of the test's own."""
import os
import select
import socket
import subprocess
import sys
import threading
import time

DONE = "LIFEBOAT_SSH_ALONE"
WIRE, SERVER = 2222, 22


def alone():
    """Starts the running script again in namespaces of its own, unless it is in them."""
    if os.environ.get(DONE) == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        os.mkdir("/run/sshd", 0o755)
        return
    os.environ[DONE] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", "--propagation", "private", "--", sys.executable, *sys.argv])


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path], check=True)


def fingerprint(path):
    return subprocess.run(["ssh-keygen", "-lf", path], stdout=subprocess.PIPE, check=True).stdout.decode().split()[1]


def key_of(path):
    with open(path, encoding="ascii") as file:
        return " ".join(file.read().split()[:2])


class Server:
    def __init__(self, work):
        self.work, self.process = work, None
        for name in ("host", "user", "stranger", "echo"):
            make_key(f"{work}/{name}")
        with open(work + "/authorized", "w", encoding="ascii") as file:
            file.write(f"restrict {key_of(work + '/user.pub')}\n" f'restrict,command="echo hello, this is no file server" {key_of(work + "/echo.pub")}\n')
        with open(work + "/sshd.conf", "w", encoding="ascii") as file:
            file.write(f"ListenAddress 127.0.0.1\nPort {SERVER}\nHostKey {work}/host\nPidFile {work}/sshd.pid\nAuthorizedKeysFile {work}/authorized\n"
                       "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
                       "MaxStartups 100\n")

    def __enter__(self):
        with open(self.work + "/sshd.log", "ab") as log:
            self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.work + "/sshd.conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", SERVER), 1).close()
                return self
            except OSError:
                assert time.monotonic() < end and self.process.poll() is None, "sshd does not serve"
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Wire:
    """Passes connections on to the server. CUTS: after how many bytes to either side each new connection ends; then none does."""

    def __init__(self, cuts=(), away_s=0.0):
        self.cuts, self.away_s, self.connections = list(cuts), away_s, 0
        self.closed, self.stalled, self.passed = threading.Event(), threading.Event(), 0
        self.away_until = 0.0
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.listener = self.listen()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.thread.join()
        if self.listener:
            self.listener.close()

    @staticmethod
    def listen():
        return socket.create_server(("127.0.0.1", WIRE), reuse_port=True)

    def cut(self):
        """For good."""
        self.away_until = float("inf")

    def serve(self):
        pairs = []
        while not self.closed.is_set():
            away = time.monotonic() < self.away_until
            if away:
                if self.listener:
                    self.listener.close()
                    self.listener = None
                for pair in pairs:
                    self.end(pair)
                pairs = []
                time.sleep(0.02)
                continue
            if not self.listener:
                self.listener = self.listen()
            if self.stalled.is_set():
                time.sleep(0.02)
                continue
            sockets = {end: pair for pair in pairs for end in pair["ends"]}
            ready, _, _ = select.select([self.listener, *sockets], [], [], 0.05)
            for end in ready:
                if end is self.listener:
                    near = self.listener.accept()[0]
                    far = socket.create_connection(("127.0.0.1", SERVER))
                    pairs.append({"ends": (near, far), "left": self.cuts.pop(0) if self.cuts else None})
                    self.connections += 1
                elif sockets[end] in pairs and not self.forward(end, sockets[end]):
                    pairs.remove(sockets[end])
                    self.end(sockets[end])
        for pair in pairs:
            self.end(pair)

    def forward(self, end, pair):
        other = pair["ends"][pair["ends"][0] is end]
        try:
            data = end.recv(65536)
            if not data:
                return False
            if pair["left"] is not None:
                pair["left"] -= len(data)
                if pair["left"] <= 0:
                    self.away_until = time.monotonic() + self.away_s
                    return False
            self.passed += len(data)
            other.sendall(data)
            return True
        except OSError:
            return False

    @staticmethod
    def end(pair):
        for end in pair["ends"]:
            end.close()
