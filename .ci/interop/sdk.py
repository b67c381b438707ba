"""Cloudflare's own Python SDK, pointed at the served sandbox by `base_url`.

It shares nothing with our client, so what it can do here shows that the sandbox is a faithful one.
"""

import datetime
import os
import subprocess
import sys
import tempfile

import cloudflare

from served import sandbox


def client(variables, **options):
    token = options.pop("api_token", variables["CLOUDFLARE_API_TOKEN"])
    base = variables["CLOUDFLARE_BASE_URL"]
    return cloudflare.Cloudflare(api_token=token, base_url=base, max_retries=0, timeout=20.0, **options)


def refused(kind, code, act):
    """Checks that `act` raises the SDK's typed error with Cloudflare's code."""
    try:
        act()
    except kind as error:
        codes = [entry["code"] for entry in error.body["errors"]]
        assert code in codes, (code, codes)
        return
    raise AssertionError(f"{kind.__name__} with code {code} was expected")


def paging(program):
    with sandbox(program, "--zones", "23", "--records", "130") as variables:
        api = client(variables)
        zones = list(api.zones.list(per_page=5))
        assert len({zone.id for zone in zones}) == 23, len(zones)
        records = list(api.dns.records.list(zone_id=zones[0].id, per_page=20))
        assert len({record.id for record in records}) == 130, len(records)
        mail = list(api.dns.records.list(zone_id=zones[0].id, type="CNAME", name={"contains": "_domainkey"}))
        keys = {record.id for record in records if record.type == "CNAME" and "_domainkey" in record.name}
        assert keys and {record.id for record in mail} == keys, mail
        print("paging: 23 zones, 130 records, filters")


def writing(program):
    with sandbox(program) as variables:
        api = client(variables)
        zone = next(iter(api.zones.list(name="example.com")))
        made = api.dns.records.create(
            zone_id=zone.id, name="x._domainkey", type="CNAME", content="x.keys.mailer.example", ttl=1
        )
        assert made.name == "x._domainkey.example.com" and made.proxied is False, made
        changed = api.dns.records.edit(
            dns_record_id=made.id, zone_id=zone.id, name=made.name, type="CNAME", ttl=1, proxied=True
        )
        assert changed.proxied is True and changed.content == made.content, changed
        proxied = list(api.dns.records.list(zone_id=zone.id, type="CNAME", proxied=True))
        done = api.dns.records.batch(
            zone_id=zone.id,
            patches=[{"id": record.id, "proxied": False} for record in proxied],
            posts=[{"name": "y._domainkey", "type": "CNAME", "content": "y.keys.mailer.example", "ttl": 1}],
        )
        assert len(done.patches) == len(proxied) and len(done.posts) == 1, done
        assert not list(api.dns.records.list(zone_id=zone.id, type="CNAME", proxied=True))
        deleted = api.dns.records.delete(dns_record_id=made.id, zone_id=zone.id)
        assert deleted.id == made.id, deleted
        assert api.dns.records.get(dns_record_id=done.posts[0].id, zone_id=zone.id).name.startswith("y.")
        settings = api.dns.settings.zone.get(zone_id=zone.id)
        assert settings.flatten_all_cnames is False, settings
        assert api.user.tokens.verify().status == "active"
        assert api.ips.list().ipv4_cidrs
        print(f"writing: created, patched, batched {len(proxied)}, deleted, read settings")


