"""How an audit grows: zones and records, calls, seconds, peak memory; beside a script on the official SDK that only reads.

    python3 -m venv /tmp/fleets && /tmp/fleets/bin/pip install cloudflare==5.9.0
    /tmp/fleets/bin/python benches/fleets.py target/release/cf-domauth

Prints the tables of benches/README.md and draws docs/pictures/growth.svg. The sandbox is served by another process on
loopback, 2 % of the zones are broken. Each row is the best of three runs.
"""

import json
import math
import pathlib
import sys
import tempfile

from measure import ROOT, timed
from served import sandbox

ZONES = (10, 100, 1_000, 5_000, 20_000)
RECORDS = (1_000, 10_000, 100_000, 1_000_000)


SDK = """
import sys
from cloudflare import Cloudflare
client, calls = Cloudflare(max_retries=4), 0
for zone in client.zones.list(per_page=50):
    for record in client.dns.records.list(zone_id=zone.id, type="CNAME", per_page=5000):
        calls += record.proxied
print(calls)
"""


def own():
    """A state folder of its own for each run."""
    folder = tempfile.mkdtemp()
    return {"HOME": folder, "CF_DOMAUTH_STATE_DIR": folder}


def audit(program, *arguments):
    with sandbox(program, *arguments) as variables, tempfile.NamedTemporaryFile() as output:
        best = None
        for _ in range(3):
            with open(output.name, "w") as stdout:
                command = [program, "audit", "--all-zones", "-q", "--format", "jsonl"]
                told = timed(command, variables | own(), stdout=stdout)[:2]
            best = min(best or told, told)
        summary = json.loads(pathlib.Path(output.name).read_text().splitlines()[-1])["summary"]
        return summary, *best


def main(program):
    zones = []
    print("| zones | calls | seconds | peak MiB |\n| ---: | ---: | ---: | ---: |")
    for count in ZONES:
        summary, seconds, peak = audit(program, "--zones", str(count), "--records", "10")
        assert summary["zones"] == count
        zones.append((count, seconds, peak))
        print(f"| {count:,} | {summary['api_calls']:,} | {seconds:.2f} | {peak:.0f} |", flush=True)
    records = []
    print("\n| records in one zone | calls | seconds | peak MiB |\n| ---: | ---: | ---: | ---: |")
    for count in RECORDS:
        summary, seconds, peak = audit(program, "--zones", "1", "--records", str(count))
        records.append((count, seconds, peak))
        print(f"| {count:,} | {summary['api_calls']:,} | {seconds:.2f} | {peak:.0f} |", flush=True)
    print("\n| 300 zones, 20 ms a call | seconds | peak MiB |\n| --- | ---: | ---: |")
    with sandbox(program, "--zones", "300", "--records", "10", "--latency", "20ms") as variables:
        script = [sys.executable, "-c", SDK]
        ours = [program, "audit", "--all-zones", "-q"]
        for name, command in (("audit --all-zones", ours), ("the official SDK, listing only", script)):
            seconds, peak = min(timed(command, variables | own())[:2] for _ in range(3))
            print(f"| {name} | {seconds:.1f} | {peak:.0f} |", flush=True)
    draw(zones, records)


def draw(zones, records):
    """Two panels with both axes in powers of ten: seconds and MiB over zones, and over records."""
    panels, left = [], 0
    for title, rows in (("zones", zones), ("records in one zone", records)):
        low, high = math.log10(rows[0][0]), math.log10(rows[-1][0])

        def x(value):
            return left + 60 + 300 * (math.log10(value) - low) / (high - low)

        def y(value):
            return 250 - 220 * (math.log10(max(value, 0.01)) + 2) / 5

        out = [f'<text x="{left + 210}" y="290" text-anchor="middle">{title}</text>']
        for power in range(-2, 4):
            value = 10.0 ** power
            out.append(f'<line class="grid" x1="{left + 60}" x2="{left + 360}" y1="{y(value)}" y2="{y(value)}"/>')
            out.append(f'<text x="{left + 54}" y="{y(value) + 4}" text-anchor="end">{value:g}</text>')
        for count, *_ in rows:
            out.append(f'<text x="{x(count)}" y="270" text-anchor="middle">{count:,}</text>')
        for place, name, unit in ((1, "a", "s"), (2, "b", "MiB")):
            points = " ".join(f"{x(row[0]):.1f},{y(row[place]):.1f}" for row in rows)
            out.append(f'<polyline class="{name}" points="{points}"/>')
            last = rows[-1]
            text = f"{last[place]:.0f} {unit}" if last[place] >= 1 else f"{last[place]:.2f} {unit}"
            out.append(f'<text class="{name}t" x="{x(last[0]) - 4:.1f}" y="{y(last[place]) - 8:.1f}" '
                       f'text-anchor="end">{text}</text>')
        panels.append("".join(out))
        left += 380
    style = """
      rect { fill: #fff } text { font: 12px system-ui, sans-serif; fill: #16181d } .grid { stroke: #d6dae0 }
      polyline { fill: none; stroke-width: 2.5 } .a { stroke: #0b4fb3 } .b { stroke: #a8201a; stroke-dasharray: 6 4 }
      .at { fill: #0b4fb3; font-weight: 600 } .bt { fill: #a8201a; font-weight: 600 }
      @media (prefers-color-scheme: dark) {
        rect { fill: #14161a } text { fill: #e7e9ec } .grid { stroke: #333941 }
        .a { stroke: #8ab4f8 } .b { stroke: #ff9a91 } .at { fill: #8ab4f8 } .bt { fill: #ff9a91 }
      }
    """
    title = "An audit of more zones, and of a zone with more records: seconds (solid) and peak memory in MiB (dashed)"
    (ROOT / "docs/pictures/growth.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="790" height="300" viewBox="0 0 790 300" role="img">'
        f"<title>{title}</title><style>{style}</style><rect width='790' height='300'/>{''.join(panels)}</svg>\n")


if __name__ == "__main__":
    main(sys.argv[1])
