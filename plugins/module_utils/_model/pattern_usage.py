# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which patterns that a task gave match anything at all, and which nearly do.

A pattern has matched when a name that was looked at matches it, whatever decided about the entry in the end: another pattern,
another option, or that nothing differs. So each entry is shown to all patterns that have matched nothing yet. It is enough to
show it by itself, since the directories above it were shown before.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
import unicodedata

from .pattern_regex import entry_expression
from .pattern_syntax import Pattern, Token, quoted

_TOGETHER = 16  # patterns of one regular expression, which is made anew when one of them has matched
_AT_ONCE = 500  # names that are looked at together
_TRIES = 200  # names that looked near and were not, until a pattern is only asked whether it matches
_TOLD = 10  # notes
_EDGES = ("/ ", " /", " \n", "/\t", "\t/", "\t\n")
_BLANKS = " \t\u00a0\u200b\u200c\u200d\u2060\ufeff"


class _Loose(t.NamedTuple):
    """What may be overlooked: blanks around components, the Unicode form, and with ``re.I`` the case."""

    blanks: bool
    form: bool
    flags: int


_ALL = _Loose(True, True, re.I)
_HOW = {
    "upper and lower case": _Loose(False, False, re.I),
    "a blank": _Loose(True, False, 0),
    "the Unicode form": _Loose(False, True, 0),
    "case, blanks or the Unicode form": _ALL,
}


@dataclasses.dataclass(eq=False)
class _Watched:
    """A pattern that has matched nothing yet. ``near`` is the text of a key that nearly matches, but for ``how``."""

    option: str
    pattern: Pattern
    near: str = ""
    how: str = ""
    tries: int = _TRIES

    @property
    def looks_around(self) -> bool:
        return not self.near and self.tries > 0


class PatternUsage:
    """The patterns of some options, each held against names until one matches.

    Names are collected, and all patterns are asked about some hundreds of them at a time: hardly ever is a pattern both unmatched
    and anywhere near one of them, and to find that out takes next to no time for each name.

    Args:
        given: by option, its patterns in their order.
        at_once: how many names are looked at together.
    """

    def __init__(self, given: t.Mapping[str, t.Iterable[Pattern]], at_once: int = _AT_ONCE) -> None:
        self._watched = [_Watched(option, one) for option, patterns in given.items() for one in dict.fromkeys(patterns)]
        self._groups = [*_in_groups(self._watched, True), *_in_groups(self._watched, False)]
        self._names: list[str] = []
        self._at_once = at_once

    def observe(self, text: str) -> None:
        """Show an entry, by the text of its key: a directory has a slash at the end."""
        self._names.append(text)
        if len(self._names) >= self._at_once:
            self._look()

    def _look(self) -> None:
        names, self._names = self._names, []
        if not self._groups:
            return
        lines = _in_lines(names)
        odd = [] if _is_plain(lines, len(names)) else [name for name in names if not _is_plain(_in_lines([name]), 1)]
        folded = lines.lower()
        for group in self._groups:
            for name in names if group.may_concern(folded, lines) else odd:
                group.show(name)
        self._groups = [group for group in self._groups if group.watched]

    def unmatched(self) -> dict[str, list[str]]:
        """By option, the patterns that matched nothing, in the order in which they were given."""
        found: dict[str, list[str]] = {}
        for one in self._waiting():
            found.setdefault(one.option, []).append(one.pattern.text)
        return found

    def notes(self) -> list[str]:
        """What a user should hear of: patterns that matched nothing, although a name is nearly as they say."""
        near = [one for one in self._waiting() if one.near]
        notes = [
            f"{one.option}: {quoted(one.pattern.text)} matched nothing; {quoted(one.near)} would match but for {one.how}"
            for one in near[:_TOLD]
        ]
        if len(near) > _TOLD:
            notes.append(f"{len(near) - _TOLD} more patterns nearly match a name and matched nothing: see unmatched_patterns")
        return notes

    def _waiting(self) -> list[_Watched]:
        self._look()
        waiting = {one for group in self._groups for one in group.watched}
        return [one for one in self._watched if one in waiting]


def _in_lines(names: t.Sequence[str]) -> str:
    """Each between a slash and a line end."""
    return "\n/".join(["", *names, ""])


def _is_plain(lines: str, count: int) -> bool:
    """Whether folding would change nothing but the case of the names, and none of them has a line end."""
    if not lines.isascii() or lines.count("\n") != count + 1:
        return False
    return not (" " in lines or "\t" in lines) or not any(edge in lines for edge in _EDGES)


class _Needles(t.NamedTuple):
    """What stands in lines of names, each between a slash and a line end, if a pattern is to match one of them."""

    runs: tuple[str, ...]
    ends: tuple[str, ...]

    def are_in(self, lines: str) -> bool:
        return all(run in lines for run in self.runs) and any(end in lines for end in self.ends)


