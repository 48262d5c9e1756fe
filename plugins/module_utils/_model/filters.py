# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns on names, applied alike to the wanted and to the present tree.

The rules are those of ``.gitignore`` without negation: ``*`` and ``?`` stay within a segment, ``[a-z]`` is a class, ``**`` spans
segments; a pattern without a slash matches the name at any depth, one with a slash is anchored at the top; a slash at the
end means directories only; a match on a directory covers everything below it. ``pattern_syntax`` reads them.
"""

from __future__ import annotations

import typing as t

from .entries import Entry, Kind, Withheld
from .include_reach import IncludeReach
from .paths import decoded
from .pattern_regex import expression
from .pattern_syntax import NOWHERE, Pattern, Places, parse_pattern, refuse_absolute
from .pattern_usage import PatternUsage


class Patterns:
    """A list of patterns as one question: does this name match any of them?

    Args:
        patterns: as they were given, or read already.
        option: what messages call them.
        places: what they are relative to.

    Raises:
        BadOptions: a pattern can match nothing; the hint says what would.
    """

    def __init__(self, patterns: t.Iterable[str | Pattern], option: str = "patterns", places: Places = NOWHERE) -> None:
        self.parsed = tuple(parse_pattern(one, option) if isinstance(one, str) else one for one in patterns)
        for one in self.parsed:
            refuse_absolute(one, option, places)
        self.search = expression(self.parsed).match if self.parsed else None

    def __bool__(self) -> bool:
        return self.search is not None

    def match(self, key: bytes) -> bool:
        """``key`` is a name, with a slash at the end for a directory."""
        return self.search is not None and self.search(decoded(key)) is not None


class Filter:
    """Which entries take part: those that match an include (or there is none) and match no exclude.

    Args:
        include, exclude: patterns as they were given, or read already.
        pattern_usage: gets to see each entry that is asked about. A filter that has none and no patterns need not be asked.
    """

    def __init__(
        self,
        include: t.Iterable[str | Pattern] = (),
        exclude: t.Iterable[str | Pattern] = (),
        pattern_usage: PatternUsage | None = None,
    ) -> None:
        self.include = Patterns(include, "include")
        self.exclude = Patterns(exclude, "exclude")
        self.pattern_usage = pattern_usage
        self.everything = not self.include and not self.exclude and pattern_usage is None
        self._included, self._excluded = self.include.search, self.exclude.search
        self._reach = IncludeReach(self.include.parsed, lambda parsed: Patterns(parsed).match)

    def takes(self, key: bytes) -> bool:
        """Whether the entry with this key takes part by itself."""
        text = decoded(key)  # once for all, since this is asked about each name of a large tree
        if self.pattern_usage is not None:
            self.pattern_usage.observe(text)
        if self._excluded is not None and self._excluded(text) is not None:
            return False
        return self._included is None or self._included(text) is not None

    def enters(self, key: bytes) -> bool:
        """Whether anything below the directory with this key can take part. An exclude covers all below it; anchored includes
        leave out what lies elsewhere."""
        text = decoded(key)
        if self.pattern_usage is not None:
            self.pattern_usage.observe(text)
        if self._excluded is not None and self._excluded(text) is not None:
            return False
        return self._reach.has(key) or self.include.match(key)


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
