# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal up to its virtual machine: what it would start is its medium, and on that lies the set."""
import os
import shutil
import subprocess


def medium_of(program, work, place, **environment):
    """Rehearses the set at PLACE where QEMU ends at once. (whether that medium holds the whole set, text)"""
    top = work + "/rehearsal"
    os.makedirs(top + "/bin")
    with open(top + "/bin/qemu-system-x86_64", "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\necho \"$@\" >{top}/started\n")
    os.chmod(top + "/bin/qemu-system-x86_64", 0o755)
    done = subprocess.run([program, "rehearse", "--set", place, "--work", top + "/kept"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=500, check=False, env={**os.environ, **environment, "PATH": f"{top}/bin:{os.environ['PATH']}"})
    whole = subprocess.run([program, "verify", "--set", top + "/kept/rescue.iso"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    good = done.returncode == 1 and "FAIL: " in done.stdout and whole.returncode == 0
    if good:
        with open(top + "/started", encoding="utf-8") as file:
            good = top + "/kept/rescue.iso" in file.read()
    shutil.rmtree(top)
    return good, done.stdout + whole.stdout
