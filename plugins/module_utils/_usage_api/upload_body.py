# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an upload sends: something with a known size and digest that can be read again for another try."""

from __future__ import annotations

import typing as t


class Reader(t.Protocol):
    """The reading half of a binary file."""

    def read(self, size: int, /) -> bytes:
        ...


class Content(t.Protocol):
    """size    bytes
    sha256  lower-case hex digest; the service stores nothing where it does not match. None as long as nobody has read the
            content to its end: then it follows behind the body, so that a large content is read only once
    data    the bytes themselves, where they are few: head and body then go out in one write. None for large contents
    """

    @property
    def size(self) -> int:
        ...

    @property
    def sha256(self) -> str | None:
        ...

    @property
    def data(self) -> bytes | None:
        ...

    def md5_now(self) -> str | None:
        """The md5 of what was sent, lower-case hex. Asked for only where nobody knows whether it was stored; None where
        it has changed since."""

    def open(self) -> t.ContextManager[Reader]:
        """Read from the beginning. Each try opens anew; a changed file raises SourceChanged here, while reading or at the end."""
