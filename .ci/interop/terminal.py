"""`fix` on a real terminal: it asks once, after the plan; yes changes, anything else does not,
and Ctrl-C ends it. What nothing shows to be mail takes a yes of its own."""

import re
import sys
import tempfile

from pseudo_terminal import session

QUESTION = "[y]es [N]o"


def run(program, *answers, more=()):
    """Runs `fix`, answers its questions, returns its output and exit status."""
    variables = {"CF_DOMAUTH_STATE_DIR": tempfile.mkdtemp(), "TERM": "xterm"}
    arguments = ["fix", "--zone", "example.com", "--sandbox", *more]
    return session(program, variables, arguments, [(QUESTION, answer) for answer in answers])


def main(program):
    output, status = run(program, b"y\n")
    assert status == 0, (status, output)
    assert output.count("[N]o") == 1, output
    shown = output[: output.index("Make these 3 changes?")]
    assert shown.count("proxied -> ") == 3 and "3 changes, nothing created or deleted" in shown, output
    # What the question is about is still on the screen.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert plain[plain.index("example.com: 3 of 7 mail records are broken") :].count("\n") < 22, output
    assert "Repaired: 3 records, seen by every server" in output, output
    assert "\x1b[1m\x1b[31mx" in output, "colour on a terminal"
    assert re.search(r"public DNS: \d+ of 15 answers are right", output), "progress on a terminal"
    for answer in (b"n\n", b"\n", b"\x04"):
        output, status = run(program, answer)
        assert status == 1 and "The answer was no; nothing was changed." in output, (answer, status, output)
    output, status = run(program, b"\x03")
    assert status == 130 and "Interrupted; nothing was changed." in output, ("Ctrl-C", status, output)
    # What is no answer is asked again; details show the requests, and then it is asked again.
    output, status = run(program, b"yeah\n", b"d\n", b"n\n")
    assert status == 1 and output.count("Make these 3 changes?") == 3, output
    assert 'PATCH dns_records/' in output and "- proxied" in output, output
    # One record gets a yes, the others none.
    output, status = run(program, b"e\n", b"y\n", b"n\n", b"n\n")
    assert "em1234.example.com: DNS only? [y]es [N]o" in output, output
    assert status == 1 and "Repaired: 1 record" in output, (status, output)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wish:
        wish.write("bounce CNAME b.unknown-mailer.test\n")
        wish.flush()
        more = ("--expect-file", wish.name)
        for answer, changes in ((b"n\n", 3), (b"y\n", 4)):
            output, status = run(program, answer, b"n\n", more=more)
            assert "bounce.example.com is for mail. Create it" in output, output
            assert f"Make these {changes} changes?" in output, (answer, output)
    print("9 passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1])
