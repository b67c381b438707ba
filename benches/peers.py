"""Other tools that talk to Cloudflare's DNS API, on the same work: calls, seconds, peak memory, whether all was seen, and
what became of the comments.

    benches/peers.py PROGRAM NODE_MODULES      (in an environment that has benches/requirements.txt)

The sandbox adds 100 ms to every call. Between it and each tool stands a proxy that counts, on loopback; for a tool whose
address is fixed it speaks HTTPS with a certificate of its own. Each row is one run.
"""

import contextlib
import http.client
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import yaml
from cloudflare import Cloudflare

from measure import timed
from served import sandbox

LIST = """
import sys
from cloudflare import Cloudflare
client, found = Cloudflare(), 0
for zone in client.zones.list(per_page=50):
    found += sum(1 for _ in client.dns.records.list(zone_id=zone.id, type="CNAME", proxied=True, per_page=5000))
print(found)
"""
FLIP = """
from cloudflare import Cloudflare
client = Cloudflare()
zone = next(iter(client.zones.list(name="example.com")))
records = client.dns.records.list(zone_id=zone.id, type="CNAME", proxied=True, per_page=5000)
mail = [record.id for record in records if record.name.startswith(("em1234.", "s1.", "s2."))]
client.dns.records.batch(zone_id=zone.id, patches=[{"id": id, "proxied": False} for id in mail])
"""
MAIL = ["em1234.example.com", "s1._domainkey.example.com", "s2._domainkey.example.com"]


