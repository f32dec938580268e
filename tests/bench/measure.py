# SPDX-License-Identifier: GPL-3.0-or-later
"""Times Lifeboat against GNU tar and zstd on one tree, in pairs that follow each other, so that a busy machine is busy for both.
Caches are dropped before each run where that is allowed, and the final sync is part of every time."""
import contextlib
import os
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIFEBOAT = os.path.join(HERE, "../..", os.environ.get("BUILD", "build"), "lifeboat")
os.environ["PATH"] = "/usr/sbin:/sbin:" + os.environ["PATH"]
TAR_CREATE = "tar --create --xattrs --xattrs-include='*' --acls --sparse -C %s . | zstd -q -3 -T2 -f -o %s"
TAR_EXTRACT = "tar -I zstd --extract --xattrs --xattrs-include='*' --acls -C %s -f %s"


@contextlib.contextmanager
def workplace():
    top = tempfile.mkdtemp(prefix="lifeboat-bench-", dir=os.environ.get("BENCH_DIR", "/var/tmp"))
    try:
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


@contextlib.contextmanager
def fresh_target(top):
    """An empty filesystem, as a restore meets it: a new ext4 on a loop device for root, else a new directory."""
    target, image = os.path.join(top, "target"), os.path.join(top, "target.img")
    os.mkdir(target)
    mounted = False
    if os.geteuid() == 0:
        with open(image, "wb") as file:
            file.truncate(6 << 30)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        mounted = subprocess.run(["mount", "-o", "loop", image, target], stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield target
    finally:
        if mounted:
            subprocess.run(["umount", target], check=True)
        shutil.rmtree(target)
        if os.path.exists(image):
            os.unlink(image)


def drop_caches():
    os.sync()
    with contextlib.suppress(OSError), open("/proc/sys/vm/drop_caches", "w") as knob:
        knob.write("3")


def timed(command, synced):
    """Runs COMMAND by bash, then syncs the filesystem of SYNCED. Seconds, processor seconds, peak KiB of its largest process."""
    drop_caches()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    process = subprocess.Popen(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    subprocess.run(["sync", "-f", synced], check=True)
    seconds = time.monotonic() - start
    if status:
        raise RuntimeError("failed: " + command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": seconds, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "peak": usage.ru_maxrss}


def make_tree(top, megabytes):
    tree = os.environ.get("BENCH_TREE")
    if tree:
        return tree
    tree = os.path.join(top, "tree")
    subprocess.run([os.path.join(HERE, "make_tree"), tree, str(megabytes)], check=True, stdout=subprocess.DEVNULL)
    return tree


def capture(kind, tree, top):
    out = os.path.join(top, kind + "-out")
    subprocess.run(["rm", "-rf", out], check=True)
    command = TAR_CREATE % (tree, out) if kind == "tar" else "exec %s capture --quiet -o %s --root %s" % (LIFEBOAT, out, tree)
    return timed(command, top)


def restore(kind, top):
    out = os.path.join(top, kind + "-out")
    with fresh_target(top) as target:
        return timed(TAR_EXTRACT % (target, out) if kind == "tar" else restore_command(out, target), target)


def restore_command(place, target):
    return "exec %s restore --quiet --set %s --to %s" % (LIFEBOAT, place, target)


def restore_from(kind, top, address):
    """The set of capture("lifeboat") from its directory, or from below ADDRESS, where a server has TOP."""
    with fresh_target(top) as target:
        return timed(restore_command((top if kind == "directory" else address) + "/lifeboat-out", target), target)


@contextlib.contextmanager
def http_server(top):
    """nginx on the loopback device; the address that it has TOP at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    work = os.path.join(top, "nginx")
    os.mkdir(work)
    config = os.path.join(work, "conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("daemon off; user root; worker_processes 2; pid %s/pid; error_log %s/errors; events {}\n"
                   "http { access_log off; sendfile on; %s server { listen 127.0.0.1:%d; root %s; } }\n" % (
                       work, work, " ".join("%s_temp_path %s/%s;" % (kind, work, kind) for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
                       port, top))
    with subprocess.Popen(["nginx", "-c", config, "-e", work + "/errors"], stdin=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if server.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("nginx does not serve")
                time.sleep(0.05)
            yield "http://127.0.0.1:%d" % port
        finally:
            server.terminate()


def pairs(run, count, *more, kinds=("tar", "lifeboat")):
    """COUNT times the first kind and then the second; two lists."""
    return tuple(zip(*[tuple(run(kind, *more) for kind in kinds) for _ in range(count)]))


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(tar, lifeboat):
    """The median of the pairs' own ratios: what disturbs a pair disturbs both of it."""
    return statistics.median(ours["seconds"] / theirs["seconds"] for theirs, ours in zip(tar, lifeboat))
