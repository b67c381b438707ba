"""`fix` on a real terminal: it asks once, after the plan; yes changes, anything else does not,
and Ctrl-C ends it. What nothing shows to be mail takes a yes of its own."""

import os
import pty
import re
import select
import sys
import tempfile
import time


def run(program, *answers, more=()):
    """Runs `fix` in a pseudo-terminal, answers its questions, returns its output and exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["CF_DOMAUTH_STATE_DIR"] = tempfile.mkdtemp()
        os.environ["TERM"] = "xterm"
        os.execv(program, [program, "fix", "--zone", "example.com", "--sandbox", *more])
    output, asked = "", 0
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
        if asked < len(answers) and output.count("[y/N]") > asked and output.rstrip().endswith("[y/N]"):
            os.write(terminal, answers[asked])
            asked += 1
    _, status = os.waitpid(child, 0)
    return output, os.waitstatus_to_exitcode(status)


def main(program):
    output, status = run(program, b"y\n")
    assert status == 0, (status, output)
    assert output.count("[y/N]") == 1, output
    plan, question = output.index("plan: 3 changes"), output.index("Make 3 changes? [y/N]")
    assert plan < question < output.index("3 of 3 changes made"), output
    assert "\x1b[31m" in output, "colour on a terminal"
    assert re.search(r"public DNS: \d+ of 15 answers are right", output), "progress on a terminal"
    for answer in (b"n\n", b"\n", b"yeah\n", b"\x04"):
        output, status = run(program, answer)
        assert status == 1 and "0 of 3 changes made" in output, (answer, status, output)
    output, status = run(program, b"\x03")
    assert status == 130 and "0 of 3 changes made" in output, ("Ctrl-C", status, output)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wish:
        wish.write("bounce CNAME b.unknown-mailer.test\n")
        wish.flush()
        more = ("--expect-file", wish.name)
        for answer, changes in ((b"n\n", 3), (b"y\n", 4)):
            output, status = run(program, answer, b"n\n", more=more)
            assert "bounce.example.com is for mail. Create it" in output, output
            assert f"Make {changes} changes? [y/N]" in output, (answer, output)
    print("8 passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1])