class _Group:
    """Some patterns, all of them anchored or none."""

    def __init__(self, watched: list[_Watched], anchored: bool) -> None:
        self.watched = watched
        self._anchored = anchored
        self._made()

    def _made(self) -> None:
        around = [_around(one.pattern) for one in self.watched if one.looks_around]
        settled = [one.pattern for one in self.watched if not one.looks_around]
        self._near = entry_expression(around, re.I).match if around else None
        self._exact = entry_expression([one.pattern for one in self.watched]).match if self.watched else None
        self._near_needles = [_needles(pattern, str.lower) for pattern in around]
        self._exact_needles = [_needles(pattern, str) for pattern in settled]

    def may_concern(self, folded: str, lines: str) -> bool:
        """Whether a pattern may match or nearly match one of the names in these lines, or in the same in lower case."""
        return any(one.are_in(folded) for one in self._near_needles) or any(one.are_in(lines) for one in self._exact_needles)

    def show(self, text: str) -> None:
        name = text if self._anchored else text[text.rfind("/", 0, -1) + 1 :]
        near = self._near is not None and self._near(_folded(name, _ALL)) is not None
        if near or (self._exact is not None and self._exact(name) is not None):
            self._ask_each(name, text)

    def _ask_each(self, name: str, text: str) -> None:
        count, around = len(self.watched), sum(one.looks_around for one in self.watched)
        self.watched = [one for one in self.watched if entry_expression([one.pattern]).match(name) is None]
        for one in self.watched:
            if one.looks_around:
                one.how = _difference(one.pattern, name)
                one.near = text if one.how else ""
                one.tries -= 1
        if (count, around) != (len(self.watched), sum(one.looks_around for one in self.watched)):
            self._made()


def _in_groups(watched: t.Iterable[_Watched], anchored: bool) -> t.Iterator[_Group]:
    same = [one for one in watched if one.pattern.anchored is anchored]
    for first in range(0, len(same), _TOGETHER):
        yield _Group(same[first : first + _TOGETHER], anchored)


def _needles(pattern: Pattern, spelled: t.Callable[[str], str]) -> _Needles:
    """Wildcards part what has to be there. A slash behind stars may be part of them."""
    runs = ["\n/" if pattern.anchored else "/"]
    for token in pattern.tokens:
        if token.kind not in ("char", "slash"):
            runs.append("")
        elif token.kind == "char" or runs[-1]:
            runs[-1] += token.value
    last = spelled(runs[-1])
    ends = (f"{last}/\n",) if pattern.directory_only else (f"{last}\n", f"{last}/\n")
    return _Needles(tuple(spelled(run) for run in runs if run), ends)


def _difference(pattern: Pattern, name: str) -> str:
    """What keeps the name from matching, empty where it is more than that."""
    for how, loose in _HOW.items():
        if entry_expression([_loosened(pattern, loose)], loose.flags).match(_folded(name, loose)) is not None:
            return how
    return ""


def _folded(text: str, loose: _Loose) -> str:
    if loose.blanks:
        text = "/".join(part.strip(_BLANKS) for part in text.split("/"))
    return unicodedata.normalize("NFC", text) if loose.form else text


def _loosened(pattern: Pattern, loose: _Loose) -> Pattern:
    """The pattern for names that are folded in the same way."""
    tokens: t.Sequence[Token] = pattern.tokens
    if loose.blanks:
        tokens = _without_blanks(tokens)
    if loose.form and not pattern.text.isascii():
        tokens = list(_composed(tokens))
    return pattern._replace(tokens=tuple(tokens))


def _around(pattern: Pattern) -> Pattern:
    """Loosened in every way, and with anything for a negated set, which would be smaller where case does not count."""
    loose = _loosened(pattern, _ALL)
    tokens = (Token("one", "?", "?") if token.value.startswith("[^") else token for token in loose.tokens)
    return loose._replace(tokens=tuple(tokens))


def _without_blanks(tokens: t.Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in (*tokens, Token("slash", "/", "/")):
        if token.kind == "slash":
            while kept and _is_blank(kept[-1]):
                kept.pop()
        if not (_is_blank(token) and (not kept or kept[-1].kind == "slash")):
            kept.append(token)
    return kept[:-1]


def _is_blank(token: Token) -> bool:
    return token.kind == "char" and token.value in _BLANKS


def _composed(tokens: t.Sequence[Token]) -> t.Iterator[Token]:
    """With the characters between two wildcards in the composed form."""
    text = ""
    for token in (*tokens, Token("slash", "", "")):
        if token.kind == "char":
            text += token.value
            continue
        yield from (Token("char", sign, sign) for sign in unicodedata.normalize("NFC", text))
        text = ""
        if token.value:
            yield token
