"""A preprocessor of mdbook: a link to a file outside of docs leads to the repository, or is only text while none is named."""

import json
import re
import sys

if sys.argv[1:]:
    sys.exit()
context, book = json.load(sys.stdin)
home = context["config"]["output"]["html"].get("git-repository-url")


def outside(link):
    text, path = link.groups()
    return f"[{text}]({home}/blob/HEAD/{path})" if home else text


def walk(items):
    for chapter in (item["Chapter"] for item in items if "Chapter" in item):
        chapter["content"] = re.sub(r"\[([^\]]+)\]\(\.\./([^)]+)\)", outside, chapter["content"])
        walk(chapter["sub_items"])


walk(book["items"])
json.dump(book, sys.stdout)
