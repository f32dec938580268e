# SPDX-License-Identifier: GPL-3.0-or-later
"""A test in a mount namespace of its own: a namespace that anybody else makes meanwhile copies what is mounted where it comes from, and keeps
it mounted, so that its disk stays in use."""
import os
import sys

DONE = "LIFEBOAT_TEST_ALONE"


def enter():
    """Starts the running script again in such a namespace; as root, and once."""
    if os.geteuid() == 0 and not os.environ.get(DONE):
        os.environ[DONE] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
