# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong on purpose: the kinds of faults, their fields, and what each field may hold.

These tables are the only place where they are written down: the fault plan is checked against them, and
``netstorage-emulator faults`` prints the tables of docs/emulator.md from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

REQUIRED = object()
READS = ("stat", "dir", "list", "du", "download")
CHANGES = ("upload", "mkdir", "rmdir", "delete", "quick-delete", "rename", "symlink", "mtime")
PURGES = ("ccu:invalidate", "ccu:delete", "ccu:rate-limit-status")
ALL_PURGES = "ccu:*"
CONFIG = "config:"
EDGES = ("edge:get", "edge:head")
ALL_EDGES = "edge:*"
PAGES = ("list", "dir")
ROWS = ("stat", "dir", "list")
LONGEST_MS = 10**7
_CONFIG_ACTION = re.compile(r"config:(?:\*|(?:GET|PUT|POST|DELETE|\*) [/*][!-~]*)").fullmatch
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*").fullmatch


class BadFault(ValueError):
    """A fault, or a plan of them, that cannot be understood; the text names the field and what it may hold."""


Check = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a rule. ``allowed`` says in words what ``check`` lets through; a default may be something else."""

    name: str
    allowed: str
    check: Check
    default: object = REQUIRED

    def parsed(self, owner: str, given: Mapping[str, object]) -> object:
        if self.name not in given:
            if self.default is REQUIRED:
                raise BadFault(f"{owner} needs {self.name}: {self.allowed}")
            return self.default
        value = given[self.name]
        if not (value is None and self.default is None) and not self.check(value):
            raise BadFault(f"{self.name} of {owner} is {self.allowed}, not {value!r}")
        return value


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does to a request; a field that its kind does not have keeps its default."""

    kind: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    done: bool = False
    when: str = ""
    how: str = ""
    ms: float | None = None
    bytes: int | None = None
    by: int = 1
    bytes_per_second: float = 0.0

    @property
    def variant(self) -> str:
        """The word behind the kind in the journal."""
        return self.when or self.how or (str(self.status) if self.status else "")

    @property
    def is_late(self) -> bool:
        return self.kind == "late"

    @property
    def stale_ms(self) -> float:
        return self.ms or 0 if self.kind == "stale" else 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``actions`` are those that it can be injected into (by ``how`` if that matters); none stands for all."""

    name: str
    fields: tuple[Field, ...]
    seen: str
    actions: tuple[str, ...] = ()
    actions_by_how: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def effect(self, given: Mapping[str, object]) -> Effect:
        owner = f"a fault of kind {self.name}"
        found = Effect(self.name, **{one.name: one.parsed(owner, given) for one in self.fields})  # type: ignore[arg-type]
        if found.done and found.when in ("before_body", "in_body"):
            raise BadFault(f"done of {owner} can be true only when it is before_answer or in_answer: until then the "
                           f"request has not arrived")
        return found

    def actions_of(self, effect: Effect) -> tuple[str, ...]:
        return self.actions_by_how.get(effect.how, self.actions)

    @property
    def can_be_done(self) -> bool:
        return any(one.name == "done" for one in self.fields)


def number(lowest: float, highest: float = 2**63 - 1, whole: bool = True) -> Check:
    """A number in these bounds; True and False are none. What no computer counts to is not added to anything either."""
    kinds = (int,) if whole else (int, float)
    return lambda value: type(value) in kinds and lowest <= value <= highest  # type: ignore[operator]


def _is_text(value: object) -> bool:
    """Whether it can be sent: JSON can escape half of a character."""
    return isinstance(value, str) and all(not "\ud800" <= sign <= "\udfff" for sign in value)


def word(*words: str) -> Check:
    return lambda value: value in words


def _is_action(value: object) -> bool:
    return value in _ACTIONS or (isinstance(value, str) and _CONFIG_ACTION(value) is not None)


def _is_header(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(text, str) and _HEADER_NAME(name) and _HEADER_VALUE(text)
        for name, text in value.items())


def _is_nth(value: object) -> bool:
    first = number(1)
    return first(value) or (isinstance(value, list) and bool(value) and all(map(first, value)))


def _words(name: str, *words: str) -> Field:
    return Field(name, f"one of {', '.join(words)}", word(*words))


_ACTIONS = (*READS, *CHANGES, *PURGES, ALL_PURGES, *EDGES, ALL_EDGES)
_NUMBER_FROM_1 = "a number from 1"
_DONE = Field("done", "true or false", lambda value: isinstance(value, bool), False)
_BYTES = Field("bytes", "a number from 0, or null for half", number(0), None)
_MILLISECONDS = f"milliseconds above 0, at most {LONGEST_MS}"
_IS_MILLISECONDS = number(0.001, LONGEST_MS, whole=False)

SELECTION: tuple[Field, ...] = (
    Field("action", f"one of {', '.join(_ACTIONS)}, config:<method> <path glob>, config:*, or null for all", _is_action, None),
    Field("path", "a glob on the request target, or null for all", _is_text, None),
    Field("probability", "a number from 0 to 1, or null", number(0, 1, whole=False), None),
    Field("nth", "a number from 1, a list of such, or null", _is_nth, None),
    Field("skip", "a number from 0", number(0), 0),
    Field("times", "a number from 1, or null for ever", lambda value: value is None or number(1)(value), 1),
)

KINDS: tuple[Kind, ...] = (
    Kind("status", (
        Field("status", "a number from 200 to 599", number(200, 599)),
        Field("headers", "an object of header names and texts", _is_header, {}),
        Field("body", "a text", _is_text, ""), _DONE),
        "an answer with this status, these headers and this text"),
    Kind("refuse", (Field("ms", _MILLISECONDS, _IS_MILLISECONDS), _DONE),
         "its connection is reset before the answer, and for so long every new connection is refused (HTTP and HTTPS); "
         "connections that are open stay"),
    Kind("reset", (_words("when", "before_body", "in_body", "before_answer", "in_answer"), _DONE, _BYTES),
         "the connection is reset: when the head of the request is there, after `bytes` of its body, instead of the "
         "answer, or after `bytes` of the answer's body (of its head, if it has no body)"),
    Kind("late", (_words("how", "delayed", "accepted"), Field("ms", _MILLISECONDS, _IS_MILLISECONDS)),
         "the connection is reset instead of the answer, and nothing is done; `ms` later the operation is carried out, on what "
         "is there then. `delayed`: the request comes so late, and is refused if its time is outside the clock window by "
         "then; `accepted`: it was let in when it came, and is carried out whatever its age", actions=CHANGES),
    Kind("hang", (Field("ms", f"{_MILLISECONDS}, or null for ever", _IS_MILLISECONDS, None), _DONE),
         "nothing, until the client goes; or, after so long, the answer if the operation was done, and the end of the "
         "connection if it was not"),
    Kind("trickle", (Field("bytes_per_second", "a number above 0", number(0.001, 1e9, whole=False)),),
         "the whole answer, head and body, at this speed"),
    Kind("truncate", (_words("how", "closed", "consistent"), _BYTES),
         "only `bytes` of the answer's body. `closed`: then the connection ends, and Content-Length tells of more; "
         "`consistent`: Content-Length tells of just these, as if that were all"),
    Kind("content_length", (_words("how", "larger", "smaller"), Field("by", _NUMBER_FROM_1, number(1), 1)),
         "the whole body under a wrong Content-Length; the connection stays open as if nothing were wrong"),
    Kind("digest", (_words("how", "row", "body"),),
         "`row`: wrong `md5` attributes; `body`: one wrong byte in what is downloaded",
         actions_by_how={"row": ROWS, "body": ("download", EDGES[0])}),
    Kind("marker", (_words("how", "repeat", "back", "cycle", "outside", "gone"),),
         "a `<resume>` that leads to this page again (`repeat`), to the page before (`back`), from a later "
         "page to the first (`cycle`), out of the range (`outside`); or a right one that is answered 404 once (`gone`)",
         actions=PAGES),
    Kind("disorder", (), "the first and the last row of a page in each other's place", actions=PAGES),
    Kind("flicker", (_words("how", "appear", "vanish"),),
         "a row more, of a file `…!appeared` that nobody stored; or the middle row of the page left out", actions=PAGES),
    Kind("stale", (Field("ms", _MILLISECONDS, _IS_MILLISECONDS),),
         "the store as it was so long ago, as far as it changed since the rule was given",
         actions=("stat", "dir", "list", "download")),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


def _spelled(one: Field) -> str:
    default = "" if one.default is REQUIRED else f" = `{json.dumps(one.default)}`"
    return f"`{one.name}`{default} ({one.allowed})"


def markdown() -> str:
    """The table of docs/emulator.md."""
    lines = ["| kind | its fields | actions | what the client sees |", "| --- | --- | --- | --- |"]
    for kind in KINDS:
        actions = ", ".join(kind.actions) or "all"
        if kind.actions_by_how:
            actions = "; ".join(f"`{how}`: {', '.join(names)}" for how, names in kind.actions_by_how.items())
        lines.append(f"| `{kind.name}` | {', '.join(map(_spelled, kind.fields)) or 'none'} | {actions} | {kind.seen} |")
    return "\n".join(lines)
