# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server that misbehaves as it is told: what no ready server does on demand. Files lie below TOP; behaviour is looked up for each request."""
import email.utils
import http.server
import os
import socket
import struct
import threading
import time
import urllib.parse


class Behaviour:
    """What the server does with the next requests for names that end with `only` ("" for all); at most `times` times (None: always)."""

    def __init__(self, only="", times=None, **what):
        self.only, self.times, self.what = only, times, what

    def take(self, path):
        if not path.endswith(self.only) or self.times == 0:
            return {}
        if self.times is not None:
            self.times -= 1
        return self.what


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    after = None  # called once the answer was sent

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        owner = self.server.owner
        path = urllib.parse.unquote(self.path.split("?")[0])
        with owner.lock:
            owner.requests.append((self.command, path, self.headers.get("Range")))
            what = {}
            for behaviour in owner.behaviours:
                what.update(behaviour.take(path))
        name = os.path.join(owner.top, path.lstrip("/"))
        if "after" in what:
            self.after = what["after"]
        if "authorization" in what and self.headers.get("Authorization") != what["authorization"]:
            return self.refuse(401, {"WWW-Authenticate": 'Basic realm="sets"'})
        if "status" in what:
            return self.refuse(what["status"], what.get("headers", {}), what.get("text", ""))
        if "page" in what:
            return self.page(what["page"])
        if not os.path.isfile(name):
            return self.refuse(404, {})
        time.sleep(what.get("delay", 0))
        return self.send_file(name, what, body)

    def refuse(self, status, headers, text=""):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def page(self, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stretch(self, size, what):
        text = self.headers.get("Range")
        if not text or what.get("no_ranges"):
            return None
        first, last = text.split("=")[1].split("-")
        first, last = int(first), min(int(last) if last else size - 1, size - 1)
        return first, last

    def send_file(self, name, what, body):
        with open(name, "rb") as file:
            data = file.read()
        if "flip" in what:
            data = data[:what["flip"]] + bytes([data[what["flip"]] ^ 1]) + data[what["flip"] + 1:]
        stretch = self.stretch(len(data), what)
        if stretch and stretch[0] >= len(data):
            return self.refuse(416, {"Content-Range": f"bytes */{len(data)}"})
        if stretch:
            self.send_response(206)
            shift = what.get("wrong_range", 0)
            self.send_header("Content-Range", f"bytes {stretch[0] + shift}-{stretch[1] + shift}/{len(data)}")
            data = data[stretch[0]:stretch[1] + 1]
        else:
            self.send_response(200)
        if not what.get("no_length"):
            self.send_header("Content-Length", str(len(data) + what.get("length", 0)))
        else:
            self.close_connection = True
        status = os.stat(name)
        self.send_header("Last-Modified", email.utils.formatdate(status.st_mtime, usegmt=True))
        self.send_header("ETag", '"%x-%x"' % (status.st_mtime_ns, status.st_size))
        self.end_headers()
        if body:
            self.send_body(data, what)
        if self.after:
            self.after()
            self.after = None

    def send_body(self, data, what):
        cut = what.get("cut")
        if cut is not None:
            data = data[:cut]
        data += b"x" * what.get("extra", 0)
        pace = what.get("pace")
        for i in range(0, len(data), 65536):
            if self.server.owner.closed:
                self.close_connection = True
                return
            self.wfile.write(data[i:i + 65536])
            if pace:
                time.sleep(65536 / pace)
        if "stall" in what:
            time.sleep(what["stall"])
        if cut is not None or what.get("length") or what.get("extra"):
            if what.get("reset"):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a client that has enough hangs up


class WebServer:
    """Serves TOP until close(); `behaviours` may be changed at any time."""

    def __init__(self, top, *behaviours, tls=None, host="127.0.0.1", port=0):
        self.top, self.behaviours, self.tls = top, list(behaviours), tls
        self.requests, self.lock, self.closed = [], threading.Lock(), False
        self.listener, self.host, self.port = None, host, port
        self.start()

    def start(self):
        self.closed = False
        self.listener = Listener((self.host, self.port), Handler)
        self.listener.owner = self
        if self.tls:
            self.listener.socket = self.tls.wrap_socket(self.listener.socket, server_side=True)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        """Dies, with what it was sending; start() brings it back at the same port."""
        self.closed = True
        self.listener.shutdown()
        self.listener.server_close()

    close = stop

    def url(self, path="", user=""):
        return f"{'https' if self.tls else 'http'}://{user}{self.host}:{self.port}/{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.closed:
            self.close()
