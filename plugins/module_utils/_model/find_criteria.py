# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ns_find looks for, with the words of ``ansible.builtin.find``. Patterns are those of all options (docs/patterns.md)."""

from __future__ import annotations

import functools
import re
import typing as t

from .entries import Entry, Kind
from .errors import BadOptions
from .paths import decoded
from .pattern_regex import entry_expression
from .pattern_syntax import Pattern, parse_pattern
from .pattern_usage import PatternUsage

_SIZE = re.compile(r"(-?)([0-9]+)([bkmgt]?)\Z", re.I)
_AGE = re.compile(r"(-?)([0-9]+)([smhdw]?)\Z", re.I)
_BYTES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TYPES: dict[str, t.Callable[[Entry], bool]] = {
    "any": lambda entry: True,
    "file": lambda entry: entry.kind is Kind.FILE,
    "directory": lambda entry: entry.kind is Kind.DIRECTORY,
    "link": lambda entry: entry.kind is Kind.SYMLINK,
    "implicit": lambda entry: entry.implicit,
}
Given = t.Mapping[str, t.Sequence[str]]
Match = t.Callable[[str], object]
"""Whether the last component of a name matches."""


class Bound(t.NamedTuple):
    """At least so much, or with ``most`` at most so much."""

    number: int
    most: bool

    def holds(self, number: float) -> bool:
        return number <= self.number if self.most else number >= self.number


class ExpressionUsage:
    """Which regular expressions of some options have matched nothing yet. What would be near one of them nobody can tell."""

    def __init__(self, given: t.Mapping[str, t.Iterable[re.Pattern[str]]]) -> None:
        self._waiting = [(option, pattern) for option, patterns in given.items() for pattern in dict.fromkeys(patterns)]

    def observe(self, text: str) -> None:
        """Show an entry, by the text of its key."""
        if self._waiting:
            name = last_component(text)
            self._waiting = [(option, pattern) for option, pattern in self._waiting if not pattern.match(name)]

    def unmatched(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for option, pattern in self._waiting:
            found.setdefault(option, []).append(pattern.pattern)
        return found

    def notes(self) -> list[str]:
        return []


def _names(given: Given) -> tuple[list[Match | None], PatternUsage]:
    """Shell patterns: for each option whether one of them matches, None where it has none; and which have matched nothing."""
    parsed = {option: [_parsed(option, text) for text in texts] for option, texts in given.items()}
    return [entry_expression(patterns).match if patterns else None for patterns in parsed.values()], PatternUsage(parsed)


def _expressions(given: Given) -> tuple[list[Match | None], ExpressionUsage]:
    """The same with regular expressions."""
    compiled = {option: [_compiled(option, text) for text in texts] for option, texts in given.items()}
    return [functools.partial(_matches_one, one) if one else None for one in compiled.values()], ExpressionUsage(compiled)


def _matches_one(patterns: t.Iterable[re.Pattern[str]], text: str) -> bool:
    return any(pattern.match(text) for pattern in patterns)


def last_component(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2]


class Criteria:
    """All criteria together. Raises BadOptions for invalid values."""

    def __init__(
        self,
        patterns: t.Sequence[str],
        excludes: t.Sequence[str],
        use_regex: bool,
        file_type: str,
        size: str | None,
        age: str | None,
        now: float,
    ) -> None:
        """``now``: seconds since the epoch, from which an age counts."""
        given = {"patterns": patterns, "excludes": excludes}
        self.pattern_usage: PatternUsage | ExpressionUsage
        (self._wanted, self._left_out), self.pattern_usage = (_expressions if use_regex else _names)(given)
        self._is_of_type = _TYPES[file_type]
        self._size = _bound("size", size, _SIZE, _BYTES, "10k, 1m or -500b")
        self._age = _bound("age", age, _AGE, _SECONDS, "3d, 2h or -1w")
        self._now = now

    def take(self, entry: Entry) -> bool:
        return self._has_name(entry) and self._is_of_type(entry) and self._has_size(entry) and self.has_age(entry)

    def _has_name(self, entry: Entry) -> bool:
        if self._wanted is None and self._left_out is None:
            return True
        text = decoded(entry.name)
        self.pattern_usage.observe(text)
        name = last_component(text)
        if self._left_out is not None and self._left_out(name):
            return False
        return self._wanted is None or bool(self._wanted(name))

    def _has_size(self, entry: Entry) -> bool:
        """Only files have a size; entries without one are not filtered out."""
        return self._size is None or entry.size is None or self._size.holds(entry.size)

    def has_age(self, entry: Entry) -> bool:
        """What has no time, such as an implicit directory, is neither old nor new."""
        if self._age is None:
            return True
        return entry.mtime is not None and not entry.implicit and self._age.holds(self._now - entry.mtime)


def _bound(
    option: str, text: str | None, form: re.Pattern[str], units: t.Mapping[str, int], such_as: str
) -> Bound | None:
    if text is None:
        return None
    match = form.match(text.strip())
    if match is None:
        raise BadOptions(f"{option}: {text!r} is not a valid {option}", hint=f"Write a number and a unit, such as {such_as}.")
    sign, number, unit = match.groups()
    return Bound(int(number) * units[unit.lower()], bool(sign))


def _parsed(option: str, text: str) -> Pattern:
    _refuse_empty(option, text)
    if "/" in text:
        raise BadOptions(
            f"{option}: {text!r} has a slash, and only the last component of a name is compared",
            hint="Set path to the directory to search.",
        )
    return parse_pattern(text, option)


def _compiled(option: str, text: str) -> re.Pattern[str]:
    _refuse_empty(option, text)
    try:
        return re.compile(text)
    except re.error as error:
        raise BadOptions(f"{option}: {text!r} is not a regular expression ({error})") from error


def _refuse_empty(option: str, text: str) -> None:
    if not text:
        raise BadOptions(f"{option}: there is an empty pattern", hint="Remove it; an empty variable may have made it.")
