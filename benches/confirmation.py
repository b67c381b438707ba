"""300 names at 5 resolvers that take 20 ms for an answer: cf-domauth beside dnspython and mhost.

    python3 -m venv venv && venv/bin/pip install dnspython && cargo install mhost
    venv/bin/python benches/confirmation.py target/release/cf-domauth [path of mhost]

The servers are processes of this file: plain UDP, every answer 20 ms after its question, no cache, no limit. All
programs ask the same servers in the same run for the CNAME of every name; cf-domauth also asks the zone's own
server first, and what stands behind every name at every server, so it is timed a second time with names that need
nothing behind them, which is what the others do. Best of five; the order changes from round to round.
"""

import asyncio
import multiprocessing
import pathlib
import resource
import shutil
import statistics
import struct
import sys
import tempfile

from measure import ROOT, timed

NAMES, RESOLVERS, DELAY = 300, 5, 0.020
ROUNDS = 5
KEY = (ROOT / "fixtures/sandbox/dkim-key.txt").read_text().strip()
CNAME, TXT, MX, NS, SOA = 5, 16, 15, 2, 6


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split(".")) + b"\0"


def answer(packet):
    """The answer to one question: records that depend on the name alone."""
    end = packet.index(b"\0", 12)
    name, at, labels = packet[12 : end + 1].lower(), 12, []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    kind = struct.unpack(">H", packet[end + 1 : end + 3])[0]
    question = packet[12 : end + 5]
    records = []

    def add(owner, of, data, ttl=60):
        records.append(owner + struct.pack(">HHIH", of, 1, ttl, len(data)) + data)

    if labels[-2:] == ["example", "com"] and len(labels) > 2:
        target = wire(".".join(labels[:-2] + ["vendor", "test"]))
        add(b"\xc0\x0c", CNAME, target)
        owner = target
    else:
        owner = b"\xc0\x0c"
    if kind == TXT:
        text = KEY.encode()
        chunks = [text[i : i + 250] for i in range(0, len(text), 250)]
        add(owner, TXT, b"".join(bytes([len(chunk)]) + chunk for chunk in chunks))
    elif kind == NS and labels == ["example", "com"]:
        add(b"\xc0\x0c", NS, wire("ns.example.com"))
    flags = 0x8580  # response, authoritative, recursion desired and available
    return packet[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)


class Slow(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, sender):
        loop = asyncio.get_running_loop()
        loop.call_later(DELAY, self.transport.sendto, answer(packet), sender)


def serve(ready):
    async def run():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Slow, local_addr=("127.0.0.1", 0))
        transport.get_extra_info("socket").setsockopt(1, 8, 4 << 20)  # SO_RCVBUF
        ready.put(transport.get_extra_info("sockname")[1])
        await asyncio.sleep(600)

    asyncio.run(run())


def with_dnspython(names, ports):
    """The plain script: everything at once."""
    import dns.asyncquery
    import dns.message

    async def ask(name, port):
        question = dns.message.make_query(name, "CNAME")
        reply = await dns.asyncquery.udp(question, "127.0.0.1", port=port, timeout=5)
        return bool(reply.answer)

    async def run():
        return await asyncio.gather(*(ask(name, port) for name in names for port in ports))

    assert all(asyncio.run(run()))


def main():
    if sys.argv[1] == "dnspython":
        names, ports = sys.argv[2].split(","), [int(port) for port in sys.argv[3].split(",")]
        return with_dnspython(names, ports)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    program, mhost = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    ready = multiprocessing.Queue()
    servers = [multiprocessing.Process(target=serve, args=(ready,), daemon=True) for _ in range(RESOLVERS + 1)]
    for server in servers:
        server.start()
    ports = [ready.get(timeout=10) for _ in servers]
    authority, resolvers = ports[0], ports[1:]
    environment = dict(
        CF_DOMAUTH_AUTHORITATIVE=f"127.0.0.1:{authority}",
        CF_DOMAUTH_RESOLVERS=",".join(f"127.0.0.1:{port}" for port in resolvers),
    )
    keys = [f"s{number}._domainkey.example.com" for number in range(NAMES)]
    plain = [f"alias{number}.example.com" for number in range(NAMES)]
    listed = ",".join(keys), ",".join(str(port) for port in resolvers)
    commands = {
        "cf-domauth, CNAME alone": [program, "confirm", "--no-pace", "-q", *plain],
        "cf-domauth, with the key behind": [program, "confirm", "--no-pace", "-q", *keys],
        "dnspython, CNAME alone": [sys.executable, __file__, "dnspython", *listed],
    }
    if mhost:
        each = [part for port in resolvers for part in ("--nameserver", f"udp:127.0.0.1:{port}")]
        with open(pathlib.Path(tempfile.mkdtemp()) / "mhost.sh", "w") as script:
            # It takes one name a call: as many calls as there are names, 64 at a time.
            quoted = " ".join(each)
            script.write(
                f"printf '%s\\n' {' '.join(keys)} | xargs -P 64 -I @ {mhost} "
                f"--no-system-lookups --limit {RESOLVERS} {quoted} -q lookup @ --record-type CNAME >/dev/null\n"
            )
        commands["mhost, CNAME alone"] = ["sh", script.name]
    took = {what: [] for what in commands}
    for turn in range(ROUNDS):
        order = list(commands.items())
        for what, command in order[turn % len(order) :] + order[: turn % len(order)]:
            seconds, peak, status = timed(command, environment)
            if status == 0:
                took[what].append((seconds, peak))
            else:
                print(what, "failed with", status)
    print(f"{NAMES} names x {RESOLVERS} resolvers, {DELAY * 1000:.0f} ms an answer")
    for what, rounds in took.items():
        if rounds:
            times, peaks = zip(*rounds)
            print(f"{what:34} best {min(times):.3f} s  median {statistics.median(times):.3f} s  {max(peaks):5.1f} MiB")
    if mhost:
        shutil.rmtree(pathlib.Path(commands["mhost, CNAME alone"][1]).parent)


if __name__ == "__main__":
    main()
