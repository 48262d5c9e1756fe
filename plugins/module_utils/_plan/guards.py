# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guards: they check the whole plan before the first write, and fail with the plan's counts in the message.

Also in check mode, so that a review sees what the real run would refuse.
"""

from __future__ import annotations

import re
import typing as t

from .._model.entries import Kind
from .._model.errors import GuardTripped
from .._model.filters import Patterns
from .._model.paths import has_control, is_cp_code_root, shown
from .policy import GuardRules, Limit, Policy
from .steps import Plan, Step, StepKind, Why

HEAD = 64  # bytes
_VAULT = b"$ANSIBLE_VAULT"
_PRIVATE_KEY = b"PRIVATE KEY-----"
_LFS_POINTER = re.compile(rb"version https://(git-lfs|hawser)\.github\.com/spec/v\d+\r?\n(oid|ext-)")
_BOTH_WANTED = "Rename or exclude one of them; unusual_names: allow lets both be there."
_RESPELLED = "A checkout on macOS may have respelled a name: rename the file to the form that is on the service."
_PUTS_OVER = frozenset({StepKind.UPLOAD, StepKind.DOWNLOAD, StepKind.SYMLINK, StepKind.REPLACE, StepKind.RENAME})


def guard_plan(plan: Plan, policy: Policy, rules: GuardRules) -> None:
    """Raise GuardTripped where the plan does more than the author can have meant. ``code`` names the guard."""
    _guard_existing(plan, policy)
    _guard_immutable(plan)
    _guard_control(plan, policy)
    if not rules.tree:
        return
    _guard_source(plan, policy, rules)
    _guard_spelling(plan, policy)
    _guard_public(plan, rules)
    objects = plan.counts.objects if rules.objects is None else rules.objects
    _guard_share(plan, "max_delete", rules.max_delete, "deletes", objects)
    _guard_share(plan, "max_replace", rules.max_replace, "replaces", objects)


def guard_place(path: bytes, rules: GuardRules) -> None:
    """The destination by itself, before the first packet."""
    if rules.tree and is_cp_code_root(path) and not rules.allow_root:
        raise GuardTripped(
            "allow_root",
            f"{shown(path)} is a whole CP code",
            hint="Name a directory below it, or set allow_root: true if the whole upload directory is meant.",
        )


def _guard_existing(plan: Plan, policy: Policy) -> None:
    for step in plan.steps:
        if step.before is None or step.kind not in _PUTS_OVER:
            continue
        if step.before.kind not in policy.may_replace:
            option = policy.replaced_with.get(step.before.kind)
            raise GuardTripped(
                "exists",
                f"A {step.before.kind.value} that is not as wanted stands at {shown(step.path)} "
                f"({step.why.value}; {counts_of(plan)})",
                path=step.path,
                hint=f"{option} replaces it, if that is meant." if option else "No option of this task replaces it.",
            )


def _guard_immutable(plan: Plan) -> None:
    if plan.immutable:
        names = ", ".join(shown(name) for name in plan.immutable[:5])
        raise GuardTripped(
            "immutable",
            f"{len(plan.immutable)} immutable entries differ from what stands there: {names} ({counts_of(plan)})",
            path=plan.path(plan.immutable[0]),
            hint="Give changed content a new name, or take the pattern out of immutable.",
        )


def _guard_control(plan: Plan, policy: Policy) -> None:
    """Refuses new names with control characters, which are accidents (a line break). A renamed object has its name already."""
    for step in plan.steps if not policy.fetches and policy.move is None and not policy.unusual_names else ():
        if step.after is not None and has_control(step.after.name + (step.after.target or b"")):
            target = f" -> {shown(step.after.target)}" if step.after.target is not None else ""
            raise GuardTripped(
                "unusual_names",
                f"{shown(step.path)}{target} has a control character in it",
                path=step.path,
                hint="Rename it, or set unusual_names: allow.",
            )


def _guard_source(plan: Plan, policy: Policy, rules: GuardRules) -> None:
    counts = plan.counts
    if counts.wanted == 0 and policy.delete and not rules.allow_empty_source:
        raise GuardTripped(
            "empty_source",
            f"The source has no file or link that the filters include, and delete is true ({counts_of(plan)})",
            path=plan.base,
            hint=f"Check {rules.source} and the filters, or set allow_empty_source: true to empty the destination.",
        )
    if counts.wanted and counts.content and not counts.shared and not rules.adopt:
        raise GuardTripped(
            "adopt",
            f"{shown(plan.base)} holds {counts.content} files and links, and none of them is in the source ({counts_of(plan)})",
            path=plan.base,
            hint=f"Check {rules.place}, or set adopt: true if this source is to be deployed beside what is there.",
        )


def _guard_spelling(plan: Plan, policy: Policy) -> None:
    for one, other, both_wanted in plan.look_alikes:
        if both_wanted and policy.unusual_names:
            continue
        where = "Two names of the source" if both_wanted else "A name that would be made and one that would be deleted"
        raise GuardTripped(
            "look_alikes",
            f"{where} differ only by their Unicode form: {shown(one)} ({one.hex()}) and {shown(other)} ({other.hex()})",
            path=plan.base,
            hint=_BOTH_WANTED if both_wanted else _RESPELLED,
        )
    for step in plan.steps if not policy.fetches else ():
        if step.after is not None and step.path.endswith(b".rclonelink"):
            raise GuardTripped(
                "rclonelink",
                f"{shown(step.path)} is rclone's way to write a symlink as a file",
                path=step.path,
                hint="Exclude *.rclonelink, or make the symlink in the source.",
            )


def _guard_public(plan: Plan, rules: GuardRules) -> None:
    patterns = Patterns(rules.refuse, "refuse")
    if not patterns:
        return
    for step in plan.steps:
        sends = step.after is not None and step.kind is not StepKind.MTIME and step.path.startswith(plan.base + b"/")
        if not sends or not patterns.match(step.entry.key):
            continue
        refuse_public(step.path, "matches a pattern of refuse")


def guard_content(path: bytes, head: bytes) -> None:
    """Refuses content that must not be published whatever its name is, by its first HEAD bytes."""
    if head.startswith(_VAULT):
        refuse_public(path, "is encrypted with Ansible Vault")
    if head.startswith(b"-----BEGIN ") and _PRIVATE_KEY in head.split(b"\n")[0]:
        refuse_public(path, "is a private key")
    if _LFS_POINTER.match(head):
        pull = "Bring the content with git lfs pull, or exclude it. refuse: [] looks at no content."
        refuse_public(path, "is a pointer of Git LFS and not the content that it stands for", pull)


def refuse_public(path: bytes, why: str, hint: str = "Exclude it, or set refuse to patterns that do not match it.") -> None:
    """Raises GuardTripped for a file that must not be published."""
    raise GuardTripped("refuse", f"{shown(path)} must not be published: it {why}", path=path, hint=hint)


def _guard_share(plan: Plan, name: str, limit: Limit | None, what: str, objects: int) -> None:
    count = sum(map(COUNTED[name], plan.steps)) if limit is not None else 0
    if limit is not None and limit.exceeded_by(count, objects):
        raise GuardTripped(
            name,
            f"The plan {what} {count} of {objects} objects, and {name} is {limit} ({counts_of(plan)})",
            path=plan.base,
            hint=f"plan.steps of this result lists them. Raise {name} for this run if it is meant.",
        )


def _deletes(step: Step) -> bool:
    """What killed runs have left behind is not counted: removing it is not a delete in the sense of the limit."""
    return step.after is None and step.why is not Why.LEFT_OVER


def _replaces(step: Step) -> bool:
    over = step.before is not None and step.before.kind is not Kind.DIRECTORY
    return over and step.sign == "~" and step.kind is not StepKind.MTIME


COUNTED: dict[str, t.Callable[[Step], bool]] = {"max_delete": _deletes, "max_replace": _replaces}
"""The steps that each limit counts, by the name of its guard."""


def counts_of(plan: Plan) -> str:
    """The counts of a plan for a message."""
    summary = plan.summary()
    return "plan: " + ", ".join(f"{summary[name]} {name}" for name in ("creates", "changes", "deletes", "unchanged"))
