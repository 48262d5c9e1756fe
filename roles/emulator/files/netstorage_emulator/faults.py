# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault plan: which request goes wrong, and how often that has happened.

A request is shown to the plan once, when its head is complete, and at most one rule takes it: the first that wants it.
A rule counts the matching requests that no rule before it took; ``skip``, ``nth`` and ``probability`` go by that count.
What the rule then does to the request is an ``Injection``, which the exchange carries with it: service.py asks whether the
operation is done, damage.py and actions/pages.py change what is answered, misbehaving.py how the answer leaves.
A throttle is no fault: see throttle.py.
"""

from __future__ import annotations

import fnmatch
import random
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .fault_kinds import ALL_EDGES, ALL_PURGES, BY_NAME, CONFIG, EDGES, PURGES, READS, SELECTION, BadFault, Effect, Kind
from .reply import NEVER_A_BODY, Reply

FIRST_SEED = 0
_TOGETHER: Mapping[str, frozenset[str]] = {ALL_PURGES: frozenset(PURGES), ALL_EDGES: frozenset(EDGES)}


class Rule:
    """One rule. ``seen`` requests matched it, ``_taken`` of them are its own, ``injected`` of those went wrong by now."""

    def __init__(self, description: object) -> None:
        if not isinstance(description, Mapping):
            raise BadFault(f"a fault is an object, not {description!r}")
        self.description = dict(description)
        self.kind = _kind(description.get("kind", "status"))
        owner = f"a fault of kind {self.kind.name}"
        known = ["kind", *(field.name for field in (*SELECTION, *self.kind.fields))]
        for name in description:
            if name not in known:
                raise BadFault(f"{name!r} is no field of {owner}; there are {', '.join(known)}")
        self.selection: dict[str, Any] = {field.name: field.parsed(owner, description) for field in SELECTION}
        self.effect: Effect = self.kind.effect(description)
        if "times" not in description:
            self.selection["times"] = self._usual_times()
        self._check_selection(owner)
        self._actions = self._wanted_actions()
        self._nth = _numbers(self.selection["nth"])
        self._chance = random.Random(FIRST_SEED)
        self.seen = self._taken = self.injected = 0

    def _usual_times(self) -> int | None:
        """Once; as often as ``nth`` names a request; and by chance for ever."""
        if self.selection["probability"] is not None:
            return None
        return max(1, len(_numbers(self.selection["nth"])))

    def _check_selection(self, owner: str) -> None:
        action, possible = self.selection["action"], self.kind.actions_of(self.effect)
        if possible and action is not None and not self._wanted_actions():
            raise BadFault(f"action of {owner} is one of {', '.join(possible)}, not {action!r}")
        if self.selection["nth"] is not None and self.selection["skip"]:
            raise BadFault(f"{owner} has nth or skip, not both")

    def _wanted_actions(self) -> frozenset[str]:
        """Empty for all."""
        action = self.selection["action"]
        possible = frozenset(self.kind.actions_of(self.effect))
        if action is None:
            return possible
        meant = _TOGETHER.get(action, frozenset((action,)))
        return meant & possible if possible else meant

    def unused(self) -> Rule:
        """The same rule, before its first request."""
        return Rule(self.description)

    def seeded(self, seed: int, number: int) -> None:
        """Every rule has its own chance, so that what one draws does not move the others."""
        self._chance = random.Random(f"{seed}/{number}")

    @property
    def is_in_force(self) -> bool:
        times = self.selection["times"]
        return times is None or self._taken < times

    def takes(self, action: str, path: str, has_body: bool) -> bool:
        """Whether the rule wants this request; asking counts."""
        if not self.is_in_force or not self._is_wanted(action):
            return False
        if self.selection["path"] is not None and not fnmatch.fnmatchcase(path, self.selection["path"]):
            return False
        if self.effect.when == "in_body" and not has_body:
            return False
        self.seen += 1
        if self.seen <= self.selection["skip"] or (self._nth and self.seen not in self._nth):
            return False
        probability = self.selection["probability"]
        if probability is not None and self._chance.random() >= probability:
            return False
        self._taken += 1
        return True

    def _is_wanted(self, action: str) -> bool:
        """Those of the Configuration API are globs."""
        if not self._actions or action in self._actions:
            return True
        return action.startswith(CONFIG) and any(
            wanted.startswith(CONFIG) and fnmatch.fnmatchcase(action, wanted) for wanted in self._actions)

    def give_back(self) -> None:
        """The request could not go wrong in this way (an answer without rows, a client that left): it did not count."""
        self._taken -= 1

    def present(self) -> dict[str, object]:
        own = {field.name for field in self.kind.fields}
        effect = {name: value for name, value in asdict(self.effect).items() if name in own}
        return {"kind": self.kind.name, **self.selection, **effect, "matched": self.seen, "injected": self.injected,
                "in_force": self.is_in_force}


class Injection:
    """One request that a rule took. It is struck when it goes wrong; what ends without that is given back to the rule.

    ``outcome`` says for the journal what became of the operation, as far as that is known when the request ends.
    """

    __slots__ = ("effect", "outcome", "_rule", "_is_struck", "_is_over")

    def __init__(self, rule: Rule) -> None:
        self.effect = rule.effect
        self.outcome = "not done"
        self._rule = rule
        self._is_struck = self._is_over = False

    def lets_do(self, action: bytes) -> bool:
        """Whether the operation is carried out. Reading changes nothing, so a read is answered whatever ``done`` says."""
        if not self._rule.kind.can_be_done or self.effect.done or self.effect.when == "in_body":
            return True
        reads = action.decode("latin-1") in (*READS, *EDGES) or action.startswith(b"config:GET ")
        return reads and (self.effect.kind == "hang" or self.effect.when == "in_answer")

    @property
    def has_not_come(self) -> bool:
        """Whether the service is to know nothing of the request before it is carried out."""
        return self.effect.is_late and self.effect.how == "delayed"

    @property
    def takes_body(self) -> bool:
        """Whether the request is read to its end although its operation is not done: the fault comes behind it."""
        return self.effect.kind != "status"

    def strike(self) -> None:
        if not self._is_struck:
            self._is_struck = True
            self._rule.injected += 1

    def over(self) -> None:
        """The request has ended."""
        if not self._is_struck and not self._is_over:
            self._rule.give_back()
        self._is_over = True

    def note(self, beside: str) -> str:
        """For the journal; ``beside`` is what it says anyway."""
        if not self._is_struck:
            return beside
        label = f"fault: {self.effect.kind} {self.effect.variant}".rstrip()
        if self._rule.kind.can_be_done or self.effect.is_late:
            label += f", {self.outcome}"
        return f"{label}; {beside}" if beside else label

    def afterwards(self, reply: Reply) -> str:
        """For the second line of a request that was carried out late: what came of it."""
        label = f"late {self.effect.how}, {outcome_of(reply)}"
        return f"{label}; {reply.note}" if reply.note else label


class FaultPlan:
    """The rules, in the order they were given."""

    def __init__(self) -> None:
        self.begin(FIRST_SEED, [])

    def begin(self, seed: int, rules: list[Rule]) -> None:
        """These rules and no others."""
        self.seed = seed
        self._rules: list[Rule] = []
        self.add(rules)

    def add(self, rules: list[Rule]) -> None:
        for number, rule in enumerate(rules, len(self._rules)):
            rule.seeded(self.seed, number)
        self._rules += rules
        self.longest_stale_ms = max((rule.effect.stale_ms for rule in self._rules), default=0)
        self.leads_astray = any(rule.kind.name == "marker" for rule in self._rules)

    @property
    def has_rules(self) -> bool:
        return bool(self._rules)

    def for_request(self, action: bytes, path: bytes, has_body: bool) -> Injection | None:
        for rule in self._rules:
            if rule.takes(action.decode("latin-1"), path.decode("latin-1"), has_body):
                return Injection(rule)
        return None

    @property
    def in_force(self) -> int:
        return sum(rule.is_in_force for rule in self._rules)

    def present(self) -> dict[str, object]:
        return {"seed": self.seed, "faults": [rule.present() for rule in self._rules]}


def parsed_rules(descriptions: object) -> list[Rule]:
    if not isinstance(descriptions, list):
        raise BadFault(f"faults are a list of objects, not {descriptions!r}")
    return [Rule(description) for description in descriptions]


def outcome_of(reply: Reply) -> str:
    return "done" if reply.status < 400 else f"answered {reply.status}"


def instead(effect: Effect) -> Reply:
    """The answer to a request whose operation is not done; of a fault that sends none it is what breaks off."""
    if effect.kind != "status":
        return Reply(200)
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in effect.headers.items())
    usual = b"" if effect.status in NEVER_A_BODY else b"Injected fault\n"
    return Reply(effect.status, effect.body.encode() or usual, headers=headers)


def _kind(name: object) -> Kind:
    kind = BY_NAME.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadFault(f"kind of a fault is one of {', '.join(BY_NAME)}, not {name!r}")
    return kind


def _numbers(nth: int | list[int] | None) -> frozenset[int]:
    return frozenset([nth] if isinstance(nth, int) else nth or ())
