"""Every part of docs/fleet.md is run as it stands there: the commands, cron, the unit, the action, the CronJob, the queries."""

import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import duckdb
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from served import sandbox

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/fleet.md").read_text()
passed = 0


def block(name):
    return re.search(rf"<!-- test: {name} -->\n```\w+\n(.*?)```", PAGE, re.S).group(1)


def check(name, told, said=""):
    global passed
    assert told, f"{name}: {said}"
    passed += 1


def main(program):
    work = pathlib.Path(tempfile.mkdtemp())
    (work / "bin").mkdir()
    shutil.copy(program, work / "bin/cf-domauth")
    with sandbox(program, "--zones", "30", "--broken", "6", "--seed", "5") as told:
        base = {"PATH": f"{work}/bin:{os.environ['PATH']}", "HOME": str(work), "TMPDIR": str(work)} | told

        def run(text, states="state", shell="sh", **more):
            state = {"CF_DOMAUTH_STATE_DIR": str(work / states)}
            return subprocess.run([shell, "-c", text], cwd=work, env=base | state | more, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=120)

        first, second = run(block("night")), run(block("night"))
        check("the first night", first.returncode == 1 and "NEW" in first.stdout)
        check("the second night", second.returncode == 0 and "STILL OPEN" in second.stdout)
        check("a baseline", run(block("baseline"), "other").returncode == 0)
        check("which counts", run(block("night"), "other").returncode == 0)
        rehearsed = run(block("rehearse"), "rehearsal")
        check("a rehearsal", "250 zones: 5 need attention" in rehearsed.stdout, rehearsed.stderr)
        (work / "settings.toml").write_text(
            '[profile.one]\ntoken = { variable = "ONE" }\n[profile.two]\ntoken = { variable = "TWO" }\n')
        token = told["CLOUDFLARE_API_TOKEN"]
        profiles = run(block("profiles"), "profiles", CLOUDFLARE_API_TOKEN="", ONE=token, TWO=token,
                       CF_DOMAUTH_SETTINGS=str(work / "settings.toml"))
        check("profiles", "30 zones: 6 need attention" in profiles.stdout, profiles.stderr)
        check("a run that goes on", run(block("resume"), "resumed").returncode == 1)
        check("a shard", run(block("shard"), "shard").returncode in (0, 1))
        check("a plan", "changes" in run(block("plan")).stdout)

        (work / ".cf-token").write_text(told["CLOUDFLARE_API_TOKEN"] + "\n")
        line = block("cron").split(None, 5)[5]
        cron = run(line, "cron")
        check("cron sends what is new", cron.returncode == 0 and "NEW" in cron.stdout)
        check("and nothing else", run(line, "cron").stdout == "")

        unit = (ROOT / "packaging/systemd/cf-domauth-audit.service").read_text()
        command = re.search(r"^ExecStart=/usr/bin/(.*)$", unit, re.M).group(1)
        command = command.replace("%d/token", str(work / ".cf-token"))
        check("the unit's command", run(command, "unit").returncode == 1)
        if shutil.which("systemd-analyze"):
            (work / "units").mkdir()
            for path in (ROOT / "packaging/systemd").iterdir():
                text = path.read_text().replace("/usr/bin/cf-domauth", f"{work}/bin/cf-domauth")
                (work / "units" / path.name).write_text(text)
            units = sorted(str(path) for path in (work / "units").iterdir())
            verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
            check("the units", verified.returncode == 0, verified.stderr)

        action = yaml.safe_load((ROOT / ".github/actions/audit/action.yml").read_text())
        script = action["runs"]["steps"][-1]["run"]
        summary, output = work / "summary.md", work / "output"
        ran = run(script, "action", "bash", ARGUMENTS=action["inputs"]["arguments"]["default"],
                  GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
        check("the action", ran.returncode == 1 and output.read_text() == "status=1\n" and "|" in summary.read_text())
        marks = [mark for mark in ran.stdout.splitlines() if mark.startswith("::error title=zone-")]
        check("marks what is new", marks and all("::" in mark[2:] for mark in marks))
        again = run(script, "action", "bash", ARGUMENTS="--all-zones --since-last",
                    GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
        check("and nothing else", again.returncode == 0 and again.stdout == "")

        job, claim = yaml.safe_load_all((ROOT / "packaging/kubernetes/cronjob.yaml").read_text())
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        args = [str(work / ".cf-token") if arg.startswith("/run") else arg for arg in pod["containers"][0]["args"]]
        check("the CronJob's command", run(" ".join(["cf-domauth", *args]), "pod").returncode == 1)
        claimed = pod["volumes"][0]["persistentVolumeClaim"]["claimName"]
        check("its volume", claimed == claim["metadata"]["name"])

        (work / "textfiles").mkdir()
        check("metrics", run(block("metrics"), "metrics", TEXTFILES=str(work / "textfiles")).returncode == 0)
        text = (work / "textfiles/cf_domauth.prom").read_text()
        families = {family.name: family.samples for family in text_string_to_metric_families(text)}
        zones = {sample.labels["state"]: sample.value for sample in families["cf_domauth_zones"]}
        check("are what their parser reads", zones["attention"] == 6 and zones["fine"] == 24)

        posts = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posts.append(self.rfile.read(int(self.headers["content-length"])).decode())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hook = f"http://127.0.0.1:{server.server_port}/"
        for _ in range(2):
            sent = run(block("webhook"), "webhook", WEBHOOK=hook)
        check("a webhook is told once", sent.returncode == 0 and len(posts) == 1 and "need attention" in posts[0])

        mail = [("em1234", "u1446226.wl123.sendgrid.net"), ("s1._domainkey", "s1.domainkey.u1446226.wl123.sendgrid.net")]
        with open(work / "customers.jsonl", "w") as customers:
            for number in range(2_000):
                domain = f"zone-{number % 30 + 1:04}.example"
                records = [{"name": f"{label}.{domain}", "target": target} for label, target in mail]
                customers.write(json.dumps({"id": number, "domain": domain, "records": records}) + "\n")
        check("a stream", run(block("stream"), "none").returncode in (1, 5))
        verdicts = {}
        for line in open(work / "verdicts.jsonl"):
            verdict = json.loads(line)
            verdicts[verdict["id"]] = verdict["verdict"]
        check("has every line", len(verdicts) == 2_000 and "confirmed" in verdicts.values())
        check("in parallel", run(block("parallel"), "none").returncode == 0)
        parts = [json.loads(line)["id"] for line in open(work / "verdicts.jsonl")]
        check("every line once", sorted(parts) == list(range(2_000)))
        (work / "part.py").write_text(block("dask"))
        dasked = run(f"{sys.executable} part.py", "none")
        check("with Dask", dasked.stdout.strip() == "2000", dasked.stderr)

        check("yesterday", run(block("report"), "none").returncode == 0)
        os.rename(work / "today.jsonl", work / "yesterday.jsonl")
        run("cf-domauth fix --all-zones --yes --wait 20s -q", "none")
        check("today", run(block("report"), "none").returncode == 0)
        os.chdir(work)
        queries = [query for query in block("duckdb").split(";\n") if query.strip()]
        worst, new, causes = (duckdb.sql(query).fetchall() for query in queries)
        check("three queries", len(worst) + len(causes) > 0 and new == [])
        swapped = queries[1].replace("today.jsonl", "x").replace("yesterday.jsonl", "today.jsonl").replace("'x'", "'yesterday.jsonl'")
        check("of which one tells what is new", len(duckdb.sql(swapped).fetchall()) > 0)
    shutil.rmtree(work)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1])
