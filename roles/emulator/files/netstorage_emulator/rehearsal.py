# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole rehearsal in one JSON file: the faults, the seed of their chances, and the surroundings they happen in.

``{"seed": 7, "faults": [...], "throttle": {...}, "knobs": {...}, "latency_ms": 30}``; a bare list stands for the faults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from . import throttle
from .fault_kinds import BadFault, number
from .faults import FIRST_SEED, Rule, parsed_rules
from .knobs import Knobs

FIELDS = ("seed", "faults", "throttle", "knobs", "latency_ms")
LONGEST_LATENCY_MS = 1e7


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a plan sets; None and an empty object leave things as they are."""

    seed: int
    rules: list[Rule]
    knobs: Mapping[str, object]
    throttle: throttle.Settings | None
    latency_seconds: float | None


def described(plan: object) -> Rehearsal:
    """The plan, with everything in it checked before anything is set."""
    if isinstance(plan, list):
        plan = {"faults": plan}
    if not isinstance(plan, Mapping):
        raise BadFault(f"a plan is an object or a list of faults, not {plan!r}")
    for name in plan:
        if name not in FIELDS:
            raise BadFault(f"{name!r} is no field of a plan; there are {', '.join(FIELDS)}")
    seed, knobs = plan.get("seed", FIRST_SEED), plan.get("knobs", {})
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise BadFault(f"seed of a plan is a whole number, not {seed!r}")
    if not isinstance(knobs, Mapping):
        raise BadFault(f"knobs of a plan are an object of names and settings, not {knobs!r}")
    Knobs().change(knobs)
    limits = throttle.described(plan["throttle"]) if "throttle" in plan else None
    return Rehearsal(seed, parsed_rules(plan.get("faults", [])), knobs, limits, _latency(plan))


def _latency(plan: Mapping[str, object]) -> float | None:
    if "latency_ms" not in plan:
        return None
    milliseconds = plan["latency_ms"]
    if not number(0, LONGEST_LATENCY_MS, whole=False)(milliseconds):
        raise BadFault(f"latency_ms of a plan is a number from 0, not {milliseconds!r}")
    return float(milliseconds) / 1000  # type: ignore[arg-type]


def read(path: str) -> Rehearsal:
    """The plan in a file."""
    try:
        with open(path, encoding="utf-8") as file:
            return described(json.load(file))
    except OSError as error:
        raise BadFault(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # BadFault, UnknownSetting and BadThrottle too
        raise BadFault(f"{path}: {error}") from error
    except RecursionError:
        raise BadFault(f"{path}: it is nested too deeply") from None
