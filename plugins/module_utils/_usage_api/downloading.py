# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""``download``: the content of a file, or its beginning, or what is missing of it."""

from __future__ import annotations

import hashlib
import re
import typing as t

from .._model.errors import BadReply, ObjectChanged, Refused
from .calls import Call, Trouble
from .pages import refuse_coding
from .replies import Truncated
from .sending import Sender
from .transport import Answer

_NO_SUCH_RANGE = 416
_BLOCK = 1_048_576
_RANGE = re.compile(r"bytes\s*([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)\Z", re.I)


class Sink(t.Protocol):
    """Where a file goes, block by block. ``at``: how many bytes of it are there."""

    at: int

    def write(self, block: bytes) -> None:
        ...

    def restart(self) -> None:
        """Forget what is there."""


def download(sender: Sender, path: bytes, limit: int | None) -> bytes:
    """A server that does not do ranges sends everything: the rest is not read."""
    if limit is None:
        return sender.ask(Call("download", path), _whole)
    return piece(sender, path, 0, limit)


def piece(sender: Sender, path: bytes, offset: int, length: int) -> bytes:
    """``length`` bytes from ``offset`` on, fewer where the file ends before."""
    if length <= 0:
        return b""
    call = Call("download", path, extra=(("Range", f"bytes={offset}-{offset + length - 1}"),))
    try:
        return sender.ask(call, lambda answer: _part(answer, offset, length))
    except Refused as error:
        if error.status == _NO_SUCH_RANGE:  # an empty file has no first byte
            return b""
        raise


def digest(sender: Sender, path: bytes, expected: int) -> tuple[int, str]:
    """Size and sha256 of what a download brings; nothing of it is kept. BadReply for more than the ``expected`` bytes."""
    return sender.ask(Call("download", path), lambda answer: _digested(answer, expected))


def fetch(sender: Sender, path: bytes, size: int, into: Sink) -> None:
    """Brings what is missing of a file with ``size`` bytes. A connection that breaks costs only what had not come."""
    _Fetching(sender, path, size, into).run()


class _Fetching:
    """Of one file, in as many ranges as it takes. What was there before is of no known version: who asks compares digests."""

    def __init__(self, sender: Sender, path: bytes, size: int, into: Sink) -> None:
        self._sender, self._path, self._size, self._into = sender, path, size, into
        self._version: str | None = None

    def run(self) -> None:
        patience = self._sender.patience()
        while self._into.at < self._size:
            before = self._into.at
            try:
                self._sender.once(self._call(before), self._read, fresh=patience.fresh)
            except Trouble as trouble:
                if trouble.error.status == _NO_SUCH_RANGE and before:
                    self._into.restart()
                    continue
                if self._into.at - before >= _BLOCK:
                    patience = self._sender.patience()  # it goes on, so its tries are not used up
                patience.after(trouble)

    def _call(self, start: int) -> Call:
        if not start:
            return Call("download", self._path)
        extra = [("Range", f"bytes={start}-")]
        if self._version is not None and self._version.startswith('"'):  # a weak one proves nothing about ranges
            extra.append(("If-Range", self._version))
        return Call("download", self._path, extra=tuple(extra))

    def _read(self, answer: Answer) -> None:
        refuse_coding(answer)
        self._begin(answer)
        for chunk in answer.chunks(_BLOCK):
            if self._into.at + len(chunk) > self._size:
                raise self._changed(f"the answer goes on behind the {self._size} bytes")
            self._into.write(chunk)
        if self._into.at < self._size:
            raise Truncated(f"The answer ends after {self._into.at} of {self._size} bytes")

    def _begin(self, answer: Answer) -> None:
        """Makes sure that what comes belongs behind what is there."""
        version, self._version = self._version, answer.header("ETag")
        if answer.status == 206:
            first, total = _placed(answer)
            if first != self._into.at:
                raise BadReply(f"The answer begins at byte {first}, and {self._into.at} was asked for")
        elif answer.status == 200:
            self._into.restart()
            total = answer.header("Content-Length") or "*"
        else:
            raise BadReply(f"The answer has the status {answer.status} instead of content")
        if total.isdecimal() and int(total) != self._size:
            raise self._changed(f"it has {total} bytes, and {self._size} were listed")
        if answer.status == 206 and version is not None and self._version != version:
            self._into.restart()
            raise Truncated("The file changed between two ranges")

    def _changed(self, why: str) -> ObjectChanged:
        return ObjectChanged(f"The content is not as listed: {why}", path=self._path, action="download")


def _placed(answer: Answer) -> tuple[int, str]:
    """The first byte of a range, and the size of the whole."""
    placed = answer.header("Content-Range") or ""
    found = _RANGE.match(placed.strip())
    if found is None:
        raise BadReply(f"The answer has the range {placed[:40]!r}")
    return int(found.group(1)), found.group(2)


def _digested(answer: Answer, expected: int) -> tuple[int, str]:
    _complete(answer)
    size, sha256 = 0, hashlib.sha256()
    for chunk in answer.chunks(_BLOCK):
        size += len(chunk)
        if size > expected:  # it may have no end
            raise BadReply(f"The answer goes on behind the {expected} bytes of the file")
        sha256.update(chunk)
    return size, sha256.hexdigest()


def _whole(answer: Answer) -> bytes:
    _complete(answer)
    return b"".join(answer.chunks(_BLOCK))


def _complete(answer: Answer) -> None:
    refuse_coding(answer)
    if answer.status != 200:
        raise BadReply(f"The answer has the status {answer.status} instead of the whole file")


def _part(answer: Answer, offset: int, length: int) -> bytes:
    refuse_coding(answer)
    if answer.status == 206:
        placed = answer.header("Content-Range") or ""
        if not placed.replace(" ", "").lower().startswith(f"bytes{offset}-"):
            raise BadReply(f"The answer has the range {placed[:40]!r}, and what was asked for begins at {offset}")
    elif answer.status != 200:
        raise BadReply(f"The answer has the status {answer.status} instead of content")
    else:
        _skip(answer, offset)
    return answer.read(length)


def _skip(answer: Answer, count: int) -> None:
    """This server does not do ranges."""
    while count:
        passed = len(answer.read(min(count, _BLOCK)))
        count = count - passed if passed else 0
