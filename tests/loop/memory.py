# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory a process takes at its height."""
import os
import time

SANITIZED = os.environ.get("SANITIZED")  # they take more memory than any limit leaves


def peak_of(process):
    """In MiB, of what runs until it ends."""
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                peak = max([peak] + [int(line.split()[1]) >> 10 for line in file if line.startswith("VmHWM")])
        except OSError:
            break
        time.sleep(0.02)
    return peak
