# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver of messages of machines (lifeboat.notify=) that answers as it is told, and keeps what came."""
import http.server
import json
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        owner = self.server.owner
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        owner.hold.wait(60)
        if owner.login and self.headers.get("Authorization") != owner.login:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="messages"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        message = json.loads(text)
        status, answer = owner.answer(message)
        with owner.lock:
            owner.messages.append(message)
            owner.raw.append((self.path, self.headers.get("Authorization"), text))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


class Receiver:
    def __init__(self, port=0, answer=lambda message: (200, ""), login=None):
        self.messages, self.raw, self.lock = [], [], threading.Lock()
        self.hold = threading.Event()
        self.hold.set()
        self.answer, self.login = answer, login
        self.listener, self.port = None, port
        if not port:
            self.start()

    def start(self):
        self.listener = Listener(("127.0.0.1", self.port), Handler)
        self.listener.owner = self
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()

    def wait_for(self, condition, seconds=30):
        """Until one of the messages meets CONDITION."""
        end = time.monotonic() + seconds
        while True:
            with self.lock:
                if any(condition(message) for message in self.messages):
                    return
            if time.monotonic() > end:
                raise TimeoutError("no such message came")
            time.sleep(0.02)

    def of(self, kind):
        with self.lock:
            return [message for message in self.messages if message["event"] == kind]
