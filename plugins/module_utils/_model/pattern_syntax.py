# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a pattern: the syntax of ``.gitignore``, character by character as git's wildmatch reads it.

What can match nothing is refused, with the spelling that would. docs/patterns.md shows where the collection differs from git;
``tests/unit/model/test_gitignore.py`` holds both the table and the rest, with ``git check-ignore`` as the oracle.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from .errors import BadOptions
from .paths import decoded, encoded, shown

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_ALTERNATIVES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MOST_SHOWN = 6
_SLASH = "/"


class Token(t.NamedTuple):
    """One part of a pattern.

    kind   char | one | set | stars | slash
    value  the character, or the members of a set as a regular expression
    raw    how it is written
    """

    kind: str
    value: str
    raw: str


class Pattern(t.NamedTuple):
    """One pattern.

    text            as it was given
    anchored        matches from the top and not at any depth
    directory_only  matches no files and links
    tokens          what stands between a slash at the beginning and one at the end
    """

    text: str
    anchored: bool
    directory_only: bool
    tokens: tuple[Token, ...]

    @property
    def normal(self) -> str:
        """One spelling for all that mean the same: without blanks at the end, and anchored ones with a slash first."""
        return _SLASH * self.anchored + "".join(token.raw for token in self.tokens) + _SLASH * self.directory_only


def parse_pattern(text: str, option: str) -> Pattern:
    """Read a pattern of ``option``.

    Raises:
        BadOptions: it can match nothing, or means something else than its author thinks. The hint has the right spelling.
    """
    trimmed = _without_trailing_blanks(text)
    directory_only = trimmed.endswith(_SLASH)
    body = trimmed[:-1] if directory_only else trimmed
    if not body.strip(_SLASH):
        raise BadOptions(f"{option}: the pattern {quoted(text)} is empty", hint="Remove it; an empty variable may have made it.")
    _refuse_lines(text, option)
    tokens = _tokens(body, text, option)
    anchored = any(token.kind == "slash" for token in tokens) or _SLASH in body
    _refuse_components(tokens, text, option, directory_only)
    if anchored and tokens[0].raw == _SLASH:
        del tokens[0]
    return Pattern(text, anchored, directory_only, tuple(tokens))


class Places(t.NamedTuple):
    """What patterns are relative to: the directory of the task on the service, with its CP code, and the one on this machine."""

    service: bytes = b""
    local: bytes = b""


NOWHERE = Places()


def refuse_absolute(pattern: Pattern, option: str, places: Places) -> None:
    """A pattern that begins with one of the places can match nothing below it.

    Raises:
        BadOptions: with the relative spelling. A local place of a single component may well be there twice, and is no reason.
    """
    given = [part for part in pattern.text.split(_SLASH) if part] if pattern.anchored else []
    service, local = _parts(places.service), _parts(places.local)
    for place, parts in ((places.service, service), (places.local, local)):
        beginning = parts and given[: len(parts)] == parts
        if beginning and (parts is service or (len(parts) > 1 and pattern.text.startswith(_SLASH))):
            rest = _SLASH.join(given[len(parts) :])
            spelled = f"/{rest}{_SLASH * pattern.directory_only}" if rest else "**"
            message = f"{option}: {quoted(pattern.text)} is absolute, and patterns are relative to {shown(place)}"
            raise BadOptions(message, hint=f"Write {quoted(spelled)}.")
    if service and given[:1] == service[:1]:
        raise BadOptions(
            f"{option}: {quoted(pattern.text)} begins with the CP code, and patterns are relative to {shown(places.service)}",
            hint=f"Write what comes below that. A name that is the number itself is written '/\\{given[0]}'.",
        )


def _parts(place: bytes) -> list[str]:
    return [decoded(part) for part in place.split(b"/") if part]


def literal(key: bytes) -> str:
    """The pattern for just this entry; a directory has a slash at the end."""
    text = decoded(key)
    parts = [re.sub(r"[*?\[\\{}]", r"\\\g<0>", part) for part in text.rstrip(_SLASH).split(_SLASH)]
    parts = [f"\\{part}" if part in ("", ".", "..") else part for part in parts]
    spelled = _SLASH + _SLASH.join(parts)
    if text.endswith(_SLASH):
        return spelled + _SLASH
    return f"{spelled[:-1]}\\ " if spelled.endswith(" ") else spelled


def quoted(text: str) -> str:
    """A pattern as one writes it in YAML."""
    printable = shown(encoded(text))
    return "'" + printable.replace("'", "''") + "'"


# -- what is refused


def _refuse_lines(text: str, option: str) -> None:
    if text.startswith("!"):
        raise BadOptions(
            f"{option}: {quoted(text)} asks for a negation, and there is none",
            hint=f"Say with include what takes part. A name that begins with ! is written {quoted(chr(92) + text)}.",
        )
    if text.startswith("#"):
        raise BadOptions(
            f"{option}: {quoted(text)} is a comment in .gitignore",
            hint=f"Remove it. A name that begins with # is written {quoted(chr(92) + text)}.",
        )
    if any(mark in text for mark in "\n\r\0"):
        raise BadOptions(
            f"{option}: {quoted(text)} has a line break or a NUL in it",
            hint="Write each pattern as an element of its own. In place of a line break that is part of a name stands a ?.",
        )


