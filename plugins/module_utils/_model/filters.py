# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patterns on names, applied alike to the wanted and to the present tree.

The rules are those of ``.gitignore`` without negation: ``*`` and ``?`` stay within a segment, ``[a-z]`` is a class, ``**`` spans
segments; a pattern without a slash matches the name at any depth, one with a slash is anchored at the top; a slash at the
end means directories only; a match on a directory covers everything below it.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from .entries import Entry, Kind, Withheld
from .errors import BadOptions
from .include_reach import IncludeReach
from .paths import decoded

_TOKENS = re.compile(
    r"(?P<any>(?:^|(?<=/))\*\*/)|(?P<tail>/\*\*\Z)|(?P<stars>\*+)|(?P<one>\?)|(?P<set>\[(?:!?\][^\]/]*|![^\]/]+|[^\]/!][^\]/]*)\])|(?P<lit>.)",
    re.S,
)
_MEMBER = re.compile(r"(.)-(.)|.", re.S)


class Patterns:
    """A list of patterns as one question: does this name match any of them?"""

    def __init__(self, patterns: t.Iterable[str], option: str = "patterns") -> None:
        self.texts = tuple(patterns)
        names = (f"n{number}" for number in itertools.count())
        self._regex = re.compile("|".join(_regex(text, option, names) for text in self.texts), re.S) if self.texts else None

    def __bool__(self) -> bool:
        return self._regex is not None

    def match(self, key: bytes) -> bool:
        """``key`` is a name, with a slash at the end for a directory."""
        return self._regex is not None and self._regex.match(decoded(key)) is not None


class Filter:
    """Which entries take part: those that match an include (or there is none) and match no exclude."""

    def __init__(self, include: t.Iterable[str] = (), exclude: t.Iterable[str] = ()) -> None:
        self.include = Patterns(include, "include")
        self.exclude = Patterns(exclude, "exclude")
        self.everything = not self.include and not self.exclude
        self._reach = IncludeReach(self.include.texts, lambda texts: Patterns(texts, "include").match)

    def takes(self, key: bytes) -> bool:
        """Whether the entry with this key takes part by itself."""
        return not self.exclude.match(key) and (not self.include or self.include.match(key))

    def enters(self, key: bytes) -> bool:
        """Whether anything below the directory with this key can take part. An exclude covers all below it; anchored includes
        leave out what lies elsewhere."""
        return not self.exclude.match(key) and (self._reach.has(key) or self.include.match(key))


def _regex(text: str, option: str, names: t.Iterator[str]) -> str:
    body = text.rstrip("/") if text != "/" else ""
    if not body.strip("/"):
        raise BadOptions(f"{option}: the pattern {text!r} is empty", hint="Remove it; an empty variable may have made it.")
    if body.startswith("!"):
        raise BadOptions(f"{option}: {text!r} asks for a negation, and there is none", hint="Say with include what takes part.")
    anchored = "/" in body
    directory_only = text.endswith("/")
    inner = _translated(body.lstrip("/") if anchored else body, option, names)
    # A pattern such as /** or a/** ends in its own "everything below".
    ending = "/.*" if directory_only else "(?:/.*)?"
    return f"(?:{'' if anchored else '(?:.*/)?'}{inner}{ending})\\Z"


def _translated(body: str, option: str, names: t.Iterator[str]) -> str:
    """``names``: for groups of the expression."""
    if body == "**":
        return ".*"
    runs, segment = [""], [("", "")]
    for token in _TOKENS.finditer(body):
        kind, text = token.lastgroup, token.group()
        if kind == "stars":
            # No segment is empty: without that, a/* would match a/ itself.
            segment.append(("(?=[^/])[^/]*" if segment == [("", "")] else "[^/]*", ""))
        elif kind in ("any", "tail") or text == "/":
            runs[-1] += _joined(segment, names) + {"any": "", "tail": "/.+"}.get(kind or "", "/")
            runs += [""] if kind == "any" else []
            segment = [("", "")]
        else:
            sign = "[^/]" if kind == "one" else _class(text, option) if kind == "set" else re.escape(text)
            segment[-1] = (segment[-1][0], segment[-1][1] + sign)
    runs[-1] += _joined(segment, names)
    return _joined([("", runs[0]), *(("(?:.*?/)?", run) for run in runs[1:])], names)


def _joined(parts: t.Sequence[tuple[str, str]], names: t.Iterator[str]) -> str:
    """Wildcards, each with what comes behind it; the first has no wildcard.

    Where another wildcard follows, that is taken where it comes first and never looked for again: whatever lies behind, the
    next one can swallow. Otherwise ``*-*-*.js`` would try a name of thousands of dashes for hours. (Python 3.9 has no
    atomic groups; something that is looked ahead for and then quoted is one.)
    """
    texts = [parts[0][1]]
    for wildcard, behind in parts[1:-1]:
        name = next(names)
        texts.append(f"(?=(?P<{name}>{wildcard}?{behind}))(?P={name})")
    if len(parts) > 1:
        texts += parts[-1]
    return "".join(texts)


def _class(text: str, option: str) -> str:
    negated = text.startswith("[!")
    members: list[str] = []
    for member in _MEMBER.finditer(text[2 if negated else 1 : -1]):
        low, high = member.groups()
        if low is None:
            members.append(re.escape(member.group()))
        elif low <= high:
            members.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            raise BadOptions(f"{option}: the range {low}-{high} in {text!r} runs backwards")
    return f"(?!/)[{'^' if negated else ''}{''.join(members)}]"


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
