# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planner cases as data: how the files in ``cases/`` are written, and how one becomes a plan.

An entry is one line. ``a.txt`` is a file with the content ``x`` and the mtime 100, ``a.txt = yz @ 7`` one with other
content and mtime, ``l -> t`` a symlink, ``d/`` an explicit directory. ``{rendered: a.txt = y}`` is a file made for this run.
Of an archive the service's index is a ``+`` behind its content. ``{withheld: x, unknown: true}`` is a region of
the wanted side that takes no part; ``{file: n}``, ``{link: n}`` and ``{directory: n}`` are for names that a line cannot
write. ``\\xff`` in a name is that byte. Implicit directories of the present side are never written: they follow.

A step is one line, ``phase: kind name (why)``, with ``old -> new`` for the name of a rename; ``then`` stands between two
waves of one phase. With ``move`` in the policy, what is wanted stands on the service, so its digests are known.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
import typing as t

import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Found, Kind, Rendered, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.compare import Answer
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.march import march, with_implicit
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import GuardRules, Limit, Move, Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.render import name_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Amount, Plan, Step, StepKind, Why

Case = dict[str, t.Any]

BASE = "/123456/site"
FOLDER = pathlib.Path(__file__).parent / "cases"
KEYS = {"name", "base", "ancestors", "want", "have", "policy", "guards", "steps", "counts", "error", "note"}
_ENTRY = re.compile(
    r"(?P<name>.*?)(?:(?P<slash>/)| -> (?P<target>.+)|(?: = (?P<content>\S*))?(?: @ (?P<mtime>\d+))?)\Z", re.S
)


def all_cases() -> t.Iterator[tuple[str, Case]]:
    """Every case, with an id that says where it stands."""
    for file in sorted(FOLDER.glob("*.yml")):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")):
            unknown = set(case) - KEYS
            if unknown:
                raise ValueError(f"{file.name}: {case['name']}: {unknown}")
            yield f"{file.stem}: {case['name']}", case


def name_in(text: str) -> bytes:
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text.encode())


def entry_in(line: str | Case, with_digest: bool) -> Entry | Withheld:
    """The entry that a line means. Local files are not hashed yet: a digest is asked for where it decides."""
    if not isinstance(line, str):
        return _spelled_out(line, with_digest)
    match = _ENTRY.match(line)
    assert match is not None, line
    name = name_in(match["name"])
    if match["slash"]:
        return Entry(name, Kind.DIRECTORY, mtime=100)
    if match["target"]:
        return Entry(name, Kind.SYMLINK, mtime=100, target=name_in(match["target"]))
    return _file(name, "x" if match["content"] is None else match["content"], int(match["mtime"] or 100), with_digest)


def _spelled_out(case: Case, with_digest: bool) -> Entry | Withheld:
    if "withheld" in case:
        return Withheld(name_in(case["withheld"]), "left out", bool(case.get("unknown")))
    if "rendered" in case:
        return Rendered(*entry_in(case["rendered"], with_digest))
    if "link" in case:
        return Entry(name_in(case["link"]), Kind.SYMLINK, mtime=100, target=b"t")
    if "directory" in case:
        return Entry(name_in(case["directory"]), Kind.DIRECTORY, mtime=100)
    return _file(name_in(case["file"]), "x", 100, with_digest)


def _file(name: bytes, content: str, mtime: int, with_digest: bool) -> Entry:
    digest = hashlib.md5(content.encode()).hexdigest()
    return Entry(name, Kind.FILE, len(content), digest if with_digest else None, mtime)