def _refuse_components(tokens: t.Sequence[Token], text: str, option: str, directory_only: bool) -> None:
    """No name has a component that is empty, ``.`` or ``..``, unless somebody means it: then it is written with a backslash."""
    parts = _components(tokens)
    from_the_top = not parts[0]
    if from_the_top:
        del parts[0]
    if not any(part in ("", ".", "..") for part in parts):
        return
    from_the_top = from_the_top or parts[0] == "." or ".." in parts
    kept: list[str] = []
    above = False
    for part in parts:
        if part == "..":
            above = above or not kept or kept.pop() == "**"
        elif part not in ("", "."):
            kept.append(part)
    closed = directory_only or parts[-1] in ("", ".", "..")
    spelled = _SLASH * from_the_top + _SLASH.join(kept) + _SLASH * closed if kept else "**"
    hint = "What lies above the directory of the task takes no part." if above else f"Write {quoted(spelled)}."
    raise BadOptions(
        f"{option}: {quoted(text)} can match nothing: it has an empty, . or .. component",
        hint=f"{hint} A backslash before the component says that there is a name with it.",
    )


def _components(tokens: t.Iterable[Token]) -> list[str]:
    """As they are written; an empty one beside an escaped slash is told apart from one that nobody can have meant."""
    parts, escaped = [""], False
    for token in tokens:
        if token.kind != "slash":
            parts[-1] += token.raw
            continue
        escaped = token.raw != _SLASH
        if escaped and not parts[-1]:
            parts[-1] = "\\"
        parts.append("\\" if escaped else "")
    return parts


def _refuse_brace(text: str, option: str) -> t.NoReturn:
    written = _alternatives(text)
    if written:
        hint = f"Write one pattern for each: {', '.join(quoted(one) for one in written)}."
    else:
        hint = "Write each alternative as a pattern of its own."
    raise BadOptions(
        f"{option}: {quoted(text)} has a brace, and there are no alternatives in braces",
        hint=f"{hint} A brace that is part of a name is written \\{{ or \\}}.",
    )


def _alternatives(text: str) -> list[str]:
    """What a shell would make of it. Nothing where that is too much to show, or a brace is left."""
    made = [text]
    while any(_ALTERNATIVES.search(one) for one in made):
        made = [other for one in made for other in _spread(one)]
        if len(made) > _MOST_SHOWN:
            return []
    return [] if any(set(one) & set("{}") for one in made) else made


def _spread(text: str) -> list[str]:
    found = _ALTERNATIVES.search(text)
    if found is None:
        return [text]
    return [text[: found.start()] + one + text[found.end() :] for one in found.group(1).split(",")]


# -- reading


def _without_trailing_blanks(text: str) -> str:
    """A blank at the end counts only behind a backslash."""
    stripped = text.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if backslashes % 2 and stripped != text else stripped


def _tokens(body: str, text: str, option: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(body):
        token = _token(body, at, text, option)
        tokens.append(token)
        at += len(token.raw)
    return tokens


def _token(body: str, at: int, text: str, option: str) -> Token:
    sign = body[at]
    if sign == "\\":
        if at + 1 == len(body):
            raise BadOptions(
                f"{option}: {quoted(text)} can match nothing: it ends in a backslash",
                hint="A backslash that is part of a name is written \\\\.",
            )
        escaped = body[at + 1]
        return Token("slash" if escaped == _SLASH else "char", escaped, sign + escaped)
    if sign == "*":
        stars = "".join(itertools.takewhile("*".__eq__, body[at:]))
        return Token("stars", stars, stars)
    if sign == "[":
        return _set(body, at, text, option)
    if sign in "{}":
        _refuse_brace(text, option)
    return Token({"?": "one", _SLASH: "slash"}.get(sign, "char"), sign, sign)


def _set(body: str, start: int, text: str, option: str) -> Token:
    """A bracket expression. The first member may be a closing bracket; a slash is never matched."""
    negated = body[start + 1 : start + 2] in ("!", "^")
    first = at = start + 1 + negated
    members: list[str] = []
    low = ""  # the character that a range may begin with
    while True:
        sign, end = _member(body, at, text, option)
        if sign == "]" and at > first:
            break
        name = _class_name(body, at)
        if sign == "-" and low and body[end : end + 1] not in ("", "]"):
            high, end = _character(body, end, text, option)
            if low > high:
                message = f"{option}: the range {low}-{high} in {quoted(text)} runs backwards"
                raise BadOptions(message, hint=f"Write {shown(encoded(f'{high}-{low}'))}.")
            members[-1] = f"{re.escape(low)}-{re.escape(high)}"
            low = ""
        elif name is not None:
            end = at + len(name) + 4
            members.append(_class(name, text, option))
            low = ""
        else:
            low, end = _character(body, at, text, option)
            members.append(re.escape(low))
        at = end
    return Token("set", f"[{'^' if negated else ''}{''.join(members)}]", body[start : at + 1])


def _member(body: str, at: int, text: str, option: str) -> tuple[str, int]:
    """The next sign of a set, and where it ends. Raises BadOptions where the set has no end."""
    if at >= len(body):
        raise BadOptions(
            f"{option}: {quoted(text)} can match nothing: the bracket has no end",
            hint="A bracket that is part of a name is written \\[.",
        )
    return body[at], at + 1


def _character(body: str, at: int, text: str, option: str) -> tuple[str, int]:
    sign, end = _member(body, at, text, option)
    return _member(body, end, text, option) if sign == "\\" else (sign, end)


def _class_name(body: str, at: int) -> str | None:
    """Of a class such as ``[:alpha:]``; None for a bracket that is a member like any other."""
    if not body.startswith("[:", at):
        return None
    inside = body[at + 2 :].partition("]")[0]
    return inside[:-1] if inside.endswith(":") and "]" in body[at + 2 :] else None


def _class(name: str, text: str, option: str) -> str:
    if name not in _CLASSES:
        raise BadOptions(
            f"{option}: {quoted(text)} can match nothing: there is no class [:{shown(encoded(name))}:]",
            hint=f"Classes are {', '.join(_CLASSES)}.",
        )
    return _CLASSES[name]
