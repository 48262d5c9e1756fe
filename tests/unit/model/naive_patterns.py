# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The pattern rules a second time, slow and without regular expressions, to hold the real ones against."""

from __future__ import annotations

import typing as t


def matches(pattern: str, key: bytes) -> bool:
    """A pattern matches an entry, or a directory above it."""
    text = key.decode("utf-8", "surrogateescape")
    is_directory = text.endswith("/")
    parts = (text[:-1] if is_directory else text).split("/")
    for depth in range(1, len(parts) + 1):
        directory = is_directory or depth < len(parts)
        if (directory or not pattern.endswith("/")) and _matches_whole(pattern.rstrip("/"), parts[:depth]):
            return True
    return False


def takes(include: t.Sequence[str], exclude: t.Sequence[str], key: bytes) -> bool:
    included = not include or any(matches(pattern, key) for pattern in include)
    return included and not any(matches(pattern, key) for pattern in exclude)


def is_broken(pattern: str) -> bool:
    """A pattern that nobody can mean: empty, or with a range that runs backwards."""
    if pattern.startswith("!"):
        return True
    return not pattern.strip("/") or any(_has_backward_range(part) for part in pattern.split("/"))


def _matches_whole(body: str, parts: list[str]) -> bool:
    if body == "**":
        return True
    if "/" not in body:
        return _segment(body, parts[-1])
    return _sequence(body.lstrip("/").split("/"), parts)


def _sequence(wanted: list[str], parts: list[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        if len(wanted) == 1:
            return len(parts) >= 1
        return any(_sequence(wanted[1:], parts[skip:]) for skip in range(len(parts) + 1))
    return bool(parts) and _segment(wanted[0], parts[0]) and _sequence(wanted[1:], parts[1:])


def _segment(pattern: str, text: str) -> bool:
    return text != "" and _characters(pattern, text)


def _characters(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_characters(pattern[1:], text[skip:]) for skip in range(len(text) + 1))
    if not text:
        return False
    members = _members(pattern)
    if members is not None:
        return _is_member(members, text[0]) and _characters(pattern[len(members) + 2 :], text[1:])
    return pattern[0] in ("?", text[0]) and _characters(pattern[1:], text[1:])


def _members(pattern: str) -> str | None:
    """What stands between the brackets that the pattern begins with; a bracket that is first among them is a member."""
    if not pattern.startswith("["):
        return None
    first = 2 if pattern.startswith("[!") else 1
    end = pattern.find("]", first + 1)
    return None if end < 0 else pattern[1:end]


def _ranges(members: str) -> t.Iterator[tuple[str, str]]:
    rest = members[1:] if members.startswith("!") else members
    while rest:
        if len(rest) >= 3 and rest[1] == "-":
            yield rest[0], rest[2]
            rest = rest[3:]
        else:
            yield rest[0], rest[0]
            rest = rest[1:]


def _is_member(members: str, character: str) -> bool:
    inside = any(low <= character <= high for low, high in _ranges(members))
    return inside is not members.startswith("!")


def _has_backward_range(pattern: str) -> bool:
    while pattern:
        members = _members(pattern)
        if members is None:
            pattern = pattern[1:]
            continue
        if any(low > high for low, high in _ranges(members)):
            return True
        pattern = pattern[len(members) + 2 :]
    return False
