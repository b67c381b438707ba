"""dns-lexicon's Cloudflare provider: list, create, update and delete.

The provider itself is driven, not lexicon's `Client`, which would fetch the list of public suffixes first.
"""

import sys

from lexicon._private.providers.cloudflare import Provider
from lexicon.config import ConfigResolver

from served import sandbox


def provider(variables):
    options = {"auth_token": variables["CLOUDFLARE_API_TOKEN"]}
    chosen = {"provider_name": "cloudflare", "domain": "example.com", "ttl": 300, "cloudflare": options}
    made = Provider(ConfigResolver().with_dict(chosen))
    made.api_endpoint = variables["CLOUDFLARE_BASE_URL"]
    made.authenticate()
    return made


def contents(api, kind, name):
    return [record["content"] for record in api.list_records(kind, name)]


def listing(api):
    held = api.list_records()
    assert {"em1234.example.com", "s1._domainkey.example.com"} <= {record["name"] for record in held}, held
    some = api.list_records("CNAME", "s1._domainkey")
    assert [record["name"] for record in some] == ["s1._domainkey.example.com"], some
    assert api.list_records("CNAME", "s1._domainkey", some[0]["content"]) == some
    assert not api.list_records("CNAME", "s1._domainkey", "other.example")


def changing(api, kind, name, first, second):
    """A record is created, and once more without effect, updated by what it is and by its id, and deleted."""
    assert api.create_record(kind, name, first) and api.create_record(kind, name, first)
    assert contents(api, kind, name) == [first]
    assert api.update_record(None, kind, name, second)
    assert contents(api, kind, name) == [second]
    made = api.list_records(kind, name)[0]
    assert made["ttl"] == 300 and api.update_record(made["id"], kind, name, first), made
    assert contents(api, kind, name) == [first]
    assert api.delete_record(None, kind, name, first) and api.delete_record(None, kind, name, first)
    assert not contents(api, kind, name)


def main(program):
    with sandbox(program) as variables:
        api = provider(variables)
        listing(api)
        changing(api, "TXT", "_acme-challenge.lexicon", "first-value", "second-value")
        changing(api, "CNAME", "x._domainkey", "x.keys.mailer.example", "y.keys.mailer.example")
    print("dns-lexicon: 3 checks passed")


if __name__ == "__main__":
    main(sys.argv[1])
