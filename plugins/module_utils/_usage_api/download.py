# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``download``: the content of a file, or its beginning, or what is missing of it.

All parts of a file are of one version of the object: they come in one response, or in several that are proved to belong
together, by the same strong ETag or by a digest of the whole that the caller compares. A strong ETag stands for one sequence of
bytes (RFC 9110, 8.8.3).
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from .._http.transport import Response
from .._model.errors import BadReply, ObjectChanged, Refused
from .error_mapping import refuse_coding
from .request import Request, RequestFailed
from .sender import Sender
from .xml_parser import Truncated

_NO_SUCH_RANGE = 416
_BLOCK = 1_048_576
# A strong ETag, and one of ObjectStore, which has the MD5 of the content in it and the time at which it was stored
# (docs/usage-api.md#download). The ETags of other stores are opaque.
_STRONG = re.compile(r'"[\x21\x23-\x7e]{1,200}"\Z')
_WITH_MD5 = re.compile(r'"([0-9A-Fa-f]{32}):[0-9]{1,19}(?:\.[0-9]{1,19})?"\Z')
_RANGE = re.compile(r"bytes\s*([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)\Z", re.I)

T = t.TypeVar("T")


class Sink(t.Protocol):
    """Where the content of a file is written to, block by block.

    at       how many bytes of it are there
    version  the strong ETag of the object that all of them are of, None where that is not known
    """

    at: int
    version: str | None

    def write(self, block: bytes) -> None:
        ...

    def restart(self) -> None:
        """Discard what is there."""

    def belongs_to(self, version: str | None) -> None:
        """The version of the object whose bytes will be written next. Called while the sink is empty."""


def download(sender: Sender, path: bytes, limit: int | None = None) -> bytes:
    """The content of a file, or its first ``limit`` bytes. NotFound. A server without support for ranges sends everything: the
    rest is not read."""
    if limit is None:
        return sender.ask(Request("download", path), _whole)
    return _piece(sender, path, 0, limit, b"", lambda response: response.read(limit))


def piece_digest(sender: Sender, path: bytes, offset: int, length: int) -> str:
    """The sha256 of ``length`` bytes of a file from ``offset`` on, of fewer where it ends before. One response, however large.
    NotFound."""
    nothing = hashlib.sha256().hexdigest()
    return _piece(sender, path, offset, length, nothing, lambda response: _digest_of(response, length))


def etag(sender: Sender, path: bytes) -> str | None:
    """The strong ETag of a file, by a request for the head alone; None where it has none. NotFound."""
    return sender.ask(Request("download", path, head=True), lambda response: strong(response.header("ETag")))


def _piece(sender: Sender, path: bytes, offset: int, length: int, nothing: T, read: t.Callable[[Response], T]) -> T:
    if length <= 0:
        return nothing
    request = Request("download", path, extra=(("Range", f"bytes={offset}-{offset + length - 1}"),))

    def read_part(response: Response) -> T:
        _begin_part(response, offset)
        return read(response)

    try:
        return sender.ask(request, read_part)
    except Refused as error:
        if error.status == _NO_SUCH_RANGE:  # an empty file has no first byte
            return nothing
        raise


def digest(sender: Sender, path: bytes, expected: int) -> tuple[int, str]:
    """Size and sha256 of the content of a file as it is downloaded, without keeping it. NotFound; BadReply where it is longer
    than ``expected``, the size that it should have."""
    return sender.ask(Request("download", path), lambda response: _digested(response, expected))


def fetch(sender: Sender, path: bytes, size: int, into: Sink, digested: bool) -> None:
    """Writes the content of a file of this size to ``into``, in blocks, after what is there of it already. After a broken
    connection the download continues with the missing bytes, if these are proved to be of the same version: by a strong ETag, or
    because the caller compares the digest of the whole (``digested``). NotFound; ObjectChanged where there are more or fewer
    bytes. Errors of the sink are passed on."""
    _Fetching(sender, path, size, into, digested).run()


