# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold after a run beside a service that misbehaved: judged from the trees before and after, and from the result.

Nothing here asks the planner what ought to be: what is wanted is written down in the scenario.
"""

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Step, StepKind
from ansible_collections.edgeops.netstorage.tests.contract.scene import key_bytes
from ansible_collections.edgeops.netstorage.tests.matrix.scenarios import Tree

# What stands at each key: a file by its md5, a link by its target, a directory.
State = dict[bytes, str]
Ended = t.Union[Outcome, NetStorageError]

DIRECTORY = "directory"


def state_of(rows: t.Iterable[t.Mapping[str, t.Any]]) -> State:
    return {key_bytes(row): _stands(row) for row in rows}


def _stands(row: t.Mapping[str, t.Any]) -> str:
    if row["type"] == "file":
        return str(row["md5"])
    return "-> " + str(row["target"]) if row["type"] == "symlink" else DIRECTORY


def state_wanted(tree: Tree, base: bytes) -> State:
    return {base + name.encode(): _wanted(what) for name, what in tree.items()}


def _wanted(what: str | None) -> str:
    if what is None:
        return DIRECTORY
    return what if what.startswith("-> ") else hashlib.md5(what.encode()).hexdigest()


def temporary(key: bytes) -> bool:
    """Whether an object waits there to take another's place, or has made room for another."""
    return b".new-" in key or fence(key)


def fence(key: bytes) -> bool:
    """Whether an object has made room there. What a failed run leaves so stands for an hour, whoever runs next."""
    return b".old-" in key


def behind_a_link(key: bytes, state: State) -> bool:
    """Whether the path leads through a link that stands: nothing there is deleted (docs/sync.md)."""
    ends = (place for place, byte in enumerate(key) if byte == ord("/"))
    return any(state.get(key[:end], "").startswith("-> ") for end in ends)


class Doubts(t.NamedTuple):
    """What a run can be excused for.

    lie     the service has told what is not so: what it hid may still be there, and nothing else may be wrong
    hidden  directories may be less explicit than wanted
    proves  what is sent is proved before the deletes, so an asset may fail when the links are done
    """

    lie: bool = False
    hidden: bool = False
    proves: bool = False


def judged(before: State, after: State, wanted: State, ended: Ended, doubts: Doubts) -> list[str]:
    """What is wrong, in words; empty where nothing is."""
    if isinstance(ended, NetStorageError):
        changed = _differences(before, after)
        return [f"no plan, and {key!r} changed" for key in changed] + _told(ended)
    problems = [f"{key!r} is not in the plan, and changed" for key in _strangers(before, after, ended)]
    for step in ended.plan.steps:
        problems += _half_done(step, before, after)
    if ended.error is None:
        return problems + _arrived(before, after, wanted, doubts)
    return problems + _told(ended.error) + _true(ended, before, after, doubts.lie) + _too_late(ended, doubts.proves)


def _differences(one: State, other: State) -> list[bytes]:
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _strangers(before: State, after: State, outcome: Outcome) -> list[bytes]:
    planned = {key for step in outcome.plan.steps for key in (step.key, step.source)}
    whole = tuple(step.key for step in outcome.plan.steps if step.whole is not None)
    changed = [key for key in _differences(before, after) if key not in planned and not temporary(key)]
    return [key for key in changed if not (whole and key.startswith(whole) and key not in after)]


def _after(step: Step, before: State) -> str | None:
    """What stands at the step's key when it is done."""
    if step.after is None:
        return None
    if step.source is not None:
        return before.get(step.source)
    if step.after.kind is Kind.SYMLINK:
        return "-> " + (step.after.target or b"").decode()
    if step.after.kind is Kind.DIRECTORY:
        return DIRECTORY
    return before.get(step.key) if step.kind is StepKind.MTIME else step.after.md5


def _half_done(step: Step, before: State, after: State) -> list[str]:
    """Every key holds the old or the new, never a part, never something else, and no gap but where the kind changes."""
    new, found = _after(step, before), after.get(step.key)
    if step.source is not None and new is not None and new not in (after.get(step.source), found):
        return [f"{step.source!r} is lost"]  # it may be the only one of its kind in the world
    if found == before.get(step.key) or (new is not None and found == new) or (found is None and step.after is None):
        return []
    if new is None and step.kind in (StepKind.UPLOAD, StepKind.REPLACE) and found is not None:
        return []  # the plan does not know its digest; whether it is what is wanted is judged elsewhere
    if found is None and step.kind in (StepKind.REPLACE, StepKind.SYMLINK, StepKind.RENAME):
        return []  # the gap of a service that does not replace; that it is told is judged below
    return [f"{step.key!r} holds {found!r}, neither the old {before.get(step.key)!r} nor the new {new!r}"]


def _arrived(before: State, after: State, wanted: State, doubts: Doubts) -> list[str]:
    problems = []
    for key in _differences(wanted, after):
        is_directory = DIRECTORY in (wanted.get(key), after.get(key))
        if doubts.lie and (after.get(key) == before.get(key) or temporary(key)):
            continue
        if doubts.hidden and is_directory and key not in after:
            continue
        problems.append(f"success, but {key!r} holds {after.get(key)!r} and not {wanted.get(key)!r}")
    return problems


def _told(error: NetStorageError) -> list[str]:
    lacking = [name for name in ("message", "path", "hint") if not getattr(error, name)]
    return [f"the error has no {name}: {error}" for name in lacking]


def _too_late(outcome: Outcome, proves: bool) -> list[str]:
    """No phase after one with a failure, so nothing is deleted after any error.

    The first two phases may overlap; and what was sent is proved when all is sent, before anything is deleted.
    """
    first = min((max(failed.step.phase, Phase.LINKS if proves else Phase.ASSETS) for failed in outcome.failed),
                default=Phase.LATE_LINKS)  # fmt: skip
    late = [step for step in outcome.done if step.phase > first]
    return [f"{step.key!r} was done in a phase after {first.name}, in which something failed" for step in late]


def _true(outcome: Outcome, before: State, after: State, lie: bool) -> list[str]:
    """``done``, ``failed_paths`` and ``left`` are what the service holds."""
    problems = []
    listed = [*outcome.done, *(failed.step for failed in outcome.failed), *outcome.left]
    if sorted(step.key for step in listed) != sorted(step.key for step in outcome.plan.steps):
        problems.append("done, failed_paths and left are not the plan")
    for step in outcome.left:
        if after.get(step.key) != before.get(step.key):
            problems.append(f"{step.key!r} is left, and was changed")
    for step in outcome.done:
        remains = [key for key in after if key == step.source or (step.whole is not None and key.startswith(step.key))]
        problems += [f"{step.key!r} is done, and {key!r} is still there" for key in remains if not lie]
        new = _after(step, before)
        is_so = after.get(step.key) == new or (new is None and step.after is not None and step.key in after)
        if not is_so and not lie:
            problems.append(f"{step.key!r} is done, and holds {after.get(step.key)!r}")
    for failed in outcome.failed:
        is_gone = failed.step.after is not None and failed.step.key in before and failed.step.key not in after
        if is_gone and not failed.error.has_changed:
            problems.append(f"{failed.step.key!r} has vanished, and the result does not tell")
    return problems
