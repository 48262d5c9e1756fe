# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pattern rules a second time, slow and without regular expressions, to hold the real ones against.

Nearly line by line what git does (dir.c, wildmatch.c), on characters instead of bytes; ``test_gitignore`` compares it with git.
"""

from __future__ import annotations

import string
import typing as t

CLASSES = {
    "alnum": string.ascii_letters + string.digits, "alpha": string.ascii_letters, "blank": " \t",
    "cntrl": "".join(map(chr, range(32))) + "\x7f", "digit": string.digits,
    "graph": string.ascii_letters + string.digits + string.punctuation, "lower": string.ascii_lowercase,
    "print": string.ascii_letters + string.digits + string.punctuation + " ", "punct": string.punctuation, "space": " \t\n\r",
    "upper": string.ascii_uppercase, "xdigit": string.hexdigits,
}  # fmt: skip


class Broken(Exception):
    """A set without an end, a class that there is none of, a range that runs backwards, a backslash at the end."""


def matches(pattern: str, key: bytes) -> bool:
    """A pattern matches an entry, or a directory above it."""
    text = key.decode("utf-8", "surrogateescape")
    is_directory = text.endswith("/")
    parts = (text[:-1] if is_directory else text).split("/")
    pattern = trimmed(pattern)
    for depth in range(1, len(parts) + 1):
        directory = is_directory or depth < len(parts)
        if (directory or not pattern.endswith("/")) and _matches_whole(pattern.removesuffix("/"), parts[:depth]):
            return True
    return False


def takes(include: t.Sequence[str], exclude: t.Sequence[str], key: bytes) -> bool:
    included = not include or any(matches(pattern, key) for pattern in include)
    return included and not any(matches(pattern, key) for pattern in exclude)


def is_broken(pattern: str) -> bool:
    """A pattern that nobody can mean: it can match nothing, or means something else elsewhere."""
    pattern = trimmed(pattern)
    if pattern.startswith(("!", "#")) or not pattern.strip("/"):
        return True
    body = pattern.removesuffix("/").removeprefix("/")
    parts = [""]
    try:
        while body:
            size = _set(body).length if body[0] == "[" else 2 if body[0] == "\\" else 1
            if len(body) < size or body[0] in "{}":
                return True
            if body[:size] == "/":
                parts.append("")
            else:  # a slash behind a backslash makes sure that the parts around it are not empty
                parts[-1] += body[:size]
            body = body[size:]
    except Broken:
        return True
    return bool({"", ".", ".."} & set(parts))


def trimmed(pattern: str) -> str:
    while pattern.endswith(" "):
        before = pattern.rstrip(" ")
        if (len(before) - len(before.rstrip("\\"))) % 2:
            return before + " "
        pattern = before
    return pattern


def _matches_whole(body: str, parts: list[str]) -> bool:
    if "/" not in body:
        return (bool(parts[-1]) and _wild(body, parts[-1], False)) or body == "**"
    body, name = body.removeprefix("/"), "/".join(parts)
    first = next((at for at, sign in enumerate(body) if sign in "*?[\\"), len(body))
    if body[:first] != name[:first]:
        return False
    return _wild(body[first:], name[first:], True, body[first - 1] if first else "/", True)


def _wild(pattern: str, text: str, by_path: bool, before: str = "", begins: bool = False) -> bool:
    """
    before  what stands before the pattern; behind a slash, no component is empty
    begins  whether only plain characters stand before it: these are taken off before anybody looks for ``**``
    """
    if not pattern:
        return not text
    if pattern[0] == "*":
        rest = pattern.lstrip("*")
        stars = len(pattern) - len(rest)
        spans = by_path and stars > 1 and (begins or before == "/") and (not rest or rest.startswith(("/", "\\/")))
        if spans and rest.startswith("/") and _wild(rest[1:], text, by_path, before):
            return True
        if before == "/" and (not text if spans else text[:1] in ("", "/")) and not (spans and rest):
            return False
        reach = len(text) if spans or not by_path else (text + "/").index("/")
        return any(_wild(rest, text[skip:], by_path) for skip in range(reach + 1))
    if not text:
        return False
    if pattern[0] == "[":
        members = _set(pattern)
        inside = members.has(text[0]) and not (by_path and text[0] == "/")
        return inside and _wild(pattern[members.length :], text[1:], by_path)
    if pattern[0] == "?":
        return not (by_path and text[0] == "/") and _wild(pattern[1:], text[1:], by_path)
    pattern = pattern[1:] if pattern[0] == "\\" else pattern
    return pattern[:1] == text[0] and _wild(pattern[1:], text[1:], by_path, text[0])


class _Set(t.NamedTuple):
    """What a bracket begins: its length, and what is in it."""

    length: int
    negated: bool
    ranges: list[tuple[str, str]]

    def has(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) is not self.negated


def _set(pattern: str) -> _Set:
    negated = pattern[1:2] in ("!", "^")
    first = at = 2 if negated else 1
    ranges: list[tuple[str, str]] = []
    before = ""
    while pattern[at : at + 1] != "]" or at == first:
        name = _name(pattern[at:])
        if pattern[at : at + 1] == "-" and before and pattern[at + 1 : at + 2] not in ("", "]"):
            at += 1 + (pattern[at + 1] == "\\")
            ranges.append((before, _one(pattern, at)))
            if before > pattern[at]:
                raise Broken
            before = ""
        elif name is not None:
            if name not in CLASSES:
                raise Broken
            ranges += [(sign, sign) for sign in CLASSES[name]]
            at += len(name) + 3
            before = ""
        else:
            at += pattern[at : at + 1] == "\\"
            before = _one(pattern, at)
            ranges.append((before, before))
        at += 1
    return _Set(at + 1, negated, ranges)


def _one(pattern: str, at: int) -> str:
    if at >= len(pattern):
        raise Broken
    return pattern[at]


def _name(members: str) -> str | None:
    """Of a class at the beginning."""
    if not members.startswith("[:") or "]" not in members[2:]:
        return None
    name = members[2 : members.index("]", 2)]
    return name.removesuffix(":") if name.endswith(":") else None
