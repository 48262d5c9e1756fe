# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request of a client to the Configuration API, and the answers that all operations share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ...knobs import Knobs
from ...reply import Reply
from ..edgegrid import ApiClient
from ..purges import json_reply
from .documents import checked, parsed
from .problems import Flaw, invalid, problem

JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """``query`` has the last value of each parameter."""

    client: ApiClient
    knobs: Knobs
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    body: bytes

    @property
    def user(self) -> str:
        return self.client.user

    def flag(self, name: str) -> bool:
        value = self.query.get(name, "false").lower()
        if value not in ("true", "false"):
            raise invalid(Flaw(name, value, "is true or false"))
        return value == "true"

    def number(self, name: str) -> int | None:
        value = self.query.get(name)
        if value is None:
            return None
        if not value.isdecimal() or not value.isascii() or len(value) > 18:
            raise invalid(Flaw(name, value, "is a number"))
        return int(value)

    def document(self, schema: str, *, of_group: bool = False, undocumented: Sequence[str] = (), **instead: str) -> Any:
        """The body as the schema has it; unknown members as the knob says.

        Args:
            schema: its name.
            of_group: whether it is a storage group's.
            undocumented: members, true or false, that are taken all the same.
            instead: schemas in the place of others, by name.
        """
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != JSON:
            raise problem(415, "unsupported-media-type", "Unsupported Media Type", "Content-Type is application/json")
        setting = self.knobs.put_unknown_member
        is_strict = setting == 400 or (setting == "groups_400" and of_group)
        value = parsed(self.body)
        more = {}
        if isinstance(value, dict):
            more = {name: value.pop(name) for name in undocumented if isinstance(value.get(name), bool)}
        found = checked(schema, value, unknown="refuse" if is_strict else "drop", **instead)
        return {**found, **more} if more else found


def query_of(target: bytes) -> dict[str, str]:
    found = parse_qs(target.partition(b"?")[2].decode("latin-1"), keep_blank_values=True)
    return {name: values[-1] for name, values in found.items()}


def answered(document: object, status: int = 200) -> Reply:
    return json_reply(status, document, JSON)


def done(knobs: Knobs) -> Reply:
    """Where no document says what an answer has in it."""
    if knobs.delete_answer == 204:
        return Reply(204, headers=((b"Server", b"AkamaiGHost"),))
    if knobs.delete_answer == "text":
        return json_reply(200, {"description": "Request OK.\n"}, JSON)
    return Reply(200, headers=((b"Server", b"AkamaiGHost"),))


def taken(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These members, as far as they are there."""
    return {name: mapping[name] for name in names if name in mapping}
