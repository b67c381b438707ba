"""octoDNS with its Cloudflare provider: a zone is written to a file, changed there, and put back.

Rules of pages (`pagerules`) are no part of the sandbox, so the provider is told not to read them.
"""

import pathlib
import sys
import tempfile

import yaml
from octodns.manager import Manager

from served import sandbox

ADDED = {
    "_imaps._tcp": {
        "type": "SRV",
        "ttl": 300,
        "values": [{"priority": 0, "weight": 1, "port": 993, "target": "imap.example.com."}],
    },
    "caa": {"type": "CAA", "ttl": 300, "values": [{"flags": 0, "tag": "issue", "value": "ca.example"}]},
}


def configuration(variables, folder):
    """A configuration file: `folder` is the source, the sandbox is the target."""
    path = folder / "configuration.yaml"
    cloudflare = {
        "class": "octodns_cloudflare.CloudflareProvider",
        "token": variables["CLOUDFLARE_API_TOKEN"],
        "api_url": variables["CLOUDFLARE_BASE_URL"],
        "pagerules": False,
        "retry_count": 0,
    }
    source = {"class": "octodns.provider.yaml.YamlProvider", "directory": str(folder), "enforce_order": False}
    zones = {"example.com.": {"sources": ["files"], "targets": ["cloudflare"]}}
    path.write_text(yaml.safe_dump({"providers": {"files": source, "cloudflare": cloudflare}, "zones": zones}))
    return str(path)


def main(program):
    with sandbox(program) as variables, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = configuration(variables, folder)
        Manager(path).dump(zone="example.com.", output_dir=str(folder), sources=["cloudflare"], lenient=False)
        zone = folder / "example.com.yaml"
        held = yaml.safe_load(zone.read_text())
        assert {"em1234", "s1._domainkey", "s2._domainkey"} <= set(held), held
        assert Manager(path).sync(dry_run=True) == 0, "what was just written to a file differs"
        zone.write_text(yaml.safe_dump({**held, **ADDED}))
        changes = Manager(path).sync(dry_run=False)
        assert changes == len(ADDED), changes
        changes = Manager(path).sync(dry_run=False)
        assert changes == 0, changes
    print("octodns: 3 checks passed")


if __name__ == "__main__":
    main(sys.argv[1])
