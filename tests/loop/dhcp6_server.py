# SPDX-License-Identifier: GPL-3.0-or-later
"""A router and DHCPv6 server with leases of seconds, which ready servers do not give: dhcp6_server.py DEVICE DIRECTORY. What it gets it writes to
DIRECTORY/asked, a line each; DIRECTORY/answers holds the words of what it answers, and the address that it gives."""
import select
import socket
import struct
import sys

SOLICIT, ADVERTISE, REQUEST, RENEW, REBIND, REPLY = 1, 2, 3, 5, 6, 7
NAMES = {SOLICIT: "solicit", REQUEST: "request", RENEW: "renew", REBIND: "rebind"}
CLIENT_ID, SERVER_ID, IA_NA, IA_ADDRESS = 1, 2, 3, 5
IDENTITY = b"\0\3\0\1server"
RENEW_S, REBIND_S, VALID_S = 1, 3, 8


def option(code, value):
    return struct.pack("!HH", code, len(value)) + value


def options(data):
    found = {}
    while len(data) >= 4:
        code, length = struct.unpack("!HH", data[:4])
        found[code] = data[4:4 + length]
        data = data[4 + length:]
    return found


def answer(message, asked, directory):
    """The answer to a message, or None."""
    name, found = NAMES.get(message[0]), options(message[4:])
    with open(directory + "/answers", encoding="ascii") as file:
        words = file.read().split()
    asked.write(f"{name} {'to its server' if found.get(SERVER_ID) == IDENTITY else 'to any server'}\n")
    if name not in words:
        return None
    address = socket.inet_pton(socket.AF_INET6, words[-1])
    lease = option(IA_ADDRESS, address + struct.pack("!II", VALID_S - 1, VALID_S))
    return bytes([ADVERTISE if message[0] == SOLICIT else REPLY]) + message[1:4] + option(CLIENT_ID, found[CLIENT_ID]) + option(SERVER_ID, IDENTITY) + \
        option(IA_NA, found[IA_NA][:4] + struct.pack("!II", RENEW_S, REBIND_S) + lease)


def main(device, directory):
    router = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for one, group in ((router, "ff02::2"), (server, "ff02::1:2")):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                       socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", socket.if_nametoindex(device)))
    for limit in (socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS):
        router.setsockopt(socket.IPPROTO_IPV6, limit, 255)
    server.bind(("::", 547))
    with open(directory + "/asked", "w", buffering=1, encoding="ascii") as asked:
        while True:
            for ready in select.select([router, server], [], [])[0]:
                data, sender = ready.recvfrom(4096)
                if ready is router and data[0] == 133:
                    # Addresses come by DHCPv6.
                    router.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x80, 1800, 0, 0), ("ff02::1", 0, 0, socket.if_nametoindex(device)))
                elif ready is server:
                    text = answer(data, asked, directory)
                    if text:
                        server.sendto(text, sender)


main(*sys.argv[1:])
