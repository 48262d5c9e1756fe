# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast is the emulator? Small uploads, stats and a long listing, from kept-alive connections with real signatures.

    python tests/emulator/bench/load.py [--data DIR] [--connections 32] [--uploads N] [--stats N] [--rows 100000]

The client signs in advance (that is not timed) and then only sends and counts answers, so that it is not the limit.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import re
import selectors
import socket
import time
from urllib.parse import quote

import psutil
from netstorage_emulator.control import Running, running

KEY, ACCOUNT, CP_CODE = "a-secret-key", "bench", "123456"
RESUME = re.compile(rb'<resume start="([^"]*)"')


def signed(method: str, path: str, action: str, unique: int, body: bytes | None = None) -> bytes:
    data = f"5, 0.0.0.0, 0.0.0.0, {int(time.time())}, {unique}, {ACCOUNT}"
    text = f"{data}{path}\nx-akamai-acs-action:{action}\n".encode()
    signature = base64.b64encode(hmac.digest(KEY.encode(), text, "sha256")).decode()
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    head = (f"{method} {path} HTTP/1.1\r\nHost: bench\r\nX-Akamai-ACS-Action: {action}\r\n"
            f"X-Akamai-ACS-Auth-Data: {data}\r\nX-Akamai-ACS-Auth-Sign: {signature}\r\n{length}\r\n")
    return head.encode() + (body or b"")


def uploads(number: int) -> list[bytes]:
    made = []
    for n in range(number):
        body = b"%08d" % n * 44
        digest = hashlib.sha256(body).hexdigest()
        action = f"version=1&action=upload&size={len(body)}&mtime=1700000000&sha256={digest}"
        made.append(signed("PUT", f"/{CP_CODE}/load/{n % 50:02d}/file-{n:06d}.txt", action, n, body))
    return made


def stats(number: int, files: int, action: str) -> list[bytes]:
    path = f"/{CP_CODE}/load/%02d/file-%06d.txt"
    return [signed("GET", path % (n % files % 50, n % files), f"version=1&action={action}", 10**9 + n)
            for n in range(number)]


def send_all(port: int, requests: list[bytes], connections: int) -> float:
    """Every connection has one request under way; returns the seconds for all of them."""
    chooser = selectors.DefaultSelector()
    waiting = iter(requests)
    left = len(requests)
    opened = [socket.create_connection(("127.0.0.1", port)) for _number in range(connections)]
    for connection in opened:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(connection, selectors.EVENT_READ, connection)
    begun = time.perf_counter()
    for connection in opened:
        connection.send(next(waiting))
    while left:
        for key, _events in chooser.select():
            connection = key.data
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"unexpected answer: {answer[:300]!r}")
            left -= 1
            request = next(waiting, None)
            if request is not None:
                connection.send(request)
    seconds = time.perf_counter() - begun
    for connection in opened:
        connection.close()
    return seconds


def listing(port: int, page: int) -> tuple[int, int, float]:
    """(rows, pages, seconds) of one whole ``list`` in pages."""
    connection = socket.create_connection(("127.0.0.1", port))
    action = f"version=1&action=list&mtime_all=yes&encoding=utf-8&max_entries={page}"
    path, rows, pages, begun = f"/{CP_CODE}/", 0, 0, time.perf_counter()
    while path:
        connection.sendall(signed("GET", path, action, 2 * 10**9 + pages))
        answer = connection.recv(1 << 20)
        head, _gap, body = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
        parts = [body]
        missing = length - len(body)
        while missing > 0:
            parts.append(connection.recv(1 << 20))
            missing -= len(parts[-1])
        body = b"".join(parts)
        rows += body.count(b"<file ")
        pages += 1
        found = RESUME.search(body)
        path = quote(found[1].decode()) if found else ""
    connection.close()
    return rows, pages, time.perf_counter() - begun


def processor_seconds(emulator: Running) -> float:
    """What the server has used so far; on a busy machine this says more than the time on the wall."""
    used = psutil.Process(emulator.process.pid).cpu_times()
    return float(used.user + used.system)


def measure(emulator: Running, name: str, requests: list[bytes], connections: int) -> None:
    before = processor_seconds(emulator)
    seconds = send_all(emulator.port, requests, connections)
    used = (processor_seconds(emulator) - before) / len(requests)
    print(f"{name:22}{len(requests) / seconds:9.0f} a second, "
          f"{used * 1e6:.0f} microseconds of the server's processor each")


def seed(emulator: Running, rows: int) -> None:
    emulator.control.reset_tree()
    for first in range(0, rows, 10_000):
        emulator.control.load([{"key": f"/{CP_CODE}/dir-{n // 200:04d}/file-{n:06d}.html", "content": "", "mtime": n}
                               for n in range(first, min(first + 10_000, rows))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", default=":memory:")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--stats", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    knobs = {"clock_window": 600}  # on a slow machine the first signature is old when the last is used
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=given.data, knobs=knobs) as emulator:
        measure(emulator, "uploads of 352 bytes:", uploads(given.uploads), given.connections)
        measure(emulator, "stats:", stats(given.stats, given.uploads, "stat"), given.connections)
        every = "stat&implicit=yes&encoding=utf-8&slash=both"
        measure(emulator, "stats as rclone's:", stats(given.stats, given.uploads, every), given.connections)
        seed(emulator, given.rows)
        rows, pages, seconds = listing(emulator.port, 1000)
        print(f"{'list:':22}{rows} rows in {pages} pages: {seconds:.2f} s")


if __name__ == "__main__":
    main()
