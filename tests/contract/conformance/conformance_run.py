# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A conformance run against the emulator under chosen settings, and what it is to find then, which is written down here."""

from __future__ import annotations

import dataclasses
import random
import re
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.conforming import Pace, conform
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, ConformanceOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running
from netstorage_emulator.knobs import TABLE

Value = t.Union[int, str]
Settings = t.Mapping[str, Value]
QUICK = Pace(margin=0.05)
"""The emulator never shows an old state after the time that was measured."""

TIMES = ("propagation", "rmdir_lag")
"""They are found as a bracket in which the setting lies."""

CHOICES: dict[str, list[Value]] = {knob.name: [knob.default] for knob in TABLE}
for _setting in settings():
    CHOICES[_setting.knob].append(_setting.value)

DEFAULTS: Settings = {knob.name: knob.default for knob in TABLE}
_LONGEST_BRACKET = 600  # milliseconds
_ROWS = 8
"""A run makes more rows than that, so it sees every shorter page."""


def combination(seed: int) -> Settings:
    """A setting of every knob."""
    chance = random.Random(f"conformance {seed}")
    return {name: chance.choice(values) for name, values in CHOICES.items()}


def faults(seed: int, chance: float) -> dict[str, t.Any]:
    """A plan: each request fails or loses its connection, for each reason with this chance. A change is carried out before that,
    or not, or later."""
    kinds: list[dict[str, t.Any]] = [
        {"kind": "status", "status": 503},
        {"kind": "reset", "when": "before_answer"},
        {"kind": "reset", "when": "in_answer", "bytes": 3},
        {"kind": "status", "status": 429},
    ]
    changes: list[dict[str, t.Any]] = [
        {"kind": "status", "status": 503, "done": True},
        {"kind": "reset", "when": "before_answer", "done": True},
        {"kind": "late", "how": "accepted", "ms": 60},
    ]
    actions = ("upload", "mkdir", "delete", "rmdir", "rename", "symlink")
    every = [*kinds, *({**kind, "action": action} for kind in changes for action in actions)]
    return {"seed": seed, "faults": [{**kind, "probability": chance, "times": None} for kind in every]}


def conforming(
    account: Account, path: bytes, write: bool = True, *, check: bool = False, pace: Pace = QUICK, **common: t.Any
) -> Answer:
    """A run in a directory. No response is awaited for long, and nothing is carried out late, but as ``common`` says."""
    given = {"protocol": account.protocol, "settle": 0.0, "idle_timeout": 2.0, **common}
    cancellation = given.pop("cancellation", Cancellation())
    options = ConformanceOptions(Common(account.host, account.account, account.key, **given), path.decode(), write)
    return conform(options, check, cancellation, pace)


def sent_since(emulator: Running, since: int) -> int:
    """How many requests have come. What is carried out late is in the journal a second time."""
    return sum(not entry["note"].startswith("late ") for entry in emulator.control.journal(since))


def answers_in(found: Answer) -> dict[str, dict[str, t.Any]]:
    """By question."""
    return {one["question"]: one for one in found.values["answers"]}


@dataclasses.dataclass(frozen=True)
class Expected:
    """What is to be found under some settings."""

    settings: Settings

    def wrong(self, found: Answer, may_be_unknown: bool = False) -> list[str]:
        """The knobs of which something else was found.

        Args:
            may_be_unknown: whether it is fine not to know one; a wrong answer never is.
        """
        answers = {name: one for name, one in answers_in(found).items() if one["is_knob"]}
        assert set(answers) == set(CHOICES)
        said = {name: self._complaint(name, answers[name]) for name in CHOICES}
        if may_be_unknown:
            said = {name: complaint for name, complaint in said.items() if answers[name]["answer"] is not None}
        return [f"{name}={self.settings[name]}: {complaint}" for name, complaint in said.items() if complaint]

    def shows(self, name: str) -> bool:
        """Whether requests show this setting. Of a list that is refused nothing is seen."""
        if name in ("list_order", "list_empty_explicit"):
            return self.settings["list_refused"] == "no"
        return name != "max_page" or self.settings[name] != "none"

    def _complaint(self, name: str, found: t.Mapping[str, t.Any]) -> str:
        if name in TIMES:
            return self._wrong_time(name, found)
        if name == "page_size":
            return self._wrong_pages(found)
        expected = str(self.settings[name]) if self.shows(name) else None
        return "" if found["answer"] == expected else f"{found['answer']} ({found['why']}; {found['seen']})"

    def _wrong_time(self, name: str, found: t.Mapping[str, t.Any]) -> str:
        setting, told = int(self.settings[name]), " ".join(found["seen"])
        bracket = re.search(r"between (\d+) and (\d+) ms|at (most) (\d+) ms", told)
        low, high, most, late = bracket.groups() if bracket else ("0", "0", None, None)
        low, high = (0, int(late)) if most else (int(low), int(high))
        is_right = low - 1 <= setting <= high + 1 and low - 1 <= int(found["answer"] or -9) <= high + 1
        is_right = is_right and high <= _LONGEST_BRACKET
        return "" if is_right else f"{found['answer']} ({found['why']}; {told})"

    def _wrong_pages(self, found: t.Mapping[str, t.Any]) -> str:
        first, _slash, second = str(self.settings["page_size"]).partition("/")
        halves = {"list": first, "dir": second or first}
        if self.settings["list_refused"] != "no":
            del halves["list"]
        known = {name: size for name, size in halves.items() if self._is_seen(size)}
        expected = None
        if len(known) == 2:
            expected = known["list"] if known["list"] == known["dir"] else f"{known['list']}/{known['dir']}"
        seen = dict(text.split(": ") for text in found["seen"])
        right = found["answer"] == expected and set(seen) == set(halves)
        right = right and all(known.get(name, "at least") in (size, size[:8]) for name, size in seen.items())
        return "" if right else f"{found['answer']} ({found['why']}; {found['seen']})"

    def _is_seen(self, size: str) -> bool:
        """Whether pages end earlier than all others."""
        longest = self.settings["max_page"]
        return size.isdecimal() and int(size) < _ROWS and (longest == "none" or int(size) < int(str(longest)))
