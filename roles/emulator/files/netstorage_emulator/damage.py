# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers whose content is wrong on purpose. What is wrong with them is the fault's and nothing else: lengths agree."""

from __future__ import annotations

import re

from .bodies import BodyReader, MemoryReader
from .fault_kinds import Effect
from .faults import Injection, instead
from .reply import XML, Reply

_DIGEST = re.compile(rb'(?<= md5=")[0-9a-f](?=[0-9a-f]{31}")')  # no value holds a quote: xml.py escapes it


class DamagedReader:
    """A body with one byte that is not the true one."""

    def __init__(self, body: BodyReader, place: int) -> None:
        self._body = body
        self._place = place

    def read(self, start: int, length: int) -> bytes:
        data = self._body.read(start, length)
        at = self._place - start
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:] if 0 <= at < len(data) else data

    def close(self) -> None:
        self._body.close()


def damaged(fault: Injection, reply: Reply) -> Reply:
    """The answer as the fault leaves it; untouched if there is nothing in it that this fault could damage."""
    effect = fault.effect
    if effect.kind == "status":
        return _replaced(fault, reply)
    changed = reply
    if effect.kind == "digest":
        changed = _with_wrong_rows(reply) if effect.how == "row" else _with_wrong_byte(reply)
    elif effect.kind == "truncate" and effect.how == "consistent":
        changed = cut(reply, effect)
    if changed is not reply:
        fault.strike()
    return changed


def _replaced(fault: Injection, reply: Reply) -> Reply:
    fault.strike()
    if reply.stream is not None:
        reply.stream.close()
    return instead(fault.effect)._replace(note=reply.note)


def _with_wrong_rows(reply: Reply) -> Reply:
    if reply.content_type != XML or not _DIGEST.search(reply.body):
        return reply
    return reply._replace(body=_DIGEST.sub(lambda found: b"%x" % ((int(found[0], 16) + 1) % 16), reply.body))


def _with_wrong_byte(reply: Reply) -> Reply:
    if reply.status not in (200, 206) or reply.stream is None or not reply.length:
        return reply
    return reply._replace(stream=DamagedReader(reply.stream, reply.start + reply.length // 2))


def cut(reply: Reply, effect: Effect) -> Reply:
    """The answer with only the beginning of its body; the same answer if that would be all of it."""
    wanted = reply.content_length // 2 if effect.bytes is None else effect.bytes
    if wanted >= reply.content_length:
        return reply
    return reply._replace(length=wanted) if reply.stream is not None else reply._replace(body=reply.body[:wanted])


def opened(reply: Reply) -> tuple[BodyReader, int]:
    """The body of an answer as something to read from, and where it begins there."""
    return (MemoryReader(reply.body), 0) if reply.stream is None else (reply.stream, reply.start)
