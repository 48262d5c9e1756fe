# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A raw-socket client of these tests, with its own signing: it shares no code with the emulator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes
from xml.etree import ElementTree

ACCOUNT, KEY, CP_CODE = "tester", "a-secret-key", "123456"
_ids = itertools.count(1)
_HASHES = {3: hashlib.md5, 4: hashlib.sha1, 5: hashlib.sha256}


def auth_headers(path: str, action: str, *, key: str = KEY, account: str = ACCOUNT, version: int = 5,
                 when: int | None = None, unique: str | None = None, glue: str = ", ") -> dict[str, str]:
    """The two signed headers for one path and action."""
    stamp = int(time.time()) if when is None else when
    fields = [str(version), "0.0.0.0", "0.0.0.0", str(stamp), unique or f"{next(_ids)}t", account]
    data = glue.join(fields)
    text = f"{data}{path}\nx-akamai-acs-action:{action}\n"
    digest = hmac.new(key.encode(), text.encode("latin-1"), _HASHES[version]).digest()
    return {"X-Akamai-ACS-Auth-Data": data, "X-Akamai-ACS-Auth-Sign": base64.b64encode(digest).decode()}


def encoded(path: str | bytes) -> str:
    """A path percent-encoded as rclone does it."""
    raw = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
    return quote_from_bytes(raw, safe="/&=;,@:$+~-_.")


@dataclass
class Answer:
    """One answer as it came."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, **signing: t.Any) -> None:
        self.port = port
        self._signing = signing
        self._socket: socket.socket | None = None
        self._buffer = b""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._buffer = b""

    def connect(self, context: ssl.SSLContext | None = None) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = plain if context is None else context.wrap_socket(plain, server_hostname="127.0.0.1")
        return self._socket

    def send(self, data: bytes) -> None:
        (self._socket or self.connect()).sendall(data)

    def half_close(self) -> None:
        (self._socket or self.connect()).shutdown(socket.SHUT_WR)

    def more(self) -> bytes:
        assert self._socket is not None
        return self._socket.recv(1 << 20)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            data = self.more()
            if not data:
                raise ConnectionError(f"closed after {self._buffer!r}")
            self._buffer += data
        found, _mark, self._buffer = self._buffer.partition(mark)
        return found

    def receive(self, head_only: bool = False) -> Answer:
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])}
        length = 0 if head_only or status in (100, 204, 304) else int(headers["content-length"])
        while len(self._buffer) < length:
            data = self.more()
            if not data:
                raise ConnectionError("closed in the body")
            self._buffer += data
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, body)

    def head(self, method: str, path: str, action: str | None, headers: dict[str, str] | None = None,
             **signing: t.Any) -> bytes:
        """The head of a signed request; ``headers`` with an empty value are left out."""
        lines = {"Host": f"127.0.0.1:{self.port}"}
        if action is not None:
            lines["X-Akamai-ACS-Action"] = action
            lines.update(auth_headers(path, action, **{**self._signing, **signing}))
        lines.update(headers or {})
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value != "")
        return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")

    def ask(self, method: str, path: str | bytes, action: str | None, body: bytes | None = None,
            headers: dict[str, str] | None = None, **signing: t.Any) -> Answer:
        """One request with the path encoded; ``action`` goes behind ``version=1&action=``."""
        full = None if action is None else f"version=1&action={action}"
        extra = dict(headers or {})
        if body is not None or method in ("PUT", "POST"):
            extra.setdefault("Content-Length", str(len(body or b"")))
        self.send(self.head(method, encoded(path), full, extra, **signing) + (body or b""))
        return self.receive(head_only=method == "HEAD")

    def get(self, path: str | bytes, action: str, **more: t.Any) -> Answer:
        return self.ask("GET", path, action, **more)

    def post(self, path: str | bytes, action: str, **more: t.Any) -> Answer:
        return self.ask("POST", path, action, **more)

    def put(self, path: str | bytes, body: bytes, params: str = "", **more: t.Any) -> Answer:
        return self.ask("PUT", path, "upload" + params, body, **more)

    def chunked(self, path: str, action: str, parts: list[bytes], trailers: dict[str, str]) -> Answer:
        """An upload as rclone sends it."""
        self.send(self.head("PUT", encoded(path), f"version=1&action={action}", {"Transfer-Encoding": "chunked"}))
        for part in parts:
            self.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        lines = "".join(f"{name}: {value}\r\n" for name, value in trailers.items())
        self.send(f"0\r\n{lines}\r\n".encode("latin-1"))
        return self.receive()


def rows_of(answer: Answer) -> list[dict[str, str]]:
    """The attributes of the rows of an XML answer, the element's name under ``tag``."""
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "text/xml"
    return [{"tag": row.tag, **row.attrib} for row in ElementTree.fromstring(answer.body)]


def names_of(answer: Answer) -> list[str]:
    return [row["name"] for row in rows_of(answer) if row["tag"] == "file"]


def resume_of(answer: Answer) -> str | None:
    return next((row["start"] for row in rows_of(answer) if row["tag"] == "resume"), None)
