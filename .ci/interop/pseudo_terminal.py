"""A program on a terminal that a script types into."""

import os
import pty
import select
import time


def session(program, variables, arguments, talk):
    """Runs the program in a pseudo-terminal; `talk` is what to wait for, each behind the one before, and what to
    type then. Returns its output and exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(variables)
        os.execv(program, [program, *arguments])
    output, read, talk = "", 0, list(talk)
    deadline = time.time() + 60
    while time.time() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            output += chunk.decode()
        if talk and (at := output.find(talk[0][0], read)) >= 0:
            read = at + len(talk[0][0])
            time.sleep(0.2)
            os.write(terminal, talk.pop(0)[1])
    _, status = os.waitpid(child, 0)
    return output, os.waitstatus_to_exitcode(status)
