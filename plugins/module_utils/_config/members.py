# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a document of the Configuration API to its projection, and back. Pure.

A projection is what options are compared with: names and words as options have them (``serve_from_zip``, ``all_edge_servers``),
without what no request may change. A ``Shape`` is the table by which both are made.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import typing as t

Document = t.Mapping[str, t.Any]
Projection = dict[str, t.Any]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)*\Z")


class Kind(enum.Enum):
    """What a member holds."""

    PLAIN = enum.auto()
    WORD = enum.auto()  # ALL_EDGE_SERVERS, in lower case in options
    NUMBER = enum.auto()  # compared by value: the service may send 10.0 for 10
    NAMES = enum.auto()  # a list of texts whose order means nothing
    SECRET = enum.auto()


class When(enum.Enum):
    """Which requests may have a member."""

    ALWAYS = enum.auto()
    CREATE = enum.auto()  # only the POST that makes the object
    NEVER = enum.auto()  # the service alone sets it


@dataclasses.dataclass(frozen=True)
class Member:
    """One member of a document.

    name      in options, results and plans
    read      its names in responses, the first one that is there counts; by default ``name`` with humps
    write     its name in requests; by default the first of ``read``
    inside    the object within the document that it is a member of; empty for the document itself
    parts     what an object, or each object of a list, consists of
    key       of a list of objects: the part by which they are known
    is_exact  of such a list: what an option does not name is to be removed. Otherwise it is kept
    absent    what it means that a response does not have it
    if_unusual  it is left out of projections and requests where it has the value ``absent``
    """

    name: str
    kind: Kind = Kind.PLAIN
    when: When = When.ALWAYS
    read: t.Sequence[str] = ()
    write: str = ""
    inside: str = ""
    parts: t.Optional[Shape] = None
    key: str = ""
    is_exact: bool = False
    absent: object = None
    if_unusual: bool = False

    @property
    def names(self) -> t.Sequence[str]:
        """In responses."""
        return self.read or (humped(self.name),)

    @property
    def written(self) -> str:
        """In requests."""
        return self.write or self.names[0]

    def found(self, document: Document) -> object:
        """Its value in a document, None where it has none."""
        holder: object = document.get(self.inside, {}) if self.inside else document
        if not isinstance(holder, dict):
            return None
        return next((holder[name] for name in self.names if holder.get(name) is not None), None)


@dataclasses.dataclass(frozen=True)
class Shape:
    """The members of a kind of document that are known, in the order of results.

    unsent  names in responses that no request may have, beside members that say so. They matter where unknown members are sent
            back
    """

    members: t.Sequence[Member]
    unsent: t.Collection[str] = ()


def projected(shape: Shape, document: Document) -> Projection:
    """What of a response may be changed, or is set when the object is made; members that it lacks are not in it."""
    found: Projection = {}
    for member in shape.members:
        value = None if member.when is When.NEVER else member.found(document)
        if value is None:
            continue
        plain = _read(member, value, projected)
        if not (member.if_unusual and plain == member.absent):
            found[member.name] = plain
    return found


def document_of(shape: Shape, projection: Document, is_new: bool = False, base: t.Optional[Document] = None) -> dict[str, t.Any]:
    """The body of a request.

    Args:
        projection: what it is to say; members that it lacks are left out.
        is_new: whether it makes the object; only then it has what is set once.
        base: a response whose members are sent back where ``shape`` does not know them. For documents whose requests may have
            members that they do not describe.
    """
    made = _unknown(shape, base) if base is not None else {}
    for member in shape.members:
        if member.name not in projection or not _may_send(member, is_new):
            continue
        place = made.setdefault(member.inside, {}) if member.inside else made
        place[member.written] = _written(member, projection[member.name], is_new)
    return made


def described(shape: Shape, document: Document) -> dict[str, t.Any]:
    """A response for a result: known members by their names and in their words, all others with their names in snake case. Links
    are dropped; secrets are not, see ``secrets.py``."""
    told: dict[str, t.Any] = {}
    for member in shape.members:
        value = member.found(document)
        if value is not None:
            told[member.name] = _read(member, value, described)
    known = {name for member in shape.members if not member.inside for name in member.names}
    holders = {member.inside for member in shape.members} - {""}
    for name, value in document.items():
        if name in holders and isinstance(value, dict):
            inner = {one for member in shape.members if member.inside == name for one in member.names}
            told.update({snake(part): _snaked(rest) for part, rest in value.items() if part not in inner})
        elif name not in known and name != "links":
            told[snake(name)] = _snaked(value)
    return told


def rows_of(value: object) -> list[t.Any]:
    """A list of objects, which the service may send bare or as ``items``; what is none of them is left out."""
    listed = value.get("items") if isinstance(value, dict) else value
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def humped(name: str) -> str:
    """``serve_from_zip`` as ``serveFromZip``."""
    first, *more = name.split("_")
    return first + "".join(part.capitalize() for part in more)


def snake(name: str) -> str:
    """``serveFromZip`` as ``serve_from_zip``."""
    return _HUMP.sub("_", name).lower()


def number_of(value: object) -> object:
    """A number by its value: 10 for 10.0, and for ``"10"``; anything else as it is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value


def _read(member: Member, value: object, each: t.Callable[[Shape, Document], dict[str, t.Any]]) -> object:
    parts = member.parts
    if parts is not None and member.key:
        rows = [each(parts, row) for row in rows_of(value)]
        return sorted((row for row in rows if member.key in row), key=lambda row: _order(row[member.key]))
    if parts is not None:
        return each(parts, value) if isinstance(value, dict) else {}
    if member.kind is Kind.WORD:
        return value.lower() if isinstance(value, str) and _WORD.match(value) else value
    if member.kind is Kind.NUMBER:
        return number_of(value)
    if member.kind is Kind.NAMES:
        return sorted(str(one) for one in value) if isinstance(value, list) else []
    return _plain(value)


def _order(key: object) -> tuple[bool, t.Any]:
    return (True, key) if isinstance(key, int) else (False, str(key))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return number_of(value) if isinstance(value, float) else value


def _snaked(value: object) -> object:
    if isinstance(value, dict):
        return {snake(str(name)): _snaked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_snaked(one) for one in value]
    return _plain(value)


def _may_send(member: Member, is_new: bool) -> bool:
    return member.when is When.ALWAYS or (member.when is When.CREATE and is_new)


def _written(member: Member, value: object, is_new: bool) -> object:
    parts = member.parts
    if parts is not None and member.key:
        return [document_of(parts, row, is_new) for row in t.cast("list[Projection]", value)]
    if parts is not None:
        return document_of(parts, t.cast(Projection, value), is_new)
    if member.kind is Kind.WORD and isinstance(value, str):
        return value.upper() if _WORD.match(value.upper()) and value == value.lower() else value
    return value


def _unknown(shape: Shape, base: Document) -> dict[str, t.Any]:
    """The members of a response that nothing is known of."""
    holders = {member.inside for member in shape.members} - {""}
    known = {name for member in shape.members if not member.inside for name in (*member.names, member.written)}
    left = {name: value for name, value in base.items() if name not in known | {"links"} | set(shape.unsent)}
    for holder in holders.intersection(left):
        inner = {name for member in shape.members if member.inside == holder for name in (*member.names, member.written)}
        kept = left[holder] if isinstance(left[holder], dict) else {}
        left[holder] = {name: value for name, value in kept.items() if name not in inner | set(shape.unsent)}
    return left
