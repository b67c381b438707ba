"""Confirms many domains through a real resolver (unbound) in front of a real name server (knot), all on loopback, beside
massdns and a script on dnspython that ask questions and judge nothing.

    python3 -m venv /tmp/stream && /tmp/stream/bin/pip install dnspython==2.9.0
    /tmp/stream/bin/python benches/stream.py target/release/cf-domauth [path to massdns] [domains ...]

Each domain has three names. One in a hundred is broken: its key's record is deleted. Both servers are warmed by a run
that does not count; each program then runs three times, in turn, and its best is told.
"""

import asyncio
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from measure import ROOT, timed

KEY = (ROOT / "fixtures/sandbox/dkim-key.txt").read_text().strip()
NAMES = (("em1", "u1446226.wl123.sendgrid.net"), ("s1._domainkey", "s1.domainkey.u1446226.wl123.sendgrid.net"),
         ("s2._domainkey", "s2.domainkey.u1446226.wl123.sendgrid.net"))
AUTHORITY, RESOLVER = 53053, 53153


def is_broken(number):
    return number % 100 == 99


def prepare(work, domains):
    zone = ["$ORIGIN test.", "$TTL 3600", "@ SOA ns hostmaster 1 3600 600 86400 60", "@ NS ns", "ns A 127.0.0.1"]
    with open(work / "names", "w") as names, open(work / "lines", "w") as lines:
        for number in range(domains):
            records = []
            for place, (label, target) in enumerate(NAMES):
                if not (is_broken(number) and place == 2):
                    zone.append(f"{label}.d{number} CNAME {target}.")
                names.write(f"{label}.d{number}.test\n")
                records.append({"name": f"{label}.d{number}.test", "target": target})
            lines.write(json.dumps({"id": number, "domain": f"d{number}.test", "records": records}) + "\n")
    (work / "test.zone").write_text("\n".join(zone) + "\n")
    there = ["$ORIGIN sendgrid.net.", "$TTL 3600", "@ SOA ns hostmaster 1 3600 600 86400 60", "@ NS ns",
             "ns A 127.0.0.1", f'u1446226.wl123 TXT "v=spf1 ip4:192.0.2.0/24 ~all"', "u1446226.wl123 MX 10 mx",
             "mx A 192.0.2.25"]
    there += [f's{n}.domainkey.u1446226.wl123 TXT "{KEY[:250]}" "{KEY[250:]}"' for n in (1, 2)]
    (work / "sendgrid.zone").write_text("\n".join(there) + "\n")
    (work / "knot.conf").write_text(f"""
server:
    listen: 127.0.0.1@{AUTHORITY}
    rundir: {work}
    udp-workers: 1
database:
    storage: {work}
template:
  - id: default
    storage: {work}
zone:
  - domain: test
    file: test.zone
  - domain: sendgrid.net
    file: sendgrid.zone
""")
    (work / "unbound.conf").write_text(f"""
server:
    interface: 127.0.0.1@{RESOLVER}
    do-not-query-localhost: no
    username: ""
    chroot: ""
    directory: "{work}"
    pidfile: "{work}/unbound.pid"
    use-syslog: no
    verbosity: 0
    module-config: "iterator"
    num-threads: 1
    outgoing-range: 4096
    num-queries-per-thread: 2048
    msg-cache-size: 512m
    rrset-cache-size: 512m
    local-zone: "test." nodefault
stub-zone:
    name: "test"
    stub-addr: 127.0.0.1@{AUTHORITY}
stub-zone:
    name: "sendgrid.net"
    stub-addr: 127.0.0.1@{AUTHORITY}
remote-control:
    control-enable: no
""")


async def dnspython(names):
    """Asks every question with dnspython, as many at one time as it takes to be quick."""
    import dns.asyncquery
    import dns.message
    queue = iter(names)

    async def worker():
        sock = await dns.asyncbackend.get_default_backend().make_socket(2, 2, 0, ("127.0.0.1", 0))
        for name in queue:
            await dns.asyncquery.udp(dns.message.make_query(name, "CNAME"), "127.0.0.1", 5, RESOLVER, sock=sock)

    await asyncio.gather(*(worker() for _ in range(64)))


def main(program, massdns, sizes):
    if sys.argv[1:2] == ["--dnspython"]:
        return
    print("| domains | program | seconds | names a second | peak MiB |\n| ---: | --- | ---: | ---: | ---: |")
    for domains in sizes:
        work = pathlib.Path(tempfile.mkdtemp())
        servers = []
        try:
            prepare(work, domains)
            for server in (["knotd", "-c", work / "knot.conf"], ["unbound", "-d", "-c", work / "unbound.conf"]):
                path = shutil.which(server[0]) or f"/usr/sbin/{server[0]}"
                servers.append(subprocess.Popen([path, *server[1:]], stdout=subprocess.DEVNULL))
            time.sleep(2 + domains / 50_000)
            measure(work, program, massdns, domains)
        finally:
            for server in servers:
                server.terminate()
                server.wait()
            shutil.rmtree(work)


def measure(work, program, massdns, domains):
    variables = {"HOME": str(work), "CF_DOMAUTH_STATE_DIR": str(work)}
    ours = [program, "confirm", "--stream", "--resolver", f"127.0.0.1:{RESOLVER}", "--authoritative",
            f"127.0.0.1:{AUTHORITY}", "--no-pace"]

    def stream():
        with open(work / "lines") as lines, open(work / "answers", "w") as answers:
            told = timed(ours, variables, lines, answers)
        with open(work / "answers") as answers:
            verdicts = [json.loads(line)["verdict"] for line in answers]
        broken = sum(is_broken(number) for number in range(domains))
        assert len(verdicts) == domains and verdicts.count("absent") == broken, "every verdict is the right one"
        assert verdicts.count("confirmed") == domains - broken
        return told

    (work / "resolvers").write_text(f"127.0.0.1:{RESOLVER}\n")
    runs = {"cf-domauth confirm --stream": stream}
    if massdns:
        asks = [massdns, "-r", work / "resolvers", "-t", "CNAME", "-o", "S", "-w", work / "massdns", "-q", "--root",
                work / "names"]
        runs["massdns, CNAME"] = lambda: timed(asks)
    script = [sys.executable, __file__, "--dnspython", work / "names"]
    runs["dnspython, CNAME"] = lambda: timed(script)
    best = {}
    for turn in range(4):
        for name, run in runs.items():
            seconds, peak, status = run()
            if turn > 0 and (name not in best or seconds < best[name][0]):
                best[name] = (seconds, peak)
    for name, (seconds, peak) in best.items():
        print(f"| {domains:,} | {name} | {seconds:.1f} | {3 * domains / seconds:,.0f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--dnspython":
        asyncio.run(dnspython(open(sys.argv[2]).read().split()))
    else:
        rest = sys.argv[2:]
        tool = rest.pop(0) if rest and not rest[0].isdigit() else None
        main(sys.argv[1], tool, [int(text) for text in rest] or [10_000, 100_000])