class Counted(http.server.BaseHTTPRequestHandler):
    """Hands each request on to the sandbox and counts it."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def hand_on(self):
        self.server.calls += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        upstream = http.client.HTTPConnection(self.server.upstream)
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        text = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        upstream.close()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = hand_on

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def counted(variables):
    """The proxy in front of a sandbox, and the variables that lead through it."""
    folder = pathlib.Path(tempfile.mkdtemp())
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=sandbox",
                    "-addext", "subjectAltName=DNS:api.cloudflare.com", "-keyout", folder / "key", "-out",
                    folder / "certificate"], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counted)
    server.daemon_threads, server.calls = True, 0
    server.upstream = urllib.parse.urlsplit(variables["CLOUDFLARE_BASE_URL"]).netloc
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(folder / "certificate", folder / "key")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    through = variables | {
        "CLOUDFLARE_BASE_URL": f"{address}/client/v4",
        "HOME": str(folder),
        "CF_DOMAUTH_STATE_DIR": str(folder),
        "NODE_EXTRA_CA_CERTS": str(folder / "certificate"),
    }
    try:
        yield server, through, folder
    finally:
        server.shutdown()


class Tools:
    """The commands of each tool. Each returns what it said."""

    def __init__(self, program, modules, server, variables, folder):
        self.program, self.server, self.variables, self.folder = program, server, variables, folder
        self.node = pathlib.Path(modules, "node_modules/.bin")

    def run(self, *command, **more):
        """Runs a command; adds up its seconds, keeps the largest peak."""
        with open(self.folder / "said", "w") as stdout:
            told = timed([str(part) for part in command], self.variables | more, stdout=stdout, folder=self.folder)
        self.seconds, self.peak = self.seconds + told[0], max(self.peak, told[1])
        self.status = told[2]
        return (self.folder / "said").read_text()

    def measured(self, name, work):
        self.seconds, self.peak, before = 0, 0, self.server.calls
        told = work()
        return f"| {name} | {self.server.calls - before:,} | {self.seconds:.1f} | {self.peak:.0f} | {told} |"

    def cfcli(self, *arguments):
        address = self.variables["CLOUDFLARE_BASE_URL"].removesuffix("/client/v4")
        token = self.variables["CLOUDFLARE_API_TOKEN"]
        return self.run(self.node / "cfcli", "-k", token, "-f", "json", *arguments, HTTPS_PROXY=address)

    def octodns(self, *zones):
        path = self.folder / "octodns.yaml"
        path.write_text(yaml.safe_dump({
            "providers": {
                "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": str(self.folder),
                          "enforce_order": False},
                "cloudflare": {"class": "octodns_cloudflare.CloudflareProvider", "pagerules": False,
                               "token": self.variables["CLOUDFLARE_API_TOKEN"],
                               "api_url": self.variables["CLOUDFLARE_BASE_URL"]},
            },
            "zones": {f"{zone}.": {"sources": ["files"], "targets": ["cloudflare"]} for zone in zones},
        }))
        return path

    def octodns_dump(self, zones):
        path = self.octodns(*zones)
        for zone in zones:
            self.run(f"{sys.prefix}/bin/octodns-dump", "--config-file", path, "--output-dir", self.folder, f"{zone}.",
                     "cloudflare")

    def found_by_octodns(self, zones):
        self.octodns_dump(zones)
        records = [record for zone in zones
                   for held in yaml.safe_load((self.folder / f"{zone}.yaml").read_text()).values()
                   for record in (held if isinstance(held, list) else [held])]
        is_proxied = [record.get("octodns", {}).get("cloudflare", {}).get("proxied") for record in records]
        return sum(1 for record, proxied in zip(records, is_proxied) if record["type"] == "CNAME" and proxied)

    def found_by_cf(self, zones):
        found = 0
        listed = json.loads(self.run(self.node / "cf", "zones", "list"))
        for zone in listed if isinstance(listed, list) else listed["result"]:
            said = json.loads(self.run(self.node / "cf", "dns", "records", "list", "--type", "CNAME", "--proxied",
                                       "true", "-z", zone["id"]))
            found += len(said if isinstance(said, list) else said["result"])
        return found

    def found_by_cfcli(self, zones):
        found = 0
        for zone in zones:
            found += len(json.loads(self.cfcli("-d", zone, "find", "-q", "proxied:true,type:CNAME")))
        return found


def find(program, modules, *world):
    """Finds the proxied CNAME records of every zone; ours judges them as well."""
    with sandbox(program, *world, "--latency", "100ms") as direct, counted(direct) as (server, variables, folder):
        tools = Tools(program, modules, server, variables, folder)
        client = Cloudflare(base_url=direct["CLOUDFLARE_BASE_URL"], api_token=direct["CLOUDFLARE_API_TOKEN"])
        zones, truth = [], set()
        for zone in client.zones.list(per_page=50):
            zones.append(zone.name)
            truth |= {record.name for record in client.dns.records.list(zone_id=zone.id, type="CNAME", proxied=True,
                                                                        per_page=5000)}

        def ours():
            report = json.loads(tools.run(program, "audit", "--all-zones", "--format", "json"))
            judged = {one["name"] for zone in report["zones"] for one in zone["findings"]
                      if one["code"] == "proxied"}
            keys = {name for name in truth if "._domainkey." in name}
            assert keys <= judged <= truth, (keys - judged, judged - truth)
            return f"yes; {len(judged)} of them are for mail"

        def complete(found):
            return "yes" if found == len(truth) else f"**{found} of {len(truth)}**"

        print(f"\n| {len(zones)} zones, {len(truth)} proxied CNAME records | calls | seconds | peak MiB | complete |")
        print("| --- | ---: | ---: | ---: | --- |")
        for name, work in (
            ("`cf-domauth audit --all-zones`", ours),
            ("a script on the official SDK", lambda: complete(int(tools.run(sys.executable, "-c", LIST)))),
            ("octoDNS", lambda: complete(tools.found_by_octodns(zones))),
            ("`cf`", lambda: complete(tools.found_by_cf(zones))),
            ("`cfcli`", lambda: complete(tools.found_by_cfcli(zones))),
        ):
            print(tools.measured(name, work), flush=True)


def flip(program, modules):
    """Makes three proxied mail records DNS only. Each tool gets a world of its own, with a comment at each of them."""
    print("\n| 3 records made DNS only | calls | seconds | peak MiB | the comments |\n| --- | ---: | ---: | ---: | --- |")
    for name in ("`cf-domauth fix --yes`", "a script on the official SDK", "octoDNS", "`cf`", "`cfcli`"):
        with sandbox(program, "--latency", "100ms") as direct, counted(direct) as (server, variables, folder):
            tools = Tools(program, modules, server, variables, folder)
            client = Cloudflare(base_url=direct["CLOUDFLARE_BASE_URL"], api_token=direct["CLOUDFLARE_API_TOKEN"])
            zone = next(iter(client.zones.list(name="example.com"))).id
            held = {record.name: record for record in client.dns.records.list(zone_id=zone, type="CNAME")}
            for at in MAIL:
                client.dns.records.edit(held[at].id, zone_id=zone, name=at, type="CNAME", comment="ticket 7",
                                        content=held[at].content, ttl=1)

            def work():
                if "fix" in name:
                    tools.run(program, "fix", "--zone", "example.com", "--yes", "--wait", "0")
                elif "SDK" in name:
                    tools.run(sys.executable, "-c", FLIP)
                elif name == "octoDNS":
                    tools.octodns_dump(["example.com"])
                    path = folder / "example.com.yaml"
                    zone_file = yaml.safe_load(path.read_text())
                    for at in MAIL:
                        zone_file[at.removesuffix(".example.com")]["octodns"]["cloudflare"]["proxied"] = False
                    path.write_text(yaml.safe_dump(zone_file))
                    tools.run(f"{sys.prefix}/bin/octodns-sync", "--config-file", folder / "octodns.yaml", "--doit")
                elif name == "`cf`":
                    patches = json.dumps({"patches": [{"id": held[at].id, "proxied": False} for at in MAIL]})
                    tools.run(tools.node / "cf", "dns", "records", "batch", "-z", zone, "--body", patches)
                else:
                    for at in MAIL:
                        tools.cfcli("-d", "example.com", "disable", at)
                now = {record.name: record for record in client.dns.records.list(zone_id=zone, type="CNAME")}
                assert not any(now[at].proxied for at in MAIL), name
                kept = sum(now[at].comment == "ticket 7" for at in MAIL)
                return "kept" if kept == len(MAIL) else f"**{kept} of {len(MAIL)} kept**"

            print(tools.measured(name, work), flush=True)


if __name__ == "__main__":
    find(*sys.argv[1:3], "--zones", "1", "--records", "3500", "--broken", "1")
    find(*sys.argv[1:3], "--zones", "60", "--records", "30", "--broken", "6")
    flip(*sys.argv[1:3])
