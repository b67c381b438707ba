"""A program on a terminal that a script types into."""

import fcntl
import os
import pty
import select
import struct
import termios
import time


def session(program, variables, arguments, talk, size=(80, 24), hear=None, delay=0.2):
    """Runs the program in a pseudo-terminal of so many columns and lines; `talk` is what to wait for, each behind the one
    before, and what to type then, `delay` seconds later; `hear` gets the bytes as they come. Returns the output and the exit
    status."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(variables)
        os.execv(program, [program, *arguments])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    output, read, talk = "", 0, list(talk)
    deadline = time.time() + 90
    while time.time() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.02)
        if ready:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            output += chunk.decode(errors="replace")
            if hear:
                hear(chunk)
        if talk and (at := output.find(talk[0][0], read)) >= 0:
            read = at + len(talk[0][0])
            time.sleep(delay)
            os.write(terminal, talk.pop(0)[1])
    _, status = os.waitpid(child, 0)
    return output, os.waitstatus_to_exitcode(status)