def refusals(program):
    with sandbox(program) as variables:
        api = client(variables)
        zone = next(iter(api.zones.list(name="example.com"))).id
        records = api.dns.records
        post = lambda **members: lambda: records.create(zone_id=zone, ttl=1, **members)
        bad, denied, missing = cloudflare.BadRequestError, cloudflare.PermissionDeniedError, cloudflare.NotFoundError
        refused(missing, 81044, lambda: records.get(dns_record_id="f" * 32, zone_id=zone))
        refused(bad, 81053, post(name="s1._domainkey", type="CNAME", content="other.example"))
        refused(bad, 81053, post(name="www", type="A", content="192.0.2.1"))
        refused(bad, 81058, post(name="url1234", type="CNAME", content="sendgrid.net"))
        refused(bad, 9007, post(name="n", type="CNAME", content="not a host"))
        refused(bad, 9003, post(name="n", type="CNAME", content="dkim2.mcsv.net", proxied=True))
        refused(bad, 7003, lambda: records.list(zone_id="nonsense"))
        refused(denied, 10000, lambda: records.list(zone_id="f" * 32))
        stranger = client(variables, api_token="sandbox-wrong-000000000000000000000")
        refused(denied, 9109, lambda: stranger.zones.list())
        refused(cloudflare.AuthenticationError, 1000, lambda: stranger.user.tokens.verify())
        reader = client(variables, api_token="sandbox-read-only-" + "0" * 22)
        assert list(reader.dns.records.list(zone_id=zone))
        refused(denied, 10000, lambda: reader.dns.records.delete(dns_record_id="f" * 32, zone_id=zone))
        print("refusals: 81044 81053 81058 9007 9003 7003 10000 9109 1000, typed")


def rollback(program):
    with sandbox(program) as variables:
        api = client(variables)
        zone = next(iter(api.zones.list(name="example.com"))).id
        before = {record.id: record for record in api.dns.records.list(zone_id=zone)}
        first = next(iter(before))
        refused(
            cloudflare.BadRequestError,
            81053,
            lambda: api.dns.records.batch(
                zone_id=zone,
                deletes=[{"id": first}],
                posts=[{"name": "s1._domainkey", "type": "CNAME", "content": "other.example", "ttl": 1}],
            ),
        )
        after = {record.id: record for record in api.dns.records.list(zone_id=zone)}
        assert before == after
        print("rollback: a batch that fails in part changes nothing")


MAIL = ("em1234.example.com", "s1._domainkey.example.com", "s2._domainkey.example.com")


def recovery(program):
    """Somebody deletes the mail records with the SDK; the program brings them back, and takes them away again."""
    with sandbox(program) as variables, tempfile.TemporaryDirectory() as state:
        api = client(variables)
        zone = next(iter(api.zones.list(name="example.com")))

        def held():
            return {r.name: r for r in api.dns.records.list(zone_id=zone.id) if r.name in MAIL}

        def run(*arguments):
            environment = {**os.environ, **variables, "CF_DOMAUTH_STATE_DIR": state}
            done = subprocess.run([program, *arguments, "--yes", "--wait=0"], env=environment, capture_output=True, text=True)
            assert done.returncode in (0, 1, 5), (done.returncode, done.stdout, done.stderr)

        first = api.dns.records.export(zone_id=zone.id)
        assert "cf_tags=cf-proxied:true" in first, first
        api.dns.records.batch(zone_id=zone.id, deletes=[{"id": record.id} for record in held().values()])
        assert not held()
        today = datetime.date.today()
        since, before = today - datetime.timedelta(days=2), today + datetime.timedelta(days=2)
        old = list(api.audit_logs.list(account_id=zone.account.id, zone={"name": zone.name}, since=since))
        assert sum(entry.action.type == "rec_del" for entry in old) == 3, old
        new = list(api.accounts.logs.audit.list(account_id=zone.account.id, since=since, before=before, limit=100))
        assert any(entry.raw.uri.endswith("/dns_records/batch") for entry in new), new
        run("fix", "--zone", "example.com", "--restore")
        back = held()
        assert set(back) == set(MAIL) and not any(record.proxied for record in back.values()), back
        run("undo")
        assert not held()
        imported = api.dns.records.import_(zone_id=zone.id, file=first)
        assert imported.recs_added == 3, imported
        print(f"recovery: deleted, found in {len(old)} and {len(new)} log entries, restored, undone, imported")


if __name__ == "__main__":
    for check in (paging, writing, refusals, rollback, recovery):
        check(sys.argv[1])
    print("5 passed, 0 failed")
