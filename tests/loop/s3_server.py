# SPDX-License-Identifier: GPL-3.0-or-later
"""A real S3 server, Ceph's radosgw with one monitor and one store in memory, in a network namespace of the test's own; and a client for it that shares no
code with Lifeboat."""
import datetime
import hashlib
import hmac
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

KEY, SECRET, REGION = "LIFEBOATKEY", "s3cret/with+signs", "us-east-1"
PORT, ENCRYPTED, MONITOR = 8000, 8443, 3300


def alone():
    """Starts the test again in namespaces of its own, unless it is in them."""
    if os.environ.get("LIFEBOAT_ALONE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ["LIFEBOAT_ALONE"] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", "--", sys.executable, *sys.argv])


def hmac_of(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Store:
    """The server. restart() and stop() are of the gateway alone: what it stores stays. With CERTIFICATE, a path without its ending, it serves by TLS, too."""

    def __init__(self, work, certificate=None):
        self.work, self.running, self.gateway = work, [], None
        self.encrypted = f" ssl_endpoint=127.0.0.1:{ENCRYPTED} ssl_certificate={certificate}.crt ssl_private_key={certificate}.key" if certificate else ""
        self.config = work + "/ceph.conf"

    def tool(self, *command):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=True).stdout.decode()

    def begin(self, *command):
        with open(f"{self.work}/{os.path.basename(command[0])}.out", "ab") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)

    def configure(self):
        fsid = str(uuid.uuid4())
        for name in ("run", "mon", "osd", "rgw"):
            os.makedirs(f"{self.work}/{name}")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"""[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{MONITOR}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
run_dir = {self.work}/run
log_file = {self.work}/run/$name.log
admin_socket = {self.work}/run/$name.asok
keyring = {self.work}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_data_avail_crit = 1
mon_data_avail_warn = 1
mon_max_pg_per_osd = 1000
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[mon.a]
mon_data = {self.work}/mon
[osd]
osd_data = {self.work}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{PORT}{self.encrypted}
rgw_data = {self.work}/rgw
rgw_dns_name = localhost
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_run_sync_thread = false
""")
        return fsid

    def start(self):
        fsid, osd = self.configure(), str(uuid.uuid4())
        keyring, monmap = self.work + "/keyring", self.work + "/monmap"
        for number, name in enumerate(("mon.", "client.admin", "client.rgw", "osd.0")):
            caps = ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]
            self.tool("ceph-authtool", keyring, *(["--create-keyring"] if not number else []), "--gen-key", "-n", name, *caps)
        self.tool("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{MONITOR}]", monmap)
        self.tool("ceph-mon", "-c", self.config, "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self.running.append(self.begin("ceph-mon", "-c", self.config, "-i", "a", "-f"))
        end = time.monotonic() + 60
        while subprocess.run(["ceph", "-c", self.config, "--connect-timeout", "5", "osd", "new", osd, "0"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
            assert time.monotonic() < end, "the monitor does not serve"
            time.sleep(0.1)
        self.tool("ceph-osd", "-c", self.config, "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.running.append(self.begin("ceph-osd", "-c", self.config, "-i", "0", "-f"))
        self.restart()
        self.tool("radosgw-admin", "-c", self.config, "-n", "client.rgw", "user", "create", "--uid", "lifeboat", "--display-name", "lifeboat",
                  "--access-key", KEY, "--secret-key", SECRET)

    def restart(self):
        self.gateway = self.begin("radosgw", "-c", self.config, "-n", "client.rgw", "-f")
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
                return
            except OSError:
                assert time.monotonic() < end and self.gateway.poll() is None, "radosgw does not serve"
                time.sleep(0.05)

    def stop(self):
        self.gateway.kill()
        self.gateway.wait()

    def hold(self, still=True):
        """The gateway takes connections and says nothing."""
        self.gateway.send_signal(signal.SIGSTOP if still else signal.SIGCONT)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        for process in [*self.running, self.gateway]:
            if process:
                process.kill()
                process.wait()

    # ---- a client ----

    def ask(self, method, path, query=None, body=b"", key=KEY, secret=SECRET):
        """Status, headers and body of the answer to a signed request (Amazon's "Signature Version 4", as its page tells it)."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        day, host, digest = now[:8], f"127.0.0.1:{PORT}", hashlib.sha256(body).hexdigest()
        words = "&".join(f"{urllib.parse.quote(k, safe='~')}={urllib.parse.quote(v, safe='~')}" for k, v in sorted((query or {}).items()))
        path = urllib.parse.quote(path, safe="/~")
        names = "host;x-amz-content-sha256;x-amz-date"
        canonical = f"{method}\n{path}\n{words}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{now}\n\n{names}\n{digest}"
        scope = f"{day}/{REGION}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signing = hmac_of(hmac_of(hmac_of(hmac_of(b"AWS4" + secret.encode(), day), REGION), "s3"), "aws4_request")
        signature = hmac_of(signing, text).hex()
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        connection.request(method, path + ("?" + words if words else ""), body, {
            "x-amz-content-sha256": digest, "x-amz-date": now,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), data

    def must(self, *words, **options):
        status, _, data = self.ask(*words, **options)
        assert status in (200, 204), (words[:2], status, data)
        return data

    def make_bucket(self, bucket):
        self.must("PUT", "/" + bucket)

    def put(self, name, data):
        self.must("PUT", "/" + name, body=data)

    def get(self, name):
        return self.must("GET", "/" + name)

    def delete(self, name):
        self.must("DELETE", "/" + name)

    def names(self, bucket, prefix=""):
        """All keys below PREFIX."""
        names, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            text = self.must("GET", "/" + bucket, query).decode()
            names += re.findall("<Key>([^<]*)</Key>", text)
            more = re.search("<NextContinuationToken>([^<]*)<", text)
            if not more:
                return names
            token = more.group(1)

    def uploads(self, bucket):
        return re.findall("<UploadId>([^<]*)</UploadId>", self.must("GET", "/" + bucket, {"uploads": ""}).decode())

    def put_tree(self, directory, bucket, prefix):
        for folder, _, files in os.walk(directory):
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    self.put(f"{bucket}/{prefix}/{os.path.relpath(path, directory)}", file.read())


class Relay:
    """A slow line to the server: what the server says comes at PACE bytes a second over all connections. Without CONDITIONS the server seems to know none,
    and says so by STATUS. BEFORE: words of a request, and what is done once before it goes on."""

    def __init__(self, pace, port=PORT + 1, conditions=True, status=b"501 Not Implemented", before=None):
        self.pace, self.port, self.passed, self.lock, self.conditions, self.refused = pace, port, 0, threading.Lock(), conditions, 0
        self.status, self.before = status, before
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", PORT))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.carry, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, True), daemon=True).start()

    def carry(self, source, sink, paced):
        try:
            while data := source.recv(16384):
                if paced:
                    with self.lock:
                        self.passed += len(data)
                        time.sleep(len(data) / self.pace)
                if not paced and self.before and all(word in data for word in self.before[0]):
                    self.before, act = None, self.before[1]
                    act()
                if not paced and not self.conditions and b"If-None-Match" in data:
                    self.refuse(source, data)
                    continue
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def refuse(self, client, data):
        """As a server that knows no conditions answers to a short request with one."""
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        while len(body) < length:
            body += client.recv(length - len(body))
        text = b"<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented.</Message></Error>"
        self.refused += 1
        client.sendall(b"HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s" % (self.status, len(text), text))

    def wait(self, count):
        """Until so many bytes have passed."""
        end = time.monotonic() + 60
        while self.passed < count:
            assert time.monotonic() < end, "nothing passes"
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
