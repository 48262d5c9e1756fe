# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What ns_find looks for, with the meaning that each word has in ``ansible.builtin.find``."""

from __future__ import annotations

import fnmatch
import re
import typing as t

from .entries import Entry, Kind
from .errors import BadOptions
from .paths import SLASH, basename, decoded

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


class Bound(t.NamedTuple):
    """At least so much, or with ``most`` at most so much."""

    number: int
    most: bool

    def holds(self, number: float) -> bool:
        return number <= self.number if self.most else number >= self.number


class Names:
    """A list of shell patterns or regular expressions, of which one must match the last component of a name."""

    def __init__(self, option: str, texts: t.Sequence[str], use_regex: bool) -> None:
        self._patterns = [_compiled(option, text, use_regex) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def match(self, name: bytes) -> bool:
        text = decoded(basename(name.rstrip(SLASH)))
        return any(pattern.match(text) for pattern in self._patterns)


class Criteria:
    """All of it as one question. Raises BadOptions for words that mean nothing."""

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
        self._patterns = Names("patterns", patterns, use_regex)
        self._excludes = Names("excludes", excludes, use_regex)
        self._is_of_type = _TYPES[file_type]
        self._size = _bound("size", size, _SIZE, _BYTES, "10k, 1m or -500b")
        self._age = _bound("age", age, _AGE, _SECONDS, "3d, 2h or -1w")
        self._now = now

    def take(self, entry: Entry) -> bool:
        if not self._is_of_type(entry) or self._excludes.match(entry.name):
            return False
        if self._patterns and not self._patterns.match(entry.name):
            return False
        return self._has_size(entry) and self.has_age(entry)

    def _has_size(self, entry: Entry) -> bool:
        """Only files have one; what has none is not held back."""
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
        raise BadOptions(f"{option}: {text!r} is no {option}", hint=f"Write a number and a unit, such as {such_as}.")
    sign, number, unit = match.groups()
    return Bound(int(number) * units[unit.lower()], bool(sign))


def _compiled(option: str, text: str, use_regex: bool) -> re.Pattern[str]:
    if not text:
        raise BadOptions(f"{option}: there is an empty pattern", hint="Remove it; an empty variable may have made it.")
    if not use_regex and "/" in text:
        raise BadOptions(
            f"{option}: {text!r} has a slash, and only the last component of a name is compared",
            hint="Say with path where to look.",
        )
    try:
        return re.compile(text if use_regex else fnmatch.translate(text), re.S if not use_regex else 0)
    except re.error as error:
        raise BadOptions(f"{option}: {text!r} is no regular expression ({error})") from error