class _Fetching:
    """Downloads one file, in as many ranges as it takes."""

    def __init__(self, sender: Sender, path: bytes, size: int, into: Sink, digested: bool) -> None:
        self._sender, self._path, self._size, self._into = sender, path, size, into
        self._digested = digested
        self._moved = 0

    def run(self) -> None:
        """All that is there counts as moved, what an earlier run has left too."""
        try:
            self._fetch()
        finally:
            self._sender.moved(-self._moved)

    def _fetch(self) -> None:
        into, patience = self._into, self._sender.patience()
        if into.at >= self._size and into.at and not self._digested:
            into.restart()  # all bytes are there, and no response will tell of which version
        furthest = into.at
        while into.at < self._size:
            if into.at and into.version is None and not self._digested:
                into.restart()
            before = into.at
            try:
                self._sender.once(self._call(before), self._read, fresh=patience.fresh)
            except RequestFailed as failure:
                if failure.error.status == _NO_SUCH_RANGE and before:
                    into.restart()
                    continue
                if into.at - furthest >= _BLOCK:
                    furthest = into.at
                    patience = self._sender.patience()  # there is progress, so the count of retries starts anew
                patience.after(failure)

    def _call(self, start: int) -> Request:
        if not start:
            return Request("download", self._path)
        extra = [("Range", f"bytes={start}-")]
        if self._into.version is not None:
            extra.append(("If-Range", self._into.version))
        return Request("download", self._path, extra=tuple(extra))

    def _read(self, response: Response) -> None:
        refuse_coding(response)
        self._begin(response)
        for chunk in response.chunks(_BLOCK):
            if self._into.at + len(chunk) > self._size:
                raise self._changed(f"the response has more than the {self._size} bytes")
            self._into.write(chunk)
            self._sender.moved(self._into.at - self._moved)
            self._moved = self._into.at
        if self._into.at < self._size:
            raise Truncated(f"The response ends after {self._into.at} of {self._size} bytes")

    def _begin(self, response: Response) -> None:
        """Checks that the response continues what is there."""
        into, version = self._into, strong(response.header("ETag"))
        if response.status == 206:
            first, total = _placed(response)
            if first != into.at:
                raise BadReply(f"The response begins at byte {first}, and {into.at} was asked for")
        elif response.status == 200:
            into.restart()
            total = response.header("Content-Length") or "*"
        else:
            raise BadReply(f"The response has the status {response.status} instead of content")
        if total.isdecimal() and len(total) < 19 and int(total) != self._size:
            raise self._changed(f"it has {total} bytes, and {self._size} were listed")
        if not into.at:
            into.belongs_to(version)
        elif into.version not in (None, version):
            into.restart()
            raise Truncated("The file changed between two ranges")

    def _changed(self, why: str) -> ObjectChanged:
        return ObjectChanged(f"The content is not as listed: {why}", path=self._path, action="download")


def _placed(response: Response) -> tuple[int, str]:
    """The first byte of a range, and the size of the whole."""
    placed = response.header("Content-Range") or ""
    found = _RANGE.match(placed.strip())
    if found is None:
        raise BadReply(f"The response has the range {placed[:40]!r}")
    return int(found.group(1)), found.group(2)


def _digested(response: Response, expected: int) -> tuple[int, str]:
    _complete(response)
    size, sha256 = 0, hashlib.sha256()
    for chunk in response.chunks(_BLOCK):
        size += len(chunk)
        if size > expected:  # it may have no end
            raise BadReply(f"The response has more than the {expected} bytes of the file")
        sha256.update(chunk)
    return size, sha256.hexdigest()


def _whole(response: Response) -> bytes:
    _complete(response)
    return b"".join(response.chunks(_BLOCK))


def _complete(response: Response) -> None:
    refuse_coding(response)
    if response.status != 200:
        raise BadReply(f"The response has the status {response.status} instead of the whole file")


def _begin_part(response: Response, offset: int) -> None:
    """Checks that the response begins at ``offset``."""
    refuse_coding(response)
    if response.status == 206:
        placed = response.header("Content-Range") or ""
        if not placed.replace(" ", "").lower().startswith(f"bytes{offset}-"):
            raise BadReply(f"The response has the range {placed[:40]!r}, and the request was for bytes from {offset}")
    elif response.status != 200:
        raise BadReply(f"The response has the status {response.status} instead of content")
    else:
        _skip(response, offset)


def _digest_of(response: Response, length: int) -> str:
    sha256, left = hashlib.sha256(), length
    while left and (block := response.read(min(left, _BLOCK))):
        sha256.update(block)
        left -= len(block)
    return sha256.hexdigest()


def _skip(response: Response, count: int) -> None:
    """Skips the beginning of a whole file, which a server without support for ranges sends."""
    while count and (passed := len(response.read(min(count, _BLOCK)))):
        count -= passed


def strong(tag: str | None) -> str | None:
    """An ETag, None where it is weak, empty or missing.

    >>> strong('"5-6b"'), strong('W/"5-6b"')
    ('"5-6b"', None)
    """
    return tag if tag is not None and _STRONG.match(tag) else None


def md5_in(tag: str | None) -> str | None:
    """The MD5 that is part of an ETag, in lower-case hex; None where there is none.

    >>> md5_in('"0cc175b9c0f1b6a831c399e269772661:1557051565.08561"')
    '0cc175b9c0f1b6a831c399e269772661'
    """
    found = _WITH_MD5.match(tag) if tag is not None else None
    return found.group(1).lower() if found is not None else None
