"""What the measurements beside this file share."""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parent.parent
sys.path.append(str(ROOT / ".ci/interop"))


def timed(command, variables=None, stdin=None, stdout=subprocess.DEVNULL, folder=None):
    """Seconds, peak in MiB and exit status of a command. The peak is that of its own process, looked at as it runs: what
    the system counts in the end includes the script that began it."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, cwd=folder,
                             env=os.environ | (variables or {}))
    peak = 0
    while child.poll() is None:
        for line in pathlib.Path(f"/proc/{child.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]))
        time.sleep(0.005)
    return time.monotonic() - began, peak / 1024, child.returncode
