# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One admitted request as the actions see it, and the parsing of its parameters."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from . import xml
from .accounts import Account
from .exchange import Answered, Exchange
from .history import Reader
from .keys import Location
from .knobs import Knobs
from .objects import StoredObject
from .reply import Reply, bad_request
from .store import Store

if TYPE_CHECKING:
    from .service import Service

LARGEST = 2**63 - 1


@functools.lru_cache(maxsize=1024)
def parse_action(header: bytes) -> Mapping[bytes, bytes]:
    """Ordinary query-string rules (GUID-2E0A31D1): any order, ``+`` is a blank, an empty part at the end is fine."""
    parts = [part.partition(b"=") for part in header.split(b"&")]
    if b"%" not in header and b"+" not in header:
        return MappingProxyType({name: value for name, _equals, value in parts if name})
    return MappingProxyType({name: unquote_to_bytes(value.replace(b"+", b" ")) for name, _equals, value in parts if name})


def whole_number(params: Mapping[bytes, bytes], name: bytes, lowest: int = 0) -> int | None:
    """A parameter that is a number; None if it was not sent."""
    value = params.get(name)
    if value is None:
        return None
    if not value.isdigit() or len(value) > 19 or not lowest <= int(value) <= LARGEST:
        raise Answered(bad_request(f"{name.decode()} is not a number that can be used here"))
    return int(value)


def encoding_of(params: Mapping[bytes, bytes]) -> bytes:
    """The encoding of the XML answer; 400 for one that is not supported (OAS errors/400)."""
    known = xml.ENCODINGS.get(params.get(b"encoding", b"").lower())
    if known is None:
        raise Answered(bad_request("unsupported encoding"))
    return known


@dataclass(slots=True)
class Call:
    """An authenticated request for a path the account may use."""

    service: Service
    store: Store
    knobs: Knobs
    account: Account
    location: Location
    params: Mapping[bytes, bytes]
    exchange: Exchange

    @property
    def key(self) -> bytes:
        return self.location.key

    @property
    def reader(self) -> Reader:
        fault = self.exchange.fault
        return self.store.reader(fault.effect.stale_ms if fault is not None else 0)

    def encoding(self) -> bytes:
        return encoding_of(self.params)

    def number(self, name: bytes, lowest: int = 0) -> int | None:
        return whole_number(self.params, name, lowest)

    def done(self, text: bytes) -> Reply:
        """A change that worked: 200 with its text on the wire, 204 without in the documents (knob)."""
        return Reply(200, text) if self.knobs.success_status == 200 else Reply(204)

    def listed(self, entry: StoredObject) -> StoredObject:
        """The object as a listing knows it: without its MD5 if the knob ``list_md5`` says so."""
        return entry if self.knobs.list_md5 == "yes" else entry._replace(md5=None)

    def present(self, key: bytes) -> StoredObject | None:
        """What the store really holds; changes never work on a stale view."""
        return self.store.index.get(key)
