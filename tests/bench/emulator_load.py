# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many small requests at once, signed before and answered without a look at what they say: the other side is what is measured."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import select
import socket
import time
import typing as t
from urllib.parse import quote

from ansible_collections.edgeops.netstorage.tests.bench.case_runs import ACCOUNT, CP_CODE, KEY, WrongResult

FOLDERS = 50
_RESUME = re.compile(rb'<resume start="([^"]*)"')
_LENGTH = re.compile(rb"Content-Length: (\d+)")


def signed(method: str, path: str, action: str, unique: int, body: bytes | None = None) -> bytes:
    """One whole request."""
    data = f"5, 0.0.0.0, 0.0.0.0, {int(time.time())}, {unique}, {ACCOUNT}"
    text = f"{data}{path}\nx-akamai-acs-action:{action}\n".encode()
    signature = base64.b64encode(hmac.digest(KEY.encode(), text, "sha256")).decode()
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nX-Akamai-ACS-Action: {action}\r\n"
        f"X-Akamai-ACS-Auth-Data: {data}\r\nX-Akamai-ACS-Auth-Sign: {signature}\r\n{length}\r\n"
    )
    return head.encode() + (body or b"")


def uploads(number: int, first: int) -> list[bytes]:
    """So many files of 352 bytes, with their SHA-256; ``first`` is a number that no request had before."""
    made = []
    for n in range(number):
        body = b"%08d" % n * 44
        action = f"version=1&action=upload&size={len(body)}&mtime=1700000000&sha256={hashlib.sha256(body).hexdigest()}"
        made.append(signed("PUT", path_of(n), action, first + n, body))
    return made


def stats(number: int, files: int, first: int, parameters: str = "") -> list[bytes]:
    """So many looks at the files that ``uploads`` stored."""
    action = f"version=1&action=stat{parameters}"
    return [signed("GET", path_of(n % files), action, first + n) for n in range(number)]


def path_of(number: int) -> str:
    return f"/{CP_CODE}/load/{number % FOLDERS:02d}/file-{number:06d}.txt"


def send_all(port: int, requests: t.Sequence[bytes], connections: int) -> float:
    """Every connection has one request under way. Returns the seconds for all of them; raises WrongResult."""
    opened = {}
    poller = select.poll()
    for _number in range(min(connections, len(requests))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened[connection.fileno()] = connection
        poller.register(connection, select.POLLIN)
    waiting = iter(requests)
    left = len(requests)
    begun = time.perf_counter()
    for connection in opened.values():
        connection.send(next(waiting))
    while left:
        for number, _event in poller.poll():
            connection = opened[number]
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise WrongResult(f"unexpected response: {answer[:300]!r}")
            left -= 1
            following = next(waiting, None)
            if following is not None:
                connection.send(following)
    seconds = time.perf_counter() - begun
    for connection in opened.values():
        connection.close()
    return seconds


def walk(port: int, page: int, first: int) -> tuple[int, int, float]:
    """(rows, pages, seconds) of one whole ``list`` of the CP code, one page after the other."""
    action = f"version=1&action=list&mtime_all=yes&encoding=utf-8&max_entries={page}"
    path, rows, pages, begun = f"/{CP_CODE}/", 0, 0, time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while path:
            connection.sendall(signed("GET", path, action, first + pages))
            body = _body(connection)
            rows += body.count(b"<file ")
            pages += 1
            found = _RESUME.search(body)
            path = quote(found[1].decode()) if found else ""
    return rows, pages, time.perf_counter() - begun


def _body(connection: socket.socket) -> bytes:
    head, _gap, body = connection.recv(1 << 20).partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None or not head.startswith(b"HTTP/1.1 200"):
        raise WrongResult(f"unexpected response: {head!r}")
    parts, missing = [body], int(length[1]) - len(body)
    while missing > 0:
        parts.append(connection.recv(1 << 20))
        if not parts[-1]:
            raise WrongResult("the response ended early")
        missing -= len(parts[-1])
    return b"".join(parts)
