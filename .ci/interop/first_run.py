"""`init` on a real terminal: the token is not shown while it is typed, zones are asked for, and
Ctrl-C keeps nothing. `doctor --report` asks before it writes."""

import os
import subprocess
import sys
import tempfile
import time

from pseudo_terminal import session


def main(program):
    folder = tempfile.mkdtemp()
    env_file = os.path.join(folder, "sandbox.env")
    server = subprocess.Popen([program, "sandbox", "--env-file", env_file], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(env_file) or "POSTMARK_BASE_URL" not in open(env_file).read():
            time.sleep(0.1)
        lines = [line.removeprefix("export ").strip() for line in open(env_file) if line.startswith("export ")]
        variables = {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}
        token = variables.pop("CLOUDFLARE_API_TOKEN")
        for name in ("CLOUDFLARE_API_TOKEN", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CF_DOMAUTH_STATE_DIR"):
            os.environ.pop(name, None)
        variables |= {"HOME": folder, "TERM": "xterm"}
        settings = os.path.join(folder, ".config", "cf-domauth", "settings.toml")

        arguments = ["init", "--store", "file"]
        output, status = session(program, variables, arguments, [("press Enter: ", b"\x03")])
        assert status == 130 and not os.path.exists(settings), (status, output)

        talk = [("press Enter: ", token.encode() + b"\n"), ("Enter for none: ", b"example.com\n")]
        output, status = session(program, variables, arguments, talk)
        assert status == 1 and token not in output, (status, output)
        assert "permissionGroupKeys=" in output and "em1234" in output, output
        assert 'zones = ["example.com"]' in open(settings).read()

        report = os.path.join(folder, "bundle.txt")
        arguments = ["doctor", "--report", report]
        session(program, variables, arguments, [("[N]o: ", b"n\n")])
        assert not os.path.exists(report)
        session(program, variables, arguments, [("[N]o: ", b"y\n")])
        bundle = open(report).read()
        assert "shapes of answers" in bundle and "example.com" not in bundle and token not in bundle, bundle
    finally:
        server.terminate()
        server.wait()
    print("4 passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1])
