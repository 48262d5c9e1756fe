# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies that clients send, held against the documented schemas (``documents.json``)."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...exchange import Answered
from .problems import Flaw, invalid

_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()),
}
SCHEMAS: Mapping[str, Any] = json.loads(importlib.resources.files(__package__).joinpath("documents.json").read_text("utf-8"))


def parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise invalid(Flaw("", None, "the body is no JSON")) from None


def checked(name: str, value: object, *, unknown: str, **instead: str) -> Any:
    """What the schema knows of a value; raises Answered with 400 and everything that is wrong.

    Args:
        name: of the schema.
        value: as it was sent.
        unknown: ``refuse`` members that the schema does not have, or ``drop`` them.
        instead: schemas to use in the place of others, by name.
    """
    check = _Check(unknown == "refuse", instead)
    found = check.value({"$ref": name}, value, "")
    if check.flaws:
        raise invalid(*check.flaws)
    return found


def problems_of(name: str, value: object, *, unknown: str) -> list[str]:
    """The members of a value that the schema does not allow, as paths."""
    try:
        checked(name, value, unknown=unknown)
    except Answered as answered:
        return [flaw["field"] for flaw in json.loads(answered.reply.body)["errors"]]
    return []


@dataclass(slots=True)
class _Check:
    is_strict: bool
    instead: Mapping[str, str]
    flaws: list[Flaw] = field(default_factory=list)

    def value(self, schema: Mapping[str, Any], value: Any, place: str) -> Any:
        while "$ref" in schema:
            name = schema["$ref"]
            schema = SCHEMAS[self.instead.get(name, name)]
        kind = schema.get("type", "string")
        if not _TYPES[kind](value):
            return self._flaw(place, value, f"is no {kind}")
        if kind == "object":
            return self._members(schema, value, place)
        if kind == "array":
            return [self.value(schema["items"], one, f"{place}[{number}]") for number, one in enumerate(value)]
        if kind == "integer":
            value = int(value)
            if value < schema.get("minimum", value):
                return self._flaw(place, value, f"is less than {schema['minimum']}")
        if value not in schema.get("enum", [value]):
            return self._flaw(place, value, f"is none of {', '.join(schema['enum'])}")
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            return self._flaw(place, value, f"does not match {schema['pattern']}")
        return value

    def _members(self, schema: Mapping[str, Any], value: Mapping[str, Any], place: str) -> dict[str, Any]:
        dot = f"{place}." if place else ""
        known = schema["properties"]
        for name in schema.get("required", ()):
            if name not in value:
                self._flaw(f"{dot}{name}", None, "is missing")
        if self.is_strict:
            for name in value.keys() - known.keys():
                self._flaw(f"{dot}{name}", None, "is not known")
        return {name: self.value(known[name], one, f"{dot}{name}") for name, one in value.items() if name in known}

    def _flaw(self, place: str, value: object, detail: str) -> None:
        self.flaws.append(Flaw(place, value, detail))
