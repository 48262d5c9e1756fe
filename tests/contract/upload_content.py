# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content to upload that is at hand."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import typing as t


@dataclasses.dataclass
class Bytes:
    """What the client's ``upload`` takes. ``data`` None makes it send in blocks."""

    body: bytes
    sha256: str = ""
    data: bytes | None = b""

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or hashlib.sha256(self.body).hexdigest()
        self.data = None if self.data is None else self.body

    @property
    def size(self) -> int:
        return len(self.body)

    def md5_now(self) -> str:
        return hashlib.md5(self.body).hexdigest()

    @contextlib.contextmanager
    def open(self) -> t.Iterator[io.BytesIO]:
        yield io.BytesIO(self.body)
