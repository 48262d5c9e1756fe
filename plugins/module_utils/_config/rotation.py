# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which step the HTTP API keys of an account are due for. Pure.

A rotation takes several runs, as a new key works only after 60 to 120 minutes: make it; once it works, hand it over; once all
deploys have it, switch the older ones off; at last remove them. Each run does the one step that is due, and finds out from the
keys which that is. So a run that fails or is repeated does no harm.

What holds: a key is switched off only in a run that has seen the newest one work, and only keys that are off are removed.
"""

from __future__ import annotations

import enum
import typing as t

MOST_KEYS = 3


class Step(enum.Enum):
    """What a run does."""

    NOTHING = "nothing"
    MAKE = "make"
    WAIT = "wait"
    SWITCH = "switch"  # hand the newest key over: write it to key_file
    DISABLE = "disable"
    REMOVE = "remove"


class KeyFile(enum.Enum):
    """What the file has that deploys read their key from."""

    UNUSED = "unused"  # there is no such file: whoever runs the task hands the key over
    OTHER = "other"  # it is missing, or has no key that is switched on
    OLDER = "older"
    NEWEST = "newest"


class KeyState(t.NamedTuple):
    """A key. ``age`` is in days, None where the service does not tell."""

    identity: str
    is_active: bool
    age: t.Optional[float]


class Rules(t.NamedTuple):
    """The options.

    rotates     False only sees to it that there is a key, and that it is handed over
    older_than  days after which the newest key is too old
    overlap     days for which keys are kept on after a newer one was made
    keep        how many keys stay, those that are off included
    """

    rotates: bool
    older_than: float
    overlap: float
    keep: int


class Due(t.NamedTuple):
    """A step.

    keys         the identities of the keys that it is about
    needs_proof  whether the newest key must be seen to work first
    why          for a wait, as results tell it
    """

    step: Step
    keys: t.Sequence[str] = ()
    needs_proof: bool = False
    why: str = ""


def due(keys: t.Sequence[KeyState], is_pending: bool, file: KeyFile, rules: Rules) -> Due:
    """The step.

    Args:
        keys: in the order in which they were made.
        is_pending: whether a change of the account is still being propagated.
    """
    active = [key for key in keys if key.is_active]
    off = [key.identity for key in keys if not key.is_active]
    if not active:
        return Due(Step.MAKE) if len(keys) < MOST_KEYS else Due(Step.REMOVE, off[:1])
    newest, older = active[-1], [key.identity for key in active[:-1]]
    if file is KeyFile.OTHER and not older:
        return Due(Step.SWITCH, [newest.identity])  # there is no other key that would work instead
    if is_pending:
        return Due(Step.WAIT, why="A change of the upload account is still being propagated, which takes 60 to 120 minutes.")
    if older:
        return _beside(newest, older, file, rules)
    return _alone(newest, off, rules) if rules.rotates else Due(Step.NOTHING)


def _beside(newest: KeyState, older: t.Sequence[str], file: KeyFile, rules: Rules) -> Due:
    """Several keys are on."""
    if file is KeyFile.OTHER or (file is KeyFile.OLDER and rules.rotates):
        return Due(Step.SWITCH, [newest.identity], needs_proof=True)
    if not rules.rotates:
        return Due(Step.NOTHING)
    if newest.age is None or newest.age < rules.overlap:
        return Due(Step.WAIT, why=f"The older keys stay on for {rules.overlap * 24:g} hours after the newest was made.")
    return Due(Step.DISABLE, older, needs_proof=True)


def _alone(newest: KeyState, off: t.Sequence[str], rules: Rules) -> Due:
    """One key is on."""
    if newest.age is not None and newest.age > rules.older_than:
        return Due(Step.MAKE) if len(off) + 1 < MOST_KEYS else Due(Step.REMOVE, off[:1])
    spare = len(off) + 1 - rules.keep
    return Due(Step.REMOVE, off[:spare]) if spare > 0 else Due(Step.NOTHING)
