# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns as one regular expression, which takes linear time on any name."""

from __future__ import annotations

import itertools
import re
import typing as t

from .pattern_syntax import Pattern, Token

_ANY_DIRECTORIES = "(?:.*?/)?"
_SOME_DIRECTORIES = ".*?/"


def expression(patterns: t.Iterable[Pattern]) -> re.Pattern[str]:
    """Matches the text of a key (a directory has its slash) where a pattern matches the entry or a directory above it.

    It is for ``match``, and need not match up to the end. There must be a pattern.
    """
    names = (f"n{number}" for number in itertools.count())
    inner: dict[tuple[bool, bool], list[str]] = {}
    for pattern in patterns:
        inner.setdefault((pattern.anchored, pattern.directory_only), []).append(_whole(pattern, names))
    depths = []
    for anchored, start in ((True, ""), (False, "(?:.*/)?")):
        kinds = [
            f"(?:{'|'.join(inner[anchored, directory_only])}){ending}"
            for directory_only, ending in ((True, "/"), (False, "(?:/|\\Z)"))
            if (anchored, directory_only) in inner
        ]
        if kinds:
            depths.append(f"{start}(?:{'|'.join(kinds)})")
    return re.compile("|".join(depths), re.S)


def entry_expression(patterns: t.Sequence[Pattern], flags: int = 0) -> re.Pattern[str]:
    """Matches where a pattern matches the entry by itself, as a whole.

    It is for the text of a key where the patterns are anchored, and for the last component of it where none is.
    """
    names = (f"n{number}" for number in itertools.count())
    kinds = []
    for directory_only, ending in ((True, "/\\Z"), (False, "/?\\Z")):
        inner = [_whole(pattern, names) for pattern in patterns if pattern.directory_only is directory_only]
        if inner:
            kinds.append(f"(?:{'|'.join(inner)}){ending}")
    return re.compile("|".join(kinds), re.S | flags)


def _whole(pattern: Pattern, names: t.Iterator[str]) -> str:
    if pattern.tokens and not pattern.anchored and all(token.kind == "stars" for token in pattern.tokens):
        return ".*" if pattern.tokens[0].raw == "**" else "[^/]+"
    return _Translation(pattern, names).text


class _Translation:
    """Runs are parted by ``**`` as a whole component, segments of a run by slashes, and parts of a segment by ``*``."""

    def __init__(self, pattern: Pattern, names: t.Iterator[str]) -> None:
        self._names = names
        self._runs = [("", "")]
        self._segment = [("", "")]
        self._may_be_empty = False
        tokens = pattern.tokens
        skips = False
        for at, token in enumerate(tokens):
            if skips:  # the slash belongs to the wildcard before it
                skips = False
            elif token.kind == "stars" and pattern.anchored and _spans(tokens, at):
                skips = self._spanned(tokens[at + 1 :])
            else:
                self._plain(token)
        self._end_segment("")
        self.text = _joined(self._runs, names)

    def _spanned(self, behind: t.Sequence[Token]) -> bool:
        """A wildcard that spans components; whether the slash behind it is part of it."""
        inside = self._segment != [("", "")] or self._may_be_empty
        if not behind:
            self._end_segment(".*" if inside else ".+")
            return False
        self._end_segment("")
        may_be_none = behind[0].raw == "/"
        self._may_be_empty = inside and may_be_none  # behind a slash there is always a name
        self._runs.append((_ANY_DIRECTORIES if may_be_none else _SOME_DIRECTORIES, ""))
        return True

    def _plain(self, token: Token) -> None:
        if token.kind == "stars":
            # No segment is empty: without that, a/* would match a/ itself.
            first = self._segment == [("", "")] and not self._may_be_empty
            self._segment.append(("(?=[^/])[^/]*" if first else "[^/]*", ""))
        elif token.kind == "slash":
            self._end_segment("/")
        else:
            sign = "[^/]" if token.kind == "one" else f"(?!/){token.value}" if token.kind == "set" else re.escape(token.value)
            wildcard, text = self._segment[-1]
            self._segment[-1] = (wildcard, text + sign)

    def _end_segment(self, ending: str) -> None:
        wildcard, text = self._runs[-1]
        self._runs[-1] = (wildcard, text + _joined(self._segment, self._names) + ending)
        self._segment, self._may_be_empty = [("", "")], False


def _spans(tokens: t.Sequence[Token], at: int) -> bool:
    """Whether stars are a component of their own. git takes the beginning of a pattern, up to its first wildcard or backslash,
    off before it looks, so stars directly behind that begin a component as well."""
    if len(tokens[at].raw) < 2:
        return False
    before, behind = tokens[:at], tokens[at + 1 : at + 2]
    if behind and behind[0].kind != "slash":
        return False
    plain = all(token.kind in ("char", "slash") and len(token.raw) == 1 for token in before)
    return plain or before[-1].kind == "slash"


def _joined(parts: t.Sequence[tuple[str, str]], names: t.Iterator[str]) -> str:
    """Wildcards, each with what comes behind it; the first has no wildcard.

    Where another wildcard follows, that is taken where it comes first and never looked for again: whatever lies behind, the
    next one can swallow. Otherwise ``*-*-*.js`` would try a name of thousands of dashes for hours. (Python 3.9 has no
    atomic groups; something that is looked ahead for and then quoted is one.)
    """
    texts = ["".join(parts[0])]
    for wildcard, behind in parts[1:-1]:
        name = next(names)
        lazy = wildcard if wildcard == _SOME_DIRECTORIES else f"{wildcard}?"
        texts.append(f"(?=(?P<{name}>{lazy}{behind}))(?P={name})")
    if len(parts) > 1:
        texts += parts[-1]
    return "".join(texts)
