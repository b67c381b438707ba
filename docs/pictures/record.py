"""Records the program on a terminal and draws what is seen there as SVG, still or moving.

    python3 -m venv /tmp/pictures && /tmp/pictures/bin/pip install pyte==0.8.2
    /tmp/pictures/bin/python docs/pictures/record.py target/release/cf-domauth

Everything runs in the program's own sandbox. Colours follow the reader: light or dark.
"""

import os
import pathlib
import sys
import tempfile
import time
from html import escape

import pyte

sys.path.append(str(pathlib.Path(__file__).parents[2] / ".ci/interop"))
from pseudo_terminal import session
from served import sandbox

WIDTH, HEIGHT, PAD = 8.4, 18, 14
STYLE = """
  .paper { fill: #fff; stroke: #c9ced6 } text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #16181d }
  .red { fill: #a8201a } .blue { fill: #0b4fb3 } .bold { font-weight: 700 } .dim { fill: #5b6472 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14161a; stroke: #454c57 } text { fill: #e7e9ec }
    .red { fill: #ff9a91 } .blue { fill: #8ab4f8 } .dim { fill: #9aa2ad }
  }
"""
# Longest pause between two frames of a moving picture, and how long the last one stays, in seconds.
PAUSE, END = 1.2, 6.0
DIM = "808080"


def record(program, arguments, size, talk=(), variables=None):
    """What the screen shows, as frames of (second, rows); `talk` is what to wait for and what to type then."""
    columns, lines = size
    screen = pyte.Screen(columns, lines)
    stream = pyte.ByteStream(screen)
    typed = "$ cf-domauth " + " ".join(arguments)
    stream.feed(f"\x1b[1m{typed}\x1b[0m\r\n".encode())
    frames = [(0.0, rows(screen))]
    began = time.time()

    def hear(chunk):
        # A faint text is one that pyte has no word for: it gets a colour instead.
        stream.feed(chunk.replace(b"\x1b[2m", b"\x1b[38;5;8m"))
        shown = rows(screen)
        if shown != frames[-1][1]:
            frames.append((time.time() - began, shown))

    own = {"HOME": tempfile.mkdtemp(), "TERM": "xterm-256color", "TZ": "UTC"}
    session(program, own | (variables or {}), arguments, talk, size, hear, delay=1.0)
    return frames


def rows(screen):
    """The rows of a screen, each a list of (column, text, classes)."""
    found = []
    for y in range(screen.lines):
        spans = []
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            bold = "bold" if cell.bold else ""
            shade = {"red": "red", "blue": "blue"}.get(cell.fg, "dim" if cell.fg not in ("default", "white") else "")
            look = f"{bold} {shade}".strip()
            if spans and spans[-1][2] == look:
                spans[-1][1] += cell.data
            else:
                spans.append([x, cell.data, look])
        found.append([(x, text.rstrip(), look) for x, text, look in spans if text.strip()])
    return found


def drawn(rows_of_frame):
    """The text elements of one frame."""
    out = []
    for y, spans in enumerate(rows_of_frame):
        for x, text, look in spans:
            lead = len(text) - len(text.lstrip())
            text, x = text.lstrip(), x + lead
            place = f'x="{PAD + x * WIDTH:.1f}" y="{PAD + (y + 1) * HEIGHT - 4}" textLength="{len(text) * WIDTH:.1f}"'
            name = f' class="{look}"' if look else ""
            out.append(f'<text {place}{name} xml:space="preserve">{escape(text)}</text>')
    return "".join(out)


def svg(frames, columns, title):
    """A picture of the frames: one stands still, several move."""
    used = max(at + 1 for _, shown in frames for at, row in enumerate(shown) if row)
    width, height = columns * WIDTH + 2 * PAD, used * HEIGHT + 2 * PAD
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" role="img"><title>{escape(title)}</title>'
    )
    style, body = STYLE, ""
    if len(frames) == 1:
        body = drawn(frames[0][1])
    else:
        moments = [0.0]
        for (before, _), (then, _) in zip(frames, frames[1:]):
            moments.append(moments[-1] + min(then - before, PAUSE) + 0.03)
        whole = moments[-1] + END
        for at, (_, shown) in enumerate(frames):
            start = moments[at] / whole * 100
            end = moments[at + 1] / whole * 100 if at + 1 < len(frames) else 100
            after = "" if end == 100 else f"{end:.2f}%{{visibility:hidden}}"
            before = "" if start == 0 else "0%{visibility:hidden}"
            style += f"  @keyframes f{at} {{{before}{start:.2f}%{{visibility:visible}}{after}}}\n"
            style += f"  #f{at} {{ visibility: hidden; animation: f{at} {whole:.1f}s step-end infinite }}\n"
            body += f'<g id="f{at}">{drawn(shown)}</g>'
        # Who wants no motion sees the end.
        last = len(frames) - 1
        style += "  @media (prefers-reduced-motion: reduce) { g { animation: none !important } "
        style += f"#f{last} {{ visibility: visible !important }} }}\n"
    paper = f'<rect class="paper" x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="6"/>'
    return f"{head}<style>{style}</style>{paper}{body}</svg>\n"


def main(program):
    program = os.path.abspath(program)
    folder = pathlib.Path(__file__).parent
    zone = ["--zone", "example.com", "--sandbox"]
    ask = [("[y]es [N]o", b"y\n")]

    def keep(name, frames, columns, title):
        (folder / f"{name}.svg").write_text(svg(frames, columns, title))

    frames = record(program, ["fix", *zone], (80, 40), ask)
    keep("fix", frames, 80, "cf-domauth finds three proxied records, asks, makes them DNS only and sees them in DNS")
    for columns in (80, 120, 200):
        frames = record(program, ["audit", *zone, "deleted"], (columns, 40))
        keep(f"audit-{columns}", frames[-1:], columns, f"an audit on a terminal of {columns} columns")
    for columns in (80, 120, 200):
        frames = record(program, ["fix", *zone], (columns, 40), ask)
        keep(f"fix-{columns}", frames[-1:], columns, f"a repair on a terminal of {columns} columns")
    with sandbox(program, "--zones", "250", "--records", "20") as variables:
        for columns in (80, 120, 200):
            frames = record(program, ["audit", "--all-zones"], (columns, 60), variables=variables)
            keep(f"fleet-{columns}", frames[-1:], columns, f"250 zones on a terminal of {columns} columns")


if __name__ == "__main__":
    main(sys.argv[1])
