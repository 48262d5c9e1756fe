# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to what they name: one absolute path, limits, patterns. Everything here fails before the first request, except the
report at the end."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import re
import typing as t

from .._model.errors import BadOptions
from .._model.filters import Patterns
from .._model.paths import cp_code, encoded, has_control, is_unusual, is_within, join, shown
from .._model.pattern_syntax import Places
from .._model.pattern_usage import PatternUsage
from .._plan.outcome import Outcome
from .._plan.policy import Limit
from .._usage_api.client_config import ClientConfig, ClientSettings
from .options import Common, Options

NUMBERS = frozenset({
    "age", "cp_code", "depth", "diff_limit", "expect_within", "files", "group_id", "idle_timeout", "keep", "limit", "lines",
    "max_bandwidth", "max_delete", "max_replace", "max_requests_per_second", "max_retries", "max_size", "mode", "mtime",
    "overlap_hours", "parallel", "purge_limit", "quick_delete_wait", "rotate_older_than", "sample", "settle", "size", "status",
    "stop_after", "storage_group_id", "technical_contact", "verify_wait", "wait_interval", "wait_timeout", "within",
})  # fmt: skip
"""Options that are numbers, or have numbers in them."""

LATEST = 253_402_300_799
"""The end of the year 9999 in seconds since the epoch: a later ``mtime`` has no Last-Modified (docs/usage-api.md#download)."""

_DIGITS = 100
_EMPTY_VARIABLE = "An empty variable may have made it."


class Place(t.NamedTuple):
    """host without a path, the root (empty where none is set), and the absolute path of the task."""

    host: str
    root: bytes
    path: bytes


def refuse_long_numbers(given: t.Mapping[str, t.Any]) -> None:
    """Raises BadOptions where a number has too many digits: with thousands of them Python, and so Ansible, fails with an error
    that does not name the option."""
    for value in given.values():
        for one in value if isinstance(value, (list, tuple)) else ():
            if isinstance(one, c.Mapping):
                refuse_long_numbers(one)
    for name in NUMBERS.intersection(given):
        value = given[name]
        if isinstance(value, c.Mapping):
            refuse_long_numbers(value)
        too_long = len(value) > _DIGITS if isinstance(value, str) else isinstance(value, int) and abs(value) >= 10**_DIGITS
        if too_long:
            beginning = f"It begins with {shown(encoded(value[:12]))}." if isinstance(value, str) else ""
            raise BadOptions(f"{name} has more than {_DIGITS} digits, and cannot be meant", hint=beginning)


def base_of(common: Common) -> Place:
    """The host, and the root as the path; an empty path where no root is set. Raises BadOptions."""
    if "://" in common.host:
        raise BadOptions(
            f"host is {common.host!r}, with a protocol",
            hint="Write only the name, such as example-nsu.akamaihd.net, and set the option protocol.",
        )
    host, _slash, behind = common.host.partition("/")
    if not host:
        raise BadOptions("host is empty", hint="It is the name of the upload host, such as example-nsu.akamaihd.net.")
    behind = behind.strip("/")
    if behind and common.root:
        given = f"/{shown(encoded(behind))} behind host, and {shown(encoded(common.root))} as root"
        raise BadOptions(f"The root is given twice: {given}", hint="Keep one.")
    root = _root(behind or common.root)
    return Place(host, root, root)


def place_of(common: Common, path: str, option: str = "path", is_directory: bool = False) -> Place:
    """The place that an option of a task names. Raises BadOptions, saying what to write instead.

    Args:
        is_directory: a slash at the end is no part of the name, unless unusual names are allowed.
    """
    host, root, _path = base_of(common)
    if is_directory and common.unusual_names != "allow" and re.search(r"[^/]/\Z", path):
        path = path[:-1]
    if not path:
        named = f" The root itself is written {shown(root)}." if root else ""
        raise BadOptions(f"{option} is empty", hint=_EMPTY_VARIABLE + named)
    full = _absolute(encoded(path), root, option)
    if cp_code(full) is None:
        raise BadOptions(
            f"{shown(full)} does not begin with a CP code",
            hint="Paths look like /123456/site; set root: /123456 to write them relative to it.",
        )
    refuse_control(common, option, path)
    if common.unusual_names != "allow" and full.endswith(b"/") and not is_unusual(full[1:-1]):
        raise BadOptions(f"{shown(full)} ends in a slash", path=full, hint=f"Write it without one. {_EMPTY_VARIABLE}")
    if common.unusual_names != "allow" and is_unusual(full[1:]):
        raise BadOptions(
            f"{shown(full)} has an empty, . or .. component or ends in a slash",
            path=full,
            hint=f"{_EMPTY_VARIABLE} NetStorage takes such names literally; set unusual_names: allow to use them.",
        )
    return Place(host, root, full)