def policy_in(case: Case) -> Policy:
    options: Case = dict(case.get("policy") or {})
    options["filter"] = Filter(options.pop("include", ()), options.pop("exclude", ()))
    for name in ("protect", "immutable", "index_zip"):
        options[name] = Patterns(options.pop(name, ()), name)
    options["last"] = tuple(Patterns([pattern], "last") for pattern in options.pop("last", ()))
    if "may_replace" in options:
        options["may_replace"] = frozenset(Kind(kind) for kind in options["may_replace"])
    if "brings" in options:
        options["brings"] = StepKind(options["brings"])
    if "delete_because" in options:
        options["delete_because"] = Why(options["delete_because"])
    if "move" in options:
        options["move"] = Move(*(name_in(text) for text in options["move"].split(" -> ")))
    if "whole" in options:
        options["whole"] = Amount(*options["whole"])
    return Policy(**options)


def rules_in(case: Case) -> GuardRules:
    """Without ``guards``, those of a plan with one entry. With it, those of a tree."""
    if "guards" not in case:
        return GuardRules()
    options: Case = dict(case["guards"] or {})
    for name in ("max_delete", "max_replace"):
        if name in options:
            text = str(options[name])
            options[name] = Limit(int(text.rstrip(" %")), text.endswith("%"))
    return GuardRules(tree=True, refuse=tuple(options.pop("refuse", ())), **options)


def base_of(case: Case) -> bytes:
    return t.cast(str, case.get("base", BASE)).encode()


def plan_of(case: Case) -> Plan:
    """March and planner, as the flow drives them."""
    policy = policy_in(case)
    planner = Planner(base_of(case), policy)
    for path, state in (case.get("ancestors") or {}).items():
        planner.ancestor(path.encode(), _rows(path.encode(), state))
    digests: dict[bytes, str] = {}
    indexed: dict[bytes, str] = {}
    moves = policy.move is not None
    want: t.Iterable[t.Any] = _sorted(entry_in(line, moves or policy.fetches) for line in case.get("want") or ())
    want = with_implicit(want) if moves else want
    for line in case.get("have" if policy.fetches else "want") or ():
        entry = entry_in(line, True)
        if isinstance(entry, Entry) and entry.md5 is not None:
            digests[entry.name] = entry.md5
        match = _ENTRY.match(line) if isinstance(line, str) else None
        if match is not None and isinstance(entry, Entry):
            indexed[entry.name] = hashlib.md5(f"{match['content']}+".encode()).hexdigest()
    have = [t.cast(Entry, entry_in(line, not policy.fetches)) for line in case.get("have") or ()]
    for pair in march(want, with_implicit(_sorted(have))):
        question = planner.consider(*pair)
        if question is not None:
            planner.answer(question, Answer(digests[question.want.name], question.have.md5 == indexed.get(question.want.name)))
    return planner.finish()


def _rows(path: bytes, state: str) -> Found | None:
    if state == "hidden":
        return None
    rows = {
        "explicit": Entry(path, Kind.DIRECTORY, mtime=100),
        "implicit": Entry(path, Kind.DIRECTORY, implicit=True),
        "file": _file(path, "x", 100, True),
        "symlink": Entry(path, Kind.SYMLINK, mtime=100, target=b"t"),
    }
    return Found(rows[word] for word in state.split(" and ") if word != "absent")


def _sorted(entries: t.Iterable[t.Any]) -> list[t.Any]:
    # A Withheld with a slash comes after the directory whose content it stands for, as the walk has it.
    return sorted(entries, key=lambda entry: (entry.key, isinstance(entry, Withheld)))


def lines_of(plan: Plan) -> list[str]:
    lines: list[str] = []
    phase = None
    for wave_phase, wave in plan.waves():
        if wave_phase is phase:
            lines.append("then")
        phase = wave_phase
        lines += [f"{phase.name.lower()}: {step.kind.value} {_called(plan, step)} ({step.why.value})" for step in wave]
    return lines


def _called(plan: Plan, step: Step) -> str:
    name = name_of(plan, step)
    return name if step.source is None else f"{shown(step.source).removeprefix(BASE + '/')} -> {name}"


def noted(plan: Plan) -> str:
    return shown("; ".join(plan.notes).encode())
