"""A wheel of a program that was built: wheel.py PROGRAM TARGET FOLDER

The wheel holds the program and nothing of Python. TARGET is the one of Rust. A program for Linux is tagged with the newest
version of the GNU C library that it asks for, which `readelf` tells. The same program makes the same bytes.
"""

import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What Rust builds for macOS asks for these versions.
PLATFORMS = {
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-pc-windows-msvc": "win_amd64",
}


def platform(program, target):
    if target in PLATFORMS:
        return PLATFORMS[target]
    architecture, linux, _ = target.partition("-unknown-linux-")
    if not linux:
        sys.exit(f"wheel.py: {target} is not known")
    told = subprocess.run(
        ["readelf", "--dynamic", "--version-info", "--wide", program], check=True, capture_output=True, text=True
    ).stdout
    if "(NEEDED)" not in told:
        # A static program runs with either C library.
        return f"manylinux_2_17_{architecture}.musllinux_1_1_{architecture}"
    minor = max(int(minor) for minor in re.findall(r"\bGLIBC_2\.(\d+)", told))
    return f"manylinux_2_{minor}_{architecture}"


def main(program, target, folder):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))["package"]
    name = f"cf_domauth-{package['version']}"
    tag = f"py3-none-{platform(program, target)}"
    info = f"{name}.dist-info"
    licences = ["LICENSE-APACHE", "LICENSE-MIT"]
    metadata = [
        "Metadata-Version: 2.4",
        f"Name: {package['name']}",
        f"Version: {package['version']}",
        f"Summary: {package['description']}",
        f"Keywords: {','.join(package['keywords'])}",
        f"License-Expression: {package['license']}",
        *(f"License-File: {licence}" for licence in licences),
        "Classifier: Environment :: Console",
        "Classifier: Topic :: Communications :: Email",
        "Classifier: Topic :: Internet :: Name Service (DNS)",
        "Requires-Python: >=3.7",
        "Description-Content-Type: text/markdown; charset=UTF-8",
    ]
    if "repository" in package:
        metadata.append(f"Project-URL: Source, {package['repository']}")
    tags = [f"Tag: py3-none-{one}" for one in tag.removeprefix("py3-none-").split(".")]
    wheel = ["Wheel-Version: 1.0", "Generator: cf-domauth", "Root-Is-Purelib: false", *tags]
    suffix = ".exe" if "windows" in target else ""
    files = {
        f"{name}.data/scripts/cf-domauth{suffix}": pathlib.Path(program).read_bytes(),
        **{f"{info}/licenses/{licence}": (ROOT / licence).read_bytes() for licence in licences},
        f"{info}/METADATA": "\n".join([*metadata, "", (ROOT / "README.md").read_text("utf-8")]).encode(),
        f"{info}/WHEEL": "\n".join([*wheel, ""]).encode(),
    }
    record = f"{info}/RECORD"
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}\n")
    files[record] = "".join([*lines, f"{record},,\n"]).encode()

    out = pathlib.Path(folder, f"{name}-{tag}.whl")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.create_system = 3
            entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    print(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
