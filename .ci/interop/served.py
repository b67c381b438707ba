"""A served sandbox, for the checks beside this file."""

import contextlib
import re
import subprocess


@contextlib.contextmanager
def sandbox(program, *arguments):
    """Starts the sandbox and yields its variables; stops it in the end."""
    process = subprocess.Popen([program, "sandbox", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(8)]
        yield dict(re.match(r"export (\w+)='(.*)'", line).groups() for line in lines)
    finally:
        process.terminate()
        process.wait(timeout=10)
