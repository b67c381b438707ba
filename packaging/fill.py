"""Fills in what Homebrew, Scoop and winget read: fill.py VERSION ADDRESS SHA256SUMS FOLDER

ADDRESS is where the archives are, SHA256SUMS the file with their sums. A template asks for VERSION, ADDRESS, HOME (the
repository, whose releases these are) and SHA256:TARGET in double braces; one that asks for anything else, or for a sum
that is not there, is an error.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent


def main(version, address, sums, folder):
    address = address.rstrip("/")
    values = {"VERSION": version, "ADDRESS": address, "HOME": address.partition("/releases/download/")[0]}
    for line in pathlib.Path(sums).read_text().splitlines():
        digest, name = line.split()
        named = re.fullmatch(rf"\*?cf-domauth-{re.escape(version)}-(.+?)\.(tar\.gz|zip)", name)
        if named and re.fullmatch("[0-9a-f]{64}", digest):
            values[f"SHA256:{named[1]}"] = digest

    def value(wish):
        if wish[1] not in values:
            sys.exit(f"{path.name} asks for {wish[1]}, which is not known")
        return values[wish[1]]

    for path in sorted(HERE.glob("*/*.template")):
        filled = re.sub(r"\{\{(.*?)\}\}", value, path.read_text())
        if "{{" in filled:
            sys.exit(f"{path.name} has a placeholder without an end")
        out = pathlib.Path(folder, path.parent.name, path.stem)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(filled)
        print(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
