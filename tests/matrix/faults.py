# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault that a task can meet, made from the requests that it sends when nothing goes wrong."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.edgeops.netstorage.tests.contract.deviations import EXCUSES, READS

Fault = dict[str, t.Any]

STATUSES = (403, 404, 409, 412, 423, 429, 500, 502, 503, 504, 509)
ALMOST = (201, 202, 203, 205, 206, 226, 299)  # no error, and not what says that a change is done
PAGES = (200, 403, 404, 409)
_PORTAL = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>\n"
_FOREIGN = {"Server": "SomeProxy/1.0"}
_LATE_MS = 60
_ROWS = frozenset({"stat", "dir", "list"})
_PAGES = frozenset({"dir", "list"})
_REFUSED_MS = 20


def faults(sent: t.Mapping[str, int], chance: random.Random) -> t.Iterator[Fault]:
    """One after the other, for a task that sends so many requests of each action."""
    for action, count in sorted(sent.items()):
        for fault in _of(action):
            yield {**fault, "action": action, "nth": chance.randint(1, count)}
            if fault["kind"] not in ("hang", "trickle", "refuse"):
                yield {**fault, "action": action, "times": None}
    for seed in range(4):
        yield {"kind": "status", "status": chance.choice([500, 503]), "probability": 0.3, "skip": seed}
        yield {"kind": "reset", "when": "before_answer", "done": bool(seed % 2), "probability": 0.3, "skip": seed}


def _of(action: str) -> t.Iterator[Fault]:
    changes = action not in READS
    for status in STATUSES:
        yield {"kind": "status", "status": status}
        if changes:
            yield {"kind": "status", "status": status, "done": True}
    for fault in _doubtful():
        yield fault
        if changes:
            yield {**fault, "done": True}
    yield {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    yield from _broken(changes, action == "upload")
    if not changes:
        yield from _mangled(action)
    if action in _PAGES:
        for how in ("repeat", "back", "cycle", "outside", "gone"):
            yield {"kind": "marker", "how": how}
        yield {"kind": "disorder"}
        for how in ("appear", "vanish"):
            yield {"kind": "flicker", "how": how}


def _doubtful() -> t.Iterator[Fault]:
    """Answers that are not the service's word, or are no word for done."""
    for status in ALMOST:
        yield {"kind": "status", "status": status}
    for status in PAGES:
        for foreign in ({}, _FOREIGN):
            yield {"kind": "status", "status": status, "headers": {"Content-Type": "text/html", **foreign}, "body": _PORTAL}
    for status in (404, 409):
        yield {"kind": "status", "status": status, "headers": _FOREIGN}


def _broken(changes: bool, has_body: bool) -> t.Iterator[Fault]:
    """The connection breaks, with the operation done, not done, or done afterwards."""
    yield {"kind": "refuse", "ms": _REFUSED_MS}
    yield {"kind": "reset", "when": "before_body"}
    if has_body:
        yield {"kind": "reset", "when": "in_body"}
    for done in (False, True) if changes else (False,):
        yield {"kind": "reset", "when": "before_answer", "done": done}
        yield {"kind": "reset", "when": "in_answer", "done": done, "bytes": 3}
        yield {"kind": "hang", "done": done}
    for how in ("delayed", "accepted") if changes else ():
        yield {"kind": "late", "how": how, "ms": _LATE_MS}
    yield {"kind": "trickle", "bytes_per_second": 3000}


def _mangled(action: str) -> t.Iterator[Fault]:
    """The answer of a read is not what it should be."""
    for how in ("closed", "consistent"):
        yield {"kind": "truncate", "how": how}
        yield {"kind": "truncate", "how": how, "bytes": 0}
    for how in ("larger", "smaller"):
        yield {"kind": "content_length", "how": how, "by": 7}
    if action == "download":
        yield {"kind": "digest", "how": "body"}
    if action in _ROWS:
        yield {"kind": "digest", "how": "row"}
    if action != "du":
        yield {"kind": "stale", "ms": 60_000}


def is_a_lie(fault: Fault) -> bool:
    """Whether the service then tells, in a complete and valid answer, what is not so: no client can know that."""
    return any(excuse.is_lie and excuse.fits(fault) for excuse in EXCUSES)


def is_hidden_above(fault: Fault) -> bool:
    """Whether a directory above what the account may see is left alone, and so perhaps not made explicit."""
    return any(not excuse.is_lie and excuse.fits(fault) for excuse in EXCUSES)


def is_a_page(fault: Fault) -> bool:
    return fault.get("body") == _PORTAL


def spelled(fault: Fault) -> str:
    """``upload reset in_body`` and what else there is to it, for the name of a trial."""
    first = [str(fault[name]) for name in ("action", "kind", "status", "when", "how") if name in fault]
    first += ["page"] if is_a_page(fault) else []
    shown = ("action", "kind", "status", "when", "how", "path", "body", "headers")
    first += [f"{name}: {value}" for name, value in fault.get("headers", {}).items() if name != "Content-Type"]
    rest = [f"{name}={value}" for name, value in sorted(fault.items()) if name not in shown]
    return " ".join(first + rest)
