# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the front ends share: an engine that says what a test tells it to, a terminal of 80x24 cells, and whole frames
compared with those in tests/data/frames. Frames are rewritten with FRAMES=write."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIFEBOAT = os.path.join(ROOT, os.environ.get("BUILD", "build"), "lifeboat")
FRAMES = os.path.join(ROOT, "tests", "data", "frames")
DEADLINE = 20.0
# VT100 special graphics, as far as frames use them.
LINE_SIGNS = str.maketrans("jklmnqtuvwxa", "\u2518\u2510\u250c\u2514\u253c\u2500\u251c\u2524\u2534\u252c\u2502\u2592")

failures = 0


def result(good, name, why=""):
    global failures
    print(("ok - " if good else "not ok - ") + name, flush=True)
    if not good:
        failures += 1
        if why:
            print(why, file=sys.stderr, flush=True)


def check(name, condition, why=""):
    result(bool(condition), name, why)


class Failed(Exception):
    """A condition did not come true in time."""


def wait_until(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(what)
        time.sleep(0.02)


def memory_holds(pid, text):
    """Whether a process has TEXT anywhere in memory that it can write."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            words = line.split()
            start, end = (int(number, 16) for number in words[0].split("-"))
            # So large is only what a sanitizer keeps of a program's memory.
            if "w" not in words[1] or words[-1].startswith("[v") or end - start > 1 << 30:
                continue
            try:
                memory.seek(start)
                if text in memory.read(end - start):
                    return True
            except OSError:
                continue
    return False


class Engine:
    """A SOCK_SEQPACKET server that plays the engine: sends what it is told, keeps what a late front end must be told."""

    KEPT = ("state", "hardware", "sets", "plan", "progress")

    def __init__(self, directory, name="engine.sock"):
        self.path = os.path.join(directory, name)
        self.lock = threading.RLock()
        self.clients = []
        self.names = {}
        self.kept = {}
        self.log = []
        self.question = None
        self.end = None
        self.id = 0
        self.received = []
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.server.bind(self.path)
        self.server.listen(8)
        self.running = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.running = False
        self.thread.join()
        with self.lock:
            for client in self.clients:
                client.close()
            self.clients = []
        self.server.close()
        os.unlink(self.path)

    def serve(self):
        while self.running:
            with self.lock:
                sockets = [self.server] + self.clients
            ready, _, _ = select.select(sockets, [], [], 0.05)
            for one in ready:
                with self.lock:
                    if one is self.server:
                        self.clients.append(self.server.accept()[0])
                    else:
                        self.read(one)

    def read(self, client):
        try:
            packet = client.recv(1 << 17)
        except OSError:
            packet = b""
        if not packet:
            self.clients.remove(client)
            client.close()
            return
        request = json.loads(packet)
        self.received.append(request)
        if request["request"] == "attach":
            self.names[client] = request["name"]
            self.introduce(client)
        elif request["request"] == "answer":
            if not self.question or self.question["id"] != request["id"]:
                self.send_to(client, {"event": "stale", "id": request["id"]})
                return
            name, secret = self.question["name"], self.question.get("secret", False)
            self.question = None
            self.broadcast({"event": "answered", "id": request["id"], "name": name, "answer": None if secret else request["value"],
                            "secret": secret, "by": self.names.get(client, "?")})

    def introduce(self, client):
        self.send_to(client, {"event": "hello", "version": "0.1", "protocol": 1})
        for name in self.KEPT:
            if name in self.kept:
                self.send_to(client, self.kept[name])
        for event in self.log[-300:]:
            self.send_to(client, event)
        if self.end:
            self.send_to(client, self.end)
        if self.question:
            self.send_to(client, self.question)

    @staticmethod
    def send_to(client, event):
        try:
            client.send(json.dumps(event).encode())
        except OSError:
            pass

    def broadcast(self, event):
        for client in self.clients:
            if client in self.names:
                self.send_to(client, event)

    def send(self, *events):
        """Says EVENTS to every front end, and to those that come later."""
        with self.lock:
            for event in events:
                name = event["event"]
                if name == "state":
                    self.kept.pop("progress", None)
                if name in self.KEPT:
                    self.kept[name] = event
                elif name == "phase" and "state" in self.kept:
                    for phase in self.kept["state"]["phases"]:
                        if phase["name"] == event["phase"]:
                            phase.update(state=event["state"], text=event.get("text", ""))
                elif name == "log":
                    self.log.append(event)
                elif name == "end":
                    self.end = event
                self.broadcast(event)

    def ask(self, **question):
        """Opens a question; its id."""
        with self.lock:
            self.id += 1
            self.question = {"event": "question", "id": self.id, "type": "choice", "title": "", "text": "", "options": [],
                             "default": None, "certain": False, "reason": "", "data": {}, "back": False, "rescan": False}
            self.question.update(question)
            self.broadcast(self.question)
            return self.id

    def answer_elsewhere(self, value, by="another console"):
        with self.lock:
            event = {"event": "answered", "id": self.question["id"], "name": self.question["name"], "answer": value, "by": by}
            self.question = None
            self.broadcast(event)

    def refuse(self, reason):
        with self.lock:
            for client in self.clients:
                self.send_to(client, {"event": "refused", "id": self.question and self.question["id"], "reason": reason})

    def requests(self, name):
        with self.lock:
            return [request for request in self.received if request["request"] == name]

    def answers(self):
        return [request["value"] for request in self.requests("answer")]

    def wait_answer(self, count):
        """The COUNT-th answer of all, from 1."""
        wait_until(lambda: len(self.answers()) >= count, f"answer {count} did not come; there are {self.answers()}")
        return self.answers()[count - 1]

    def wait_request(self, name, count=1):
        wait_until(lambda: len(self.requests(name)) >= count, f"request '{name}' did not come; there are {self.received}")


COLORS = "black red green yellow blue magenta cyan white".split()
COLORS += ["bright " + name for name in COLORS]


def sgr(state, codes):
    """Attributes after a sequence: a set of "bold", "reverse", ("fg", n), ("bg", n)."""
    state = set(state)
    for code in [int(one or 0) for one in codes.split(";")]:
        if code == 0:
            state.clear()
        elif code in (1, 7):
            state.add("bold" if code == 1 else "reverse")
        elif code in (22, 27):
            state.discard("bold" if code == 22 else "reverse")
        elif code // 10 in (3, 4):
            kind = "fg" if code // 10 == 3 else "bg"
            state = {one for one in state if one[0] != kind}
            if code % 10 < 8:
                state.add((kind, code % 10))
        elif 90 <= code <= 97 or 100 <= code <= 107:
            kind = "fg" if code < 100 else "bg"
            state = {one for one in state if one[0] != kind} | {(kind, code % 10 + 8)}
    return frozenset(state)


def paint(row, state):
    """One row with tags; blanks keep only what can be seen of them."""
    cells = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", row):
        if part.startswith("\x1b["):
            state = sgr(state, part[2:-1])
        else:
            cells += [(sign, state if sign != " " else frozenset(one for one in state if one == "reverse" or one[0] == "bg"))
                      for sign in part]
    while cells and cells[-1] == (" ", frozenset()):
        cells.pop()
    text, last = "", frozenset()
    for sign, now in cells:
        # A blank in the middle of bold text is as bold as any.
        if sign == " " and now == frozenset(one for one in last if one == "reverse" or one[0] == "bg"):
            now = last
        if now != last:
            colors = dict(one for one in now if isinstance(one, tuple))
            words = sorted(one for one in now if isinstance(one, str))
            if colors:
                words.append("/".join(COLORS[colors[kind]] if kind in colors else "" for kind in ("fg", "bg")))
            text += "<" + " ".join(words) + ">"
            last = now
        text += sign
    return text + ("<>" if last else ""), state


class Terminal:
    """A program in a terminal of its own (tmux)."""

    def __init__(self, directory, command, term="tmux-256color", columns=80, rows=24, environment=None):
        self.socket = os.path.join(directory, f"tmux{id(self)}")
        variables = {"TERM": term, "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": directory, "SHELL": "/bin/sh",
                     "PS1": "rescue# "}
        variables.update({name: value for name, value in os.environ.items() if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "TSAN_"))})
        variables.update(environment or {})
        self.status_file = self.socket + ".status"
        program = " ".join(["env", "-i"] + [f"'{k}={v}'" for k, v in variables.items()] + command)
        # With job control, as from a shell that a person types into.
        line = f"set -m; {program}; echo $? >{self.status_file}; exec cat"
        with open(self.socket + ".conf", "w") as conf:
            conf.write("set -g status off\nset -sg escape-time 0\nset -g default-terminal tmux-256color\nset -g remain-on-exit on\n")
        self.tmux("-f", self.socket + ".conf", "new-session", "-d", "-x", str(columns), "-y", str(rows), "/bin/sh", "-c", line)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"}).stdout.decode()

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def text(self):
        """What is on the screen, without attributes."""
        rows = [re.sub(r"\x1b\[[0-9;]*m", "", row).rstrip() for row in self.capture().split("\n")]
        return "\n".join(rows).rstrip("\n") + "\n"

    def attributes(self):
        """What is on the screen and how it is painted: <bold>, <reverse>, <colour/background> where that begins, <> where it ends."""
        painted, state = [], frozenset()
        for row in self.capture().split("\n"):
            text, state = paint(row, state)
            painted.append(text)
        return "\n".join(painted).rstrip("\n") + "\n"

    def raw(self):
        """As tmux writes it; what was drawn as special graphics is between shift-out and shift-in."""
        return self.tmux("capture-pane", "-p", "-e", "-N")

    def capture(self):
        """As tmux writes attributes; lines are always the Unicode signs."""
        raw = self.raw()
        return re.sub("\x0e([^\x0f]*)\x0f?", lambda match: match.group(1).translate(LINE_SIGNS), raw)

    def keys(self, *keys):
        """Sends KEYS one after the other (names as of tmux send-keys)."""
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait(self, text, deadline=DEADLINE):
        """Until TEXT is on the screen; the frame."""
        try:
            return wait_until(lambda: text in self.text() and self.text(), "", deadline)
        except Failed:
            raise Failed(f"'{text}' did not come up; the screen is\n{self.text()}") from None

    def wait_gone(self, text):
        try:
            wait_until(lambda: text not in self.text(), "")
        except Failed:
            raise Failed(f"'{text}' did not go away; the screen is\n{self.text()}") from None

    def pid(self):
        """Of the program."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()

        def child():
            with open(f"/proc/{shell}/task/{shell}/children") as children:
                return children.read().split()
        return int(wait_until(child, "the program does not run")[0])

    def status(self):
        """The program's exit status, or 128 and its signal, once it has ended."""
        wait_until(lambda: os.path.exists(self.status_file) and os.path.getsize(self.status_file), f"the program continues\n{self.text()}")
        with open(self.status_file) as status:
            return int(status.read())

    def stable(self):
        """A frame that holds still."""
        frames = []

        def still():
            frames.append(self.attributes())
            time.sleep(0.1)
            return len(frames) > 3 and len(set(frames[-4:])) == 1
        wait_until(still, "the screen does not hold still")
        return self.text()


def compare(name, path, get, what):
    """Waits until GET() equals the stored file."""
    if os.environ.get("FRAMES") == "write":
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(get())
        result(True, name)
        return
    expected = open(path).read() if os.path.exists(path) else ""
    try:
        wait_until(lambda: get() == expected, "")
        result(True, name)
    except Failed:
        result(False, name, f"{what} is\n{get()}\nand should be ({path})\n{expected}")


def frame(terminal, name, wait, attributes=None, size=(80, 24)):
    """The whole frame, once WAIT is on it, equals tests/data/frames/NAME.txt; with ATTRIBUTES ("color", "mono") also how it is painted."""
    try:
        terminal.wait(wait)
    except Failed as why:
        result(False, f"frame {name}", str(why))
        return
    if os.environ.get("FRAMES") == "write":
        terminal.stable()
    compare(f"frame {name}", os.path.join(FRAMES, name + ".txt"), terminal.text, "the frame")
    rows = terminal.text().split("\n")
    if any(len(row) > size[0] for row in rows) or len(rows) > size[1] + 1:
        result(False, f"frame {name} fits {size[0]}x{size[1]}")
    if attributes:
        compare(f"frame {name} painted ({attributes})", os.path.join(FRAMES, f"{name}.{attributes}.txt"), terminal.attributes,
                "the painted frame")


def run(*tests):
    """Runs each TEST(directory); exits."""
    only = sys.argv[1:]
    if not shutil.which("tmux"):
        print("not ok - tmux is not installed")
        sys.exit(1)
    for test in tests:
        if only and test.__name__ not in only:
            continue
        directory = tempfile.mkdtemp(prefix="lifeboat-tui-")
        try:
            test(directory)
        except Failed as why:
            result(False, test.__name__, str(why))
        finally:
            # A test that was interrupted may not have closed its terminals.
            for name in os.listdir(directory):
                if re.fullmatch(r"tmux\d+", name):
                    subprocess.run(["tmux", "-S", os.path.join(directory, name), "kill-server"], stderr=subprocess.DEVNULL, check=False)
            shutil.rmtree(directory, ignore_errors=True)
    sys.exit(1 if failures else 0)
