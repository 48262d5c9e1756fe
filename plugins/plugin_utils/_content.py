# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of a task: which option gives it, and its bytes."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import math
import re
import typing as t

from ansible.module_utils.common.text.converters import to_bytes
from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._model.errors import BadOptions

Args = t.Mapping[str, t.Any]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")

CONTENT = ("content", "content_b64")
SOURCES = ("src", *CONTENT)


def refuse_private(args: Args) -> None:
    """Refuses names with an underscore, which the action plugin passes to its module."""
    private = sorted(name for name in args if name.startswith("_"))
    if private:
        raise BadOptions(f"{', '.join(private)} cannot be set by a task")


def switch(args: Args, name: str, default: bool) -> bool:
    """A boolean option, as Ansible reads it."""
    value = args.get(name)
    if value is None:
        return default
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise BadOptions(f"{name}: {value!r} is neither yes nor no") from error


def given_source(args: Args) -> str | None:
    """The name of the one option that gives the content; None for a state that needs none. BadOptions."""
    given = [name for name in SOURCES if args.get(name) is not None]
    state = args.get("state") or "present"
    if state == "absent":
        _refuse_with_absent([*given, *(["sha256"] if args.get("sha256") is not None else [])])
    if state != "present":
        return None
    if len(given) > 1:
        raise BadOptions(f"{' and '.join(given)} contradict each other", hint="Give one of them.")
    if not given:
        raise _nothing_given(args)
    return given[0]


def refuse_remote(given: str | None, src: object) -> None:
    """``remote_src: true`` applies to ``src`` only."""
    if given in CONTENT:
        raise BadOptions(f"remote_src: true and {given} contradict each other", hint="Content comes from the controller.")
    if given == "src":
        refuse_empty(src)


def refuse_empty(src: object) -> str:
    """``src`` as text."""
    text = str(src)
    if not text.strip():
        raise BadOptions("src is empty", hint="An empty variable may have made it.")
    return text


def content_of(args: Args, given: str) -> bytes:
    """The bytes that ``content`` or ``content_b64`` mean. BadOptions."""
    return _decoded(args[given]) if given == "content_b64" else _rendered(args[given])


def _refuse_with_absent(given: list[str]) -> None:
    if given:
        raise BadOptions(
            f"state: absent and {' and '.join(given)} contradict each other",
            hint="Nothing is compared before a file is removed. In a loop, default(omit) leaves an option out.",
        )


def _nothing_given(args: Args) -> BadOptions:
    nulls = [name for name in SOURCES if name in args]
    if nulls:
        return BadOptions(
            f"{' and '.join(nulls)}: there is no value",
            hint='An empty variable may have made it. For an empty file write content: "".',
        )
    return BadOptions("state: present needs src, content or content_b64")


def _rendered(content: object) -> bytes:
    """As ansible.builtin.copy does it: a dictionary or a list becomes JSON, anything else the text it is."""
    if isinstance(content, (dict, list)):
        try:
            content = json.dumps(content, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise next(_no_json(content, "content"), BadOptions(f"content cannot become JSON: {error}")) from error
    rendered: bytes = to_bytes(content)
    return rendered


def _no_json(value: object, where: str) -> t.Iterator[BadOptions]:
    """The parts of a value that JSON cannot express: each with its place, and what to write instead."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                yield BadOptions(f"{where} cannot become JSON: the key {_named(key)}", hint=_cure(key))
            yield from _no_json(inner, f"{where}.{key}" if _PLAIN_KEY.match(str(key)) else f"{where}[{str(key)!r}]")
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _no_json(inner, f"{where}[{number}]")
    elif not isinstance(value, (str, int, float, type(None))) or (isinstance(value, float) and not math.isfinite(value)):
        yield BadOptions(f"{where} cannot become JSON: it {_named(value)}", hint=_cure(value))


def _named(value: object) -> str:
    if isinstance(value, datetime.date):
        return f"is a date, as YAML reads it: {value.isoformat()}"
    if isinstance(value, float):
        return "is not a finite number, which JSON requires"
    return f"is of the type {type(value).__name__.removeprefix('_AnsibleTagged').lower()}"


def _cure(value: object) -> str:
    if isinstance(value, datetime.date):
        return f'Write it in quotes: "{value.isoformat()}".'
    if isinstance(value, float):
        return "Write null, or a text in quotes."
    return "Make a text of it first, such as with the filter string or b64encode."


def _decoded(content: object) -> bytes:
    packed = b"".join(to_bytes(content).split())  # line breaks are how long base64 is written
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise BadOptions(f"content_b64 is not base64: {error}") from error
