# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long pages are: as far as what a run has made is longer than one. Pure, but for the four questions."""

from __future__ import annotations

import typing as t

from . import words
from .asker import Asker, Unanswered
from .budget import Spent
from .questions import UTF8
from .rounds import UNLIKE
from .scenes import Ask, Finding, Reply

_MOST = 1000  # what is asked for where the longest page is looked for
_SIZE, _LARGEST = "the rows of a page where nothing is said", "the rows of the longest page"
ASKED = (("page_size", _SIZE), ("max_page", _LARGEST))
_DEFAULTS = {"list": "1000", "dir": "unlimited"}
"""What the emulator does by default: a half of its knob that is not known."""


class Pages(t.NamedTuple):
    """What two pages of one directory tell: the first of a listing without and with a number of rows.

    size     rows of a page, None where all that there is was on one or the longest page is not longer
    longest  rows of the longest page, None where all that there is was on one
    rows     what a page has at least
    """

    size: int | None
    longest: int | None
    rows: int


def pages_of(usual: Reply, largest: Reply) -> Pages:
    """As they come without a number of rows, and with a large one."""
    longest = len(largest.rows) if largest.resume is not None else None
    size = len(usual.rows) if usual.resume is not None and len(usual.rows) != longest else None
    return Pages(size, longest, max(len(usual.rows), len(largest.rows)))


def findings(asker: Asker, work: bytes, without: t.Container[str]) -> list[Finding]:
    """Of both knobs, asked where most objects of a run are. Raises Stopped."""
    before, found = asker.budget.sent, {}
    try:
        for action in ("list", "dir"):
            if action not in without:
                found[action] = pages_of(*(asker.ask(_ask(action, work, more), work) for more in ((), (("max_entries", _MOST),))))
    except (Unanswered, Spent) as error:
        requests = asker.budget.sent - before
        return [
            Finding(name, asked, True, None, f"not known: not answered ({error})", (), requests)
            for name, asked in ASKED
        ]
    requests = asker.budget.sent - before
    return [_size(found, requests), _longest(found, requests)]


def _ask(action: str, work: bytes, more: tuple[tuple[str, t.Any], ...]) -> Ask:
    ranged = (("mtime_all", "yes"), ("end", work[1:] + b"0")) if action == "list" else ()
    return Ask(action, action, "/" if action == "list" else "", words.read_status, (*UTF8, *ranged, *more))


def _size(found: t.Mapping[str, Pages], requests: int) -> Finding:
    halves = {action: pages.size for action, pages in found.items()}
    known = {action: size for action, size in halves.items() if size is not None}
    seen = tuple(f"{action}: {size if size is not None else f'at least {found[action].rows}'}" for action, size in halves.items())
    if len(known) == len(_DEFAULTS):
        first, second = known["list"], known["dir"]
        return Finding("page_size", _SIZE, True, first if first == second else f"{first}/{second}", "", seen, requests)
    likely = "/".join(str(known.get(action, usual)) for action, usual in _DEFAULTS.items()) if known else None
    why = "not known: a run does not make as many objects as are on a page" if not known else "known in part"
    return Finding("page_size", _SIZE, True, None, why, seen, requests, likely)


def _longest(found: t.Mapping[str, Pages], requests: int) -> Finding:
    cut = {pages.longest for pages in found.values() if pages.longest is not None}
    seen = tuple(f"{action}: {pages.longest or f'at least {pages.rows}'}" for action, pages in found.items())
    if not cut:
        why = "not known: no page was shorter than what was asked for"
        return Finding("max_page", _LARGEST, True, None, why, seen, requests)
    longest = min(cut)
    is_one = len(cut) == 1 and all(pages.rows <= longest for pages in found.values())
    return Finding("max_page", _LARGEST, True, longest if is_one else None, "" if is_one else UNLIKE, seen, requests)
