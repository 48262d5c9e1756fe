# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Faults on purpose: the one place where an answer can be made to differ from what the store would say.

A request is shown to the plan once, when its head is complete. Today an injection replaces the whole operation by an
answer; further kinds (a reset in the body, a truncated answer) are further fields of ``Injection``, which connection.py
and service.py consult. A throttle is no fault: see throttle.py.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field

from .reply import Reply


class BadFault(ValueError):
    """A fault that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Injection:
    """What happens to one request instead of its operation."""

    reply: Reply


@dataclass(slots=True)
class Fault:
    """One rule: after ``skip`` matching requests the next ``times`` are answered with ``status``."""

    status: int
    action: str | None = None
    path: str | None = None
    times: int = 1
    skip: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def matches(self, action: str, path: str) -> bool:
        return (self.action in (None, action)) and (self.path is None or fnmatch.fnmatchcase(path, self.path))

    def injection(self) -> Injection:
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items())
        return Injection(Reply(self.status, self.body.encode() or b"Injected fault\n", headers=headers, note="fault"))


class FaultPlan:
    """The rules in force, in the order they were given; the first one that matches is used up first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, descriptions: object) -> int:
        """Add rules as the control port gives them (a list of objects); returns how many are in force."""
        if not isinstance(descriptions, list):
            raise BadFault("faults are a list of objects")
        self._faults += [_fault(description) for description in descriptions]
        return len(self._faults)

    def clear(self) -> None:
        self._faults.clear()

    def for_request(self, action: bytes, path: bytes) -> Injection | None:
        if not self._faults:
            return None
        for fault in self._faults:
            if not fault.matches(action.decode("latin-1"), path.decode("latin-1")):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
            return fault.injection()
        return None


def _fault(description: object) -> Fault:
    if not isinstance(description, dict):
        raise BadFault("a fault is an object")
    try:
        fault = Fault(**description)
    except TypeError as error:
        raise BadFault(f"unknown field or no status in fault {description!r}") from error
    if not isinstance(fault.status, int) or not 200 <= fault.status <= 599:
        raise BadFault(f"status {fault.status!r} is not between 200 and 599")
    if not isinstance(fault.times, int) or not isinstance(fault.skip, int):
        raise BadFault("times and skip are numbers")
    return fault