def lists_place(common: Common, pending_path: str | None, path: bytes) -> bytes | None:
    """The directory that ``pending_path`` names, of a task about ``path``. Raises BadOptions where it is not one of its own."""
    if pending_path is None:
        return None
    place = place_of(common, pending_path, "pending_path", is_directory=True).path
    if is_within(path, place):
        hint = f"Write another directory, such as {shown(path)}.purge."
        raise BadOptions(f"pending_path: in {shown(place)} there is more than lists, {shown(path)} is", path=place, hint=hint)
    return place


def refuse_control(common: Common, option: str, text: str) -> None:
    """Raises BadOptions where a name has control characters, and unusual names are not allowed."""
    name = encoded(text)
    if common.unusual_names == "allow" or not has_control(name):
        return
    ends = "It ends in a line break: write it on one line, or with >- in place of >. " if text.endswith("\n") else ""
    raise BadOptions(
        f"{option}: {shown(name)} has a control character in it",
        hint=f"{ends}Set unusual_names: allow to use such names.",
    )


def config_of(common: Common, connections: int, *places: Place) -> ClientConfig:
    """The client configuration for these places, all at one host. Raises BadOptions, which never shows the key."""
    settings = {field.name: getattr(common, field.name) for field in dataclasses.fields(ClientSettings)}
    config = ClientConfig(**{**settings, "host": places[0].host}, connections=connections)
    for place in places:
        config.refuse_key_in("path", shown(place.path))
    return config


def check_parallel(parallel: int) -> None:
    if not 1 <= parallel <= 256:
        raise BadOptions(f"parallel: {parallel} is not between 1 and 256")


def limit_of(option: str, text: str | None) -> Limit | None:
    """``50 %``, ``50%`` or ``20``; None for no cap."""
    if text is None:
        return None
    number = text.strip()
    percent = number.endswith("%")
    number = number.rstrip("%").strip()
    if not number.isdecimal() or (percent and int(number) > 100):
        raise BadOptions(f"{option}: {text!r} is neither a count nor a percentage", hint="Write 20 or 50 %.")
    return Limit(int(number), percent)


def mtime_of(value: str | int, now: int) -> int | None:
    """None for preserve, else seconds since the epoch. Raises BadOptions."""
    if value == "preserve":
        return None
    seconds = now if value == "now" else int(value)
    if not 0 <= seconds <= LATEST:
        raise BadOptions(
            f"mtime: {seconds} is not between 0 and {LATEST}, the end of the year 9999",
            hint="It is the number of seconds since the epoch; are these milliseconds?",
        )
    return seconds


def _root(text: str | None) -> bytes:
    if not text:
        return b""
    root = b"/" + encoded(text).strip(b"/")
    if cp_code(root) is None:
        hint = "Write it like /123456 or /123456/directory."
        raise BadOptions(f"root: {shown(encoded(text))} does not begin with a CP code", hint=hint)
    if is_unusual(root[1:]):
        raise BadOptions(f"root: {shown(encoded(text))} has an empty, . or .. component", hint=_EMPTY_VARIABLE)
    return root


def _absolute(path: bytes, root: bytes, option: str) -> bytes:
    if not path.startswith(b"/"):
        if not root:
            raise BadOptions(
                f"{option} {shown(path)} is relative, and no root is set",
                hint="Write /<CP code>/…, or set root.",
            )
        return join(root, path)
    if root and not is_within(path, root):
        raise BadOptions(
            f"{shown(path)} lies outside the root {shown(root)}",
            hint="A path that begins with a slash is absolute; leave the slash out to write it relative to root.",
        )
    return path


# -- patterns


def read_patterns(options: Options, names: t.Sequence[str], places: Places) -> dict[str, Patterns]:
    """The patterns of each of the options.

    Raises:
        BadOptions: one can match nothing.
    """
    return {name: Patterns(getattr(options, name), name, places) for name in names}


def usage_of(options: Options, given: t.Mapping[str, Patterns]) -> PatternUsage | None:
    """Of the patterns that the task gave and that are no defaults; None where there are none, and nobody need look."""
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    own = {name: one.parsed for name, one in given.items() if tuple(getattr(options, name)) != defaults[name]}
    return PatternUsage(own) if own else None


def report_unmatched(outcome: Outcome, pattern_usage: PatternUsage | None) -> None:
    """Put what matched nothing into the result, and a note beside it where something nearly matches."""
    outcome.extra["unmatched_patterns"] = {} if pattern_usage is None else pattern_usage.unmatched()
    outcome.notes.extend(() if pattern_usage is None else pattern_usage.notes())
