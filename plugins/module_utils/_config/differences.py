# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task wants against what there is, member by member, and what a request must say so that it becomes so. Pure."""

from __future__ import annotations

import typing as t

from .members import Document, Kind, Member, Projection, Shape

HIDDEN = "<secret>"
"""Stands for a secret in plans and diffs."""
Sign = t.Literal["+", "~", "-"]


class Change(t.NamedTuple):
    """One change of a plan.

    sign           ``+`` for what is new, ``-`` for what goes, ``~`` for what gets another value
    what           the kind of object that is changed, such as ``storage_group``
    path           the member, with the keys of lists: ``cp_codes[123456].serve_from_zip``; empty for the object as a whole
    before, after  its values without secrets, None where there is none
    """

    sign: Sign
    what: str
    path: str
    before: object
    after: object

    def as_dict(self) -> dict[str, t.Any]:
        """As results have it."""
        return dict(self._asdict())


def differences(shape: Shape, have: Document, want: Document, what: str, path: str = "") -> list[Change]:
    """What differs, of the members that are wanted; None is no wish.

    Args:
        have: a projection.
        want: a projection that may lack anything; see ``wished``.
        what: the kind of object, for the plan.
        path: where it is in the object.
    """
    found: list[Change] = []
    for member in shape.members:
        wanted = want.get(member.name)
        if wanted is None:
            continue
        there, here = have.get(member.name, member.absent), f"{path}{member.name}"
        if member.parts is not None and member.key:
            found += _of_rows(member, there, wanted, what, here)
        elif member.parts is not None:
            found += differences(member.parts, there if isinstance(there, dict) else {}, wanted, what, f"{here}.")
        elif _comparable(member, there) != _comparable(member, wanted):
            found.append(_changed(member, there, wanted, what, here))
    return found


def merged(shape: Shape, have: Document, want: Document) -> Projection:
    """What there is, with what is wanted in its place. What is not wanted stays; of lists that are exact, only what is wanted."""
    made = dict(have)
    for member in shape.members:
        wanted = want.get(member.name)
        if wanted is None:
            continue
        there = have.get(member.name)
        if member.parts is not None and member.key:
            made[member.name] = _merged_rows(member, there, wanted)
        elif member.parts is not None:
            made[member.name] = merged(member.parts, there if isinstance(there, dict) else {}, wanted)
        else:
            made[member.name] = _comparable(member, wanted)
    return made


def shown(shape: Shape, projection: Document) -> dict[str, t.Any]:
    """A projection without secrets, for diffs."""
    told: dict[str, t.Any] = {}
    for member in shape.members:
        if member.name in projection:
            told[member.name] = _shown(member, projection[member.name])
    return told


def wished(options: t.Any) -> t.Any:  # noqa: ANN401  # any value of JSON
    """Options without those that were left out, at any depth; Ansible gives them as None."""
    if isinstance(options, dict):
        return {name: wished(value) for name, value in options.items() if value is not None}
    if isinstance(options, (list, tuple)):
        return [wished(value) for value in options]
    return options


def added(what: str, path: str, after: object = None) -> Change:
    """A change that makes something."""
    return Change("+", what, path, None, after)


def removed(what: str, path: str, before: object = None) -> Change:
    """A change that takes something away."""
    return Change("-", what, path, before, None)


def summary(changes: t.Sequence[Change]) -> dict[str, int]:
    """The counts of a result's ``plan.summary``."""
    counts = {"+": 0, "~": 0, "-": 0}
    for change in changes:
        counts[change.sign] += 1
    return {"creates": counts["+"], "changes": counts["~"], "deletes": counts["-"]}


def _of_rows(member: Member, there: object, wanted: t.Sequence[Projection], what: str, path: str) -> list[Change]:
    found: list[Change] = []
    parts = t.cast(Shape, member.parts)
    left = {row[member.key]: row for row in _rows(there)}
    for row in wanted:
        key = row[member.key]
        present = left.pop(key, None)
        if present is None:
            found.append(added(what, f"{path}[{key}]", shown(parts, row)))
        else:
            found += differences(parts, present, row, what, f"{path}[{key}].")
    if member.is_exact:
        found += [removed(what, f"{path}[{key}]", shown(parts, row)) for key, row in left.items()]
    return found


def _merged_rows(member: Member, there: object, wanted: t.Sequence[Projection]) -> list[Projection]:
    parts = t.cast(Shape, member.parts)
    left = {row[member.key]: row for row in _rows(there)}
    rows = {row[member.key]: merged(parts, left.get(row[member.key], {}), row) for row in wanted}
    kept = {} if member.is_exact else left
    return list({**kept, **rows}.values())


def _changed(member: Member, there: object, wanted: object, what: str, path: str) -> Change:
    return Change("+" if there is None else "~", what, path, _shown(member, there), _shown(member, wanted))


def _shown(member: Member, value: object) -> object:
    if value is None:
        return None
    if member.parts is not None and member.key:
        return [shown(member.parts, row) for row in _rows(value)]
    if member.parts is not None:
        return shown(member.parts, value if isinstance(value, dict) else {})
    return HIDDEN if member.kind is Kind.SECRET else _comparable(member, value)


def _comparable(member: Member, value: object) -> object:
    if member.kind is Kind.NAMES:
        return sorted({str(one) for one in value}) if isinstance(value, (list, tuple)) else []
    return value


def _rows(value: object) -> list[Projection]:
    return value if isinstance(value, list) else []
