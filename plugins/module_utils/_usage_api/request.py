# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request of the Usage API before it is signed: what it asks for and sends, its encoding, and the error of a failed try.

Targets and action headers are names as bytes in, ASCII text out, exactly as signed and sent. Everything but letters, digits and
``- . _ ~`` is percent-encoded, in upper-case hex. Nothing that is left raw, and no escape that is written, may be rewritten on
the way by a correct proxy (RFC 3986, 6.2.2.2); the kits of the service do the same. Slashes and dots are name bytes and stay
where they are, also ``//``, ``.`` and ``..``.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from urllib.parse import quote_from_bytes, quote_plus

from .._model.errors import NetStorageError
from .._model.paths import SLASH

ACTION_HEADER = "X-Akamai-ACS-Action"
# The documented methods (docs/usage-api.md#methods); the service takes PUT and POST alike for all that changes something.
METHODS = {
    "stat": "GET",
    "dir": "GET",
    "list": "GET",
    "du": "GET",
    "download": "GET",
    "upload": "PUT",
    "mkdir": "PUT",
    "rmdir": "PUT",
    "delete": "PUT",
    "rename": "PUT",
    "symlink": "POST",
    "mtime": "POST",
    "quick-delete": "POST",
}
# The value of a parameter that follows behind the body (docs/usage-api.md#upload).
AT_END = "atend"
_OF_DIRECTORIES = frozenset({"dir", "list", "du", "mkdir", "rmdir", "quick-delete"})
# What needs no encoding: most names and all keywords of the service. A fast path, because encoding is slow.
_PLAIN_PATH = re.compile(rb"[A-Za-z0-9\-._~/]*\Z").match
_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*\Z").match

Value = t.Union[str, int, bytes]


class Reader(t.Protocol):
    """The reading half of a binary file."""

    def read(self, size: int, /) -> bytes:
        ...


class Content(t.Protocol):
    """The content of an upload: its size is known, and it can be read again for another try.

    size    bytes
    sha256  lower-case hex digest; the service stores nothing where it does not match. None until the content has been read to
            its end: then it is sent as a trailer, so that large content is read only once
    data    the bytes of small content: head and body then go out in one write. None for large content
    """

    size: int
    sha256: str | None
    data: bytes | None

    def md5_now(self) -> str | None:
        """The md5 of what was sent, lower-case hex. Needed only if it is unknown whether the content was stored; None if it has
        changed since."""

    def open(self) -> t.ContextManager[Reader]:
        """Read from the beginning. Each try opens anew; a changed file raises SourceChanged here, while reading or at the end."""


class Request(t.NamedTuple):
    """``path`` is asked for as it stands, with the slash for a directory where one is needed.

    at_end  what follows behind the body beside its sha256; None where everything is said before it
    head    only the head of the response is asked for
    """

    action: str
    path: bytes
    parameters: tuple[tuple[str, Value], ...] = ()
    content: Content | None = None
    extra: tuple[tuple[str, str], ...] = ()
    at_end: t.Optional[tuple[tuple[str, Value], ...]] = None
    head: bool = False

    @property
    def method(self) -> str:
        return "HEAD" if self.head else METHODS[self.action]

    @property
    def subject(self) -> bytes:
        """The path as users write it: without the slash that asks for a directory."""
        return self.path[:-1] if self.action in _OF_DIRECTORIES and self.path.endswith(SLASH) else self.path


@dataclasses.dataclass(eq=False)
class RequestFailed(Exception):
    """One try failed. Stays inside this room; ``error`` is what the caller gets when there is no other try.

    passing   another try may succeed
    doubtful  the service may have carried the request out, although it did not confirm it
    lost      there was no response from the service: it may still carry the request out, later
    foreign   the response did not come from the service
    stale     the connection had been closed while it was idle: not a failure of the service, so not counted as one
    pause     seconds that the service asked to wait, None where it did not
    signed    when the try was signed, seconds since the epoch by the local clock
    """

    error: NetStorageError
    passing: bool = False
    doubtful: bool = False
    lost: bool = False
    foreign: bool = False
    stale: bool = False
    pause: float | None = None
    signed: float = 0.0


def target(path: bytes) -> str:
    """The request target of an absolute path: each segment percent-encoded, slashes kept."""
    return path.decode("ascii") if _PLAIN_PATH(path) else quote_from_bytes(path, safe="/")


def directory_path(path: bytes) -> bytes:
    """The path that asks for a directory. The service adds the final slash itself and takes one as a separator, so only
    a directory whose own name ends in a slash needs one more: ``new/`` is asked for as ``new//`` (user guide).
    """
    return path + SLASH if path.endswith(SLASH) else path


def action_header(action: str, parameters: t.Iterable[tuple[str, Value]] = ()) -> str:
    """The value of ``X-Akamai-ACS-Action``. Values are form-encoded: a slash is ``%2F``, a blank ``+``."""
    return f"version=1&action={action}" + "".join([f"&{name}={_form(value)}" for name, value in parameters])


def _form(value: Value) -> str:
    if isinstance(value, int) or (isinstance(value, str) and _PLAIN(value)):
        return str(value)
    return quote_plus(value if isinstance(value, bytes) else str(value), safe="")
