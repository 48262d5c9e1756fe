# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the Usage API in a few lines, written from the documentation and from nothing else.

It sends exactly what a test says: the target as it stands, the headers as they stand. It shares no code with the
collection nor with the emulator, so that it can prove either of them wrong.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import http.client
import itertools
import os
import ssl
import time
import typing as t
from urllib.parse import quote, quote_plus
from xml.etree import ElementTree

_DIGESTS = {3: "md5", 4: "sha1", 5: "sha256"}
_READS = ("stat", "dir", "list", "du", "download")
_UNIQUE = itertools.count(int.from_bytes(os.urandom(6), "big"))

Value = t.Union[str, int, bytes]
Pairs = t.Sequence[tuple[str, Value]]


@dataclasses.dataclass(frozen=True)
class Account:
    """Where to ask, and as whom. ``root`` is the directory that the tests may use, with the CP code, without a slash."""

    host: str
    account: str
    key: str
    root: bytes
    protocol: str = "https"


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def document(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The attributes of each ``<file>``."""
        return [dict(row.attrib) for row in self.document.iter("file")]

    @property
    def row(self) -> dict[str, str]:
        (row,) = self.rows
        return row

    @property
    def resume(self) -> bytes | None:
        found = self.document.find("resume")
        return None if found is None else value_of(dict(found.attrib), "start")


def value_of(attributes: t.Mapping[str, str], name: str) -> bytes:
    """The bytes of an attribute of a document that was asked for in UTF-8."""
    if name in attributes:
        return attributes[name].encode("utf-8")
    return base64.b64decode(attributes[f"{name}_base64"])


def action_value(action: str, params: Pairs = ()) -> str:
    """``version=1&action=…``, values form-encoded."""
    pairs = "".join(f"&{name}={quote_plus(value if isinstance(value, bytes) else str(value))}" for name, value in params)
    return f"version=1&action={action}{pairs}"


def target_of(path: bytes) -> str:
    """The path as it goes out: percent-encoded, slashes kept, nothing normalised."""
    return quote(path, safe="/")


def auth_data(account: str, version: int = 5, now: int | None = None, unique: str | None = None) -> str:
    stamp = int(time.time()) if now is None else now
    return f"{version}, 0.0.0.0, 0.0.0.0, {stamp}, {next(_UNIQUE) if unique is None else unique}, {account}"


def signature(key: str, data: str, target: str, action: str) -> str:
    """td:example-authentication-headers; the version that the data names says which digest."""
    text = f"{data}{target}\nx-akamai-acs-action:{action}\n"
    code = hmac.new(key.encode(), text.encode(), _DIGESTS.get(int(data.split(",")[0]), "sha256"))
    return base64.b64encode(code.digest()).decode()


class RawClient:
    """One connection, kept alive."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def signed(self, target: str, action: str, data: str | None = None, key: str | None = None) -> dict[str, str]:
        """The three headers of a request."""
        data = auth_data(self.account.account) if data is None else data
        return {
            "X-Akamai-ACS-Action": action,
            "X-Akamai-ACS-Auth-Data": data,
            "X-Akamai-ACS-Auth-Sign": signature(key or self.account.key, data, target, action),
        }

    def call(
        self,
        action: str,
        path: bytes,
        params: Pairs = (),
        body: bytes | None = None,
        *,
        method: str | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> Reply:
        """One action, signed as documented, with the documented method unless another is named."""
        target = target_of(path)
        sent = self.signed(target, action_value(action, params)) | dict(headers or {})
        if method is None:
            method = "GET" if action in _READS else "PUT" if action == "upload" else "POST"
        if method in ("PUT", "POST"):
            sent["Content-Length"] = str(len(body or b""))
        return self.send(method, target, sent, body or b"")

    def send(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes = b"") -> Reply:
        """A request as it stands. A connection that the server has closed meanwhile is opened again, once."""
        try:
            return self._send(method, target, headers, body)
        except (ConnectionError, http.client.RemoteDisconnected):
            self.close()
            return self._send(method, target, headers, body)

    def _send(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes) -> Reply:
        connection = self._opened()
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        return self._answer(connection)

    def upload_chunked(
        self, path: bytes, body: bytes, first: Pairs, last: Pairs | None, *, chunk: int = 1000, last_key: str | None = None
    ) -> Reply:
        """An upload whose length nobody knows before its end, as rclone sends every one.

        last  parameters of the trailers, signed anew over the same path (td:usage-details-for-upload); None for no trailers
        """
        target = target_of(path)
        headers = self.signed(target, action_value("upload", first)) | {"Transfer-Encoding": "chunked"}
        parts = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in _pieces(body, chunk)]
        parts.append(b"0\r\n")
        if last is not None:
            late = self.signed(target, action_value("upload", last), key=last_key)
            parts.extend(f"{name}: {value}\r\n".encode() for name, value in late.items())
        parts.append(b"\r\n")
        return self.send("PUT", target, headers, b"".join(parts))

    def _opened(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self.account.protocol == "https":
                self._connection = http.client.HTTPSConnection(
                    self.account.host, timeout=60, context=ssl.create_default_context()
                )
            else:
                self._connection = http.client.HTTPConnection(self.account.host, timeout=60)
        return self._connection

    def _answer(self, connection: http.client.HTTPConnection) -> Reply:
        response = connection.getresponse()
        body = response.read()
        if response.will_close:
            self.close()
        return Reply(response.status, response.headers, body)

    # Short forms of what most tests begin with: they say that it has to work.

    def put(self, path: bytes, body: bytes = b"", mtime: int = 1_600_000_000) -> None:
        digest = hashlib.sha256(body).hexdigest()
        self._must(self.call("upload", path, [("sha256", digest), ("size", len(body)), ("mtime", mtime)], body), path)

    def mkdir(self, path: bytes) -> None:
        self._must(self.call("mkdir", path), path)

    def symlink(self, path: bytes, target: bytes) -> None:
        self._must(self.call("symlink", path, [("target", target)]), path)

    def stat(self, path: bytes) -> list[tuple[str, bytes]]:
        """(type, name without a directory's slash) of what stands at a path; [] for nothing."""
        reply = self.call("stat", path, [("implicit", "yes"), ("slash", "both"), ("encoding", "utf-8")])
        return [] if reply.status == 404 else [kind_and_name(row) for row in reply.rows]

    def everything(self, path: bytes, params: Pairs = (("encoding", "utf-8"),)) -> list[dict[str, str]]:
        """The rows of all pages of ``list`` below a directory: the service may cut a page where it likes."""
        rows: list[dict[str, str]] = []
        start = path + b"/"
        while True:
            reply = self.call("list", start, [*params, ("end", path[1:] + b"0")])
            if reply.status == 404:
                return rows
            rows += reply.rows
            marker = reply.resume
            if marker is None:
                return rows
            start = b"/" + marker.lstrip(b"/")

    def tree(self, path: bytes) -> list[bytes]:
        """The keys below a directory as ``list`` gives them, relative to it."""
        prefix = path[1:] + b"/"
        names = (value_of(row, "name") for row in self.everything(path))
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix) and name != prefix]

    @staticmethod
    def _must(reply: Reply, path: bytes) -> None:
        assert reply.ok, (path, reply.status, reply.body)


def kind_and_name(row: t.Mapping[str, str]) -> tuple[str, bytes]:
    name = value_of(row, "name")
    kind = "implicit" if row.get("implicit") == "true" else row["type"]
    return kind, name.rstrip(b"/") if row["type"] == "dir" else name


def _pieces(body: bytes, size: int) -> t.Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]
