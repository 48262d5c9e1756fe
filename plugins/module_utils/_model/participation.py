# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which entries of a stream take part, directories among them."""

from __future__ import annotations

import typing as t

from .entries import Entry, Kind, Withheld
from .filters import Filter


def taking_part(entries: t.Iterable[Entry | Withheld], taken: Filter) -> t.Iterator[Entry | Withheld]:
    """With includes, a directory comes only if it is matched or something below it takes part.

    All else must have been asked of the filter already; of directories only what ``enters`` says.
    """
    waiting: list[Entry] = []
    for entry in entries:
        while waiting and not entry.key.startswith(waiting[-1].key):
            waiting.pop()
        if isinstance(entry, Entry) and entry.kind is Kind.DIRECTORY and not taken.takes(entry.key):
            waiting.append(entry)
            continue
        yield from waiting
        waiting.clear()
        yield entry
