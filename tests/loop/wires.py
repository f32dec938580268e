# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of virtual interfaces, whose other ends are in network namespaces with real servers."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
DRIVER = os.path.join(ROOT, os.environ.get("BUILD", "build"), "tests/loop/network_driver")
WORK = "/run/lifeboat-test"


def enter(*programs):
    """Starts the running script again in namespaces of its own, once, with the programs of tests/loop that it needs made; ends it without root."""
    if os.geteuid() != 0:
        print("skip - network: needs root")
        sys.exit()
    if not os.environ.get("LIFEBOAT_TEST_NETWORK"):
        # The runner has made them; by hand they may lack. Two tests do not make anything at the same time.
        missing = [os.path.relpath(program, ROOT) for program in (DRIVER, *programs) if not os.path.exists(program)]
        if missing:
            subprocess.run(["make", "-s", "-C", ROOT, *missing], check=True)
        os.environ["LIFEBOAT_TEST_NETWORK"] = "1"
        os.execvp("unshare", ["unshare", "-mn", "--propagation", "private", sys.executable, *sys.argv])


def ip(*words, space=None):
    text = subprocess.run(["ip", *(["-n", space] if space else []), "-json", *words], check=True, capture_output=True, text=True).stdout
    return json.loads(text) if text.strip() else None


def addresses(device):
    return [f"{a['local']}/{a['prefixlen']}" for a in ip("address", "show", "dev", device)[0]["addr_info"] if a["scope"] == "global"]


def routes(family):
    return [(r["gateway"], r["dev"]) for r in ip(family, "route", "show", "default") if "gateway" in r]


def check(name, good, seen):
    print(f"ok - {name}" if good else f"{seen}\nnot ok - {name}", flush=True)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def serve(space, *words):
    """A server in the foreground of namespace SPACE."""
    log = open(f"{WORK}/{space}-{os.path.basename(words[0])}.log", "ab")
    servers.append(subprocess.Popen(["nsenter", f"--net=/run/netns/{space}", *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL))


def dnsmasq(space, device, *words):
    serve(space, "dnsmasq", "-k", "-u", "root", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--interface={device}", "--bind-dynamic", "--no-ping",
          f"--dhcp-leasefile={WORK}/{space}.leases", f"--pid-file={WORK}/{space}.pid", "--log-dhcp", "--log-facility=-", *words)


def wait_for(what, condition):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"not ok - {what} did not happen")
        time.sleep(0.05)


def answers(address, port, space):
    """Whether something listens there, seen from namespace SPACE itself."""
    return subprocess.run(["nsenter", f"--net=/run/netns/{space}", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"], capture_output=True).returncode == 0


def wire(number, space):
    """here<number>, whose other end there<number> is in SPACE."""
    ip("link", "add", f"here{number}", "address", MAC % number, "type", "veth", "peer", "name", f"there{number}", "netns", space)
    ip("link", "set", f"there{number}", "up", space=space)


def mac(number):
    return MAC % number


def renewers(kind="lease"):
    """Processes that renew leases here ("lease6": of IPv6), by interface."""
    found = {}
    for name in os.listdir("/run/lifeboat") if os.path.isdir("/run/lifeboat") else ():
        if name.startswith(kind + ".") and name.endswith(".pid"):
            with open(f"/run/lifeboat/{name}") as file:
                process = int(file.read() or 0)
            if process and os.path.exists(f"/proc/{process}"):
                found[name.split(".")[1]] = process
    return found


def end_renewers():
    for process in (*renewers().values(), *renewers("lease6").values()):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def forget():
    """Interfaces as they were at first."""
    end_renewers()
    for device in sorted(os.listdir("/sys/class/net")):
        if device.startswith("here"):
            run("ip", "link", "set", device, "down")
            run("ip", "address", "flush", "dev", device)
    open("/etc/resolv.conf", "w").close()


def resolver():
    return open("/etc/resolv.conf").read()


MAC = "52:54:00:00:00:%02x"
servers = []


def prepare(*spaces):
    """Empty namespaces for servers; skips the test where there can be none."""
    try:
        prepare_all(spaces)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"skip - network: no virtual interfaces here ({error})")
        sys.exit()


def end():
    end_renewers()
    for server in servers:
        server.send_signal(signal.SIGKILL)


def prepare_all(spaces):
    # What is written to /etc and /run is this test's alone; /sys shows the interfaces of the namespace that mounted it.
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.makedirs(WORK)
    for name in ("upper", "work", "bin"):
        os.mkdir(f"{WORK}/{name}")
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/etc,upperdir={WORK}/upper,workdir={WORK}/work", "/etc")
    os.makedirs("/etc/udhcpc", exist_ok=True)
    with open("/etc/udhcpc/default.script", "w") as script:
        script.write(run(DRIVER, "--script"))
    os.chmod("/etc/udhcpc/default.script", 0o755)
    for name in ("udhcpc", "ping"):
        os.symlink(shutil.which("busybox"), f"{WORK}/bin/{name}")
    os.environ["PATH"] = f"{WORK}/bin:" + os.environ["PATH"]
    os.environ["LIFEBOAT_ACCESS"] = f"{WORK}/bin"
    for space in spaces:
        run("ip", "netns", "add", space)
        ip("link", "set", "lo", "up", space=space)
    ip("link", "set", "lo", "up")
