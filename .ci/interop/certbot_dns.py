"""certbot-dns-cloudflare: the plugin's own client adds and deletes the TXT record of a challenge.

It offers no other address of the API, and the SDK below it reads CLOUDFLARE_BASE_URL.
"""

import os
import sys

import cloudflare
from certbot import errors
from certbot_dns_cloudflare._internal.dns_cloudflare import _CloudflareClient

from served import sandbox

DOMAIN = "www.example.com"
NAME = "_acme-challenge.www.example.com"


def main(program):
    with sandbox(program) as variables:
        os.environ.update(variables)
        token = variables["CLOUDFLARE_API_TOKEN"]
        api = cloudflare.Cloudflare(api_token=token, max_retries=0)
        zone = next(iter(api.zones.list(name="example.com"))).id

        def held():
            return sorted(record.content.strip('"') for record in api.dns.records.list(zone_id=zone, name={"exact": NAME}))

        client = _CloudflareClient(api_token=token)
        client.add_txt_record(DOMAIN, NAME, "first", 120)
        client.add_txt_record(DOMAIN, NAME, "second", 120)
        assert held() == ["first", "second"], held()
        client.add_txt_record(DOMAIN, NAME, "second", 120)  # refused by 81058, which certbot takes for success
        assert held() == ["first", "second"], held()
        client.del_txt_record(DOMAIN, NAME, "first")
        assert held() == ["second"], held()
        client.del_txt_record(DOMAIN, NAME, "second")
        assert not held()
        try:
            _CloudflareClient(api_token="sandbox-wrong-000000000000000000000").add_txt_record(DOMAIN, NAME, "x", 120)
        except errors.PluginError as error:
            assert "Did you enter a valid Cloudflare Token?" in str(error), error
        else:
            raise AssertionError("a wrong token was accepted")
    print("certbot-dns-cloudflare: 4 checks passed")


if __name__ == "__main__":
    main(sys.argv[1])
