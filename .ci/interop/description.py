"""Every kind of answer of the sandbox, validated against Cloudflare's own API description.

Known differences, where real answers were seen to carry null and the description says string:
`comment` of a record; `owner.id`, `tenant.id`, `tenant.name`, `tenant_unit.id` of a zone; `errors` of the first
audit log.
"""

import json
import re
import sys
import urllib.error
import urllib.request

from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from served import sandbox


KNOWN_NULLS = [("owner", "id"), ("tenant", "id"), ("tenant", "name"), ("tenant_unit", "id")]


def is_known_null(error):
    """Whether an error is about a null in one of the places where real answers have it."""
    path = tuple(error.absolute_path)
    return error.instance is None and (path[-2:] in KNOWN_NULLS or path == ("errors",))


def allow_null_comments(node):
    """Makes every `comment` nullable; inside alternatives a difference could not be told apart."""
    if isinstance(node, dict):
        comment = node.get("properties", {}).get("comment")
        if isinstance(comment, dict):
            node["properties"]["comment"] = {"nullable": True, "type": "string"}
        for child in node.values():
            allow_null_comments(child)
    elif isinstance(node, list):
        for child in node:
            allow_null_comments(child)


class Description:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        allow_null_comments(self.document["components"])
        resource = Resource(contents=self.document, specification=DRAFT4)
        self.registry = Registry().with_resource("urn:api", resource)

    def pointer(self, method, path, status):
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in item:
                # The exact path wins over one with a placeholder.
                if "{" in template.rsplit("/", 1)[-1] and path in self.document["paths"]:
                    continue
                if template.endswith("{dns_record_id}") and path.endswith(("/batch", "/usage", "/import")):
                    continue
                answers = item[method.lower()]["responses"]
                chosen = str(status) if str(status) in answers else "4XX"
                steps = ["paths", template, method.lower(), "responses", chosen, "content", "application/json", "schema"]
                return "/".join(["#", *(step.replace("~", "~0").replace("/", "~1") for step in steps)])
        raise AssertionError(f"the description has no {method} {path}")

    def check(self, method, path, status, body):
        schema = {"$ref": "urn:api" + self.pointer(method, path, status)}
        validator = OAS30Validator(schema, registry=self.registry)
        errors = [error for error in validator.iter_errors(body) if not is_known_null(error)]
        for error in errors[:20]:
            print("  ", list(error.absolute_path), error.message[-300:])
        assert not errors, f"{method} {path} {status}: {len(errors)} differences"


def main(program, path):
    description = Description(path)
    checked = 0

    def call(method, path, body=None, token=None, form=None):
        nonlocal checked
        request = urllib.request.Request(base + path, method=method)
        request.add_header("authorization", f"Bearer {token or variables['CLOUDFLARE_API_TOKEN']}")
        data = None if body is None else json.dumps(body).encode()
        if form is not None:
            request.add_header("content-type", "multipart/form-data; boundary=part")
            head = '--part\r\ncontent-disposition: form-data; name="file"; filename="zone.txt"\r\n\r\n'
            data = f"{head}{form}\r\n--part--\r\n".encode()
        try:
            with urllib.request.urlopen(request, data, timeout=20) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        value = json.loads(text)
        description.check(method, path.split("?")[0], status, value)
        checked += 1
        return value.get("result")

    with sandbox(program) as variables:
        base = variables["CLOUDFLARE_BASE_URL"]
        zone = call("GET", "/zones?per_page=5")[0]
        account = zone["account"]["id"]
        here = f"/zones/{zone['id']}"
        records = f"{here}/dns_records"
        call("GET", "/zones?name=nowhere.example")
        call("GET", here)
        held = call("GET", f"{records}?per_page=50")
        call("GET", f"{records}?page=99")
        call("GET", f"{records}/{held[0]['id']}")
        made = call("POST", records, {"name": "x", "type": "CNAME", "content": "y.example", "comment": "hello"})
        call("PATCH", f"{records}/{made['id']}", {"proxied": True})
        call("PUT", f"{records}/{made['id']}", {"name": "x", "type": "CNAME", "content": "z.example", "ttl": 60})
        call("POST", f"{records}/batch", {"patches": [{"id": made["id"], "ttl": 300}],
                                          "posts": [{"name": "v", "type": "TXT", "content": "text"}]})
        call("DELETE", f"{records}/{made['id']}")
        call("GET", f"{records}/usage")
        call("GET", f"{here}/dns_settings")
        call("PATCH", f"{here}/dns_settings", {"flatten_all_cnames": True})
        call("GET", f"{here}/dnssec")
        call("GET", f"/accounts/{account}/dns_settings")
        call("GET", "/user/tokens/verify")
        call("GET", "/ips")
        call("GET", f"{records}/{'f' * 32}")
        call("POST", records, {"name": "s1._domainkey", "type": "CNAME", "content": "other.example"})
        call("POST", f"{records}/import", form="imported 300 IN CNAME target.example.\n")
        call("POST", f"{records}/import", form="$INCLUDE nothing\n")
        logs = f"/accounts/{account}/audit_logs"
        assert {entry["action"]["type"] for entry in call("GET", logs)} == {"rec_add", "rec_set", "rec_del"}
        call("GET", f"{logs}?per_page=5000")
        logs = f"/accounts/{account}/logs/audit"
        assert len(call("GET", f"{logs}?since=2026-03-01&before=2100-01-01&limit=5")) == 5
        call("GET", f"{logs}?since=2026-03-01")
        none = variables["CLOUDFLARE_API_TOKEN"].replace("full-000000", "no-account-")
        call("GET", f"{logs}?since=2026-03-01&before=2100-01-01", token=none)
        call("GET", "/zones", token="sandbox-wrong-000000000000000000000")
        call("GET", "/user/tokens/verify", token="sandbox-wrong-000000000000000000000")
    print(f"{checked} passed, 0 failed")


if __name__ == "__main__":
    main(*sys.argv[1:3])
