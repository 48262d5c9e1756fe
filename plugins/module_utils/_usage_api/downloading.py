# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""``download``: the content of a file, or its beginning."""

from __future__ import annotations

import hashlib

from .._model.errors import BadReply, Refused
from .calls import Call
from .pages import refuse_coding
from .sending import Sender
from .transport import Answer

_NO_SUCH_RANGE = 416
_BLOCK = 1_048_576


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
