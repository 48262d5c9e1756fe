# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene whose plan several hosts carry out together, each with its share of the early phases, and one with the late ones."""

from __future__ import annotations

import concurrent.futures
import json
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import SyncOptions
from ansible_collections.edgeops.netstorage.tests.contract.scene import Request, Scene

Tree = dict[str, t.Optional[str]]
Report = dict[str, t.Any]

HERE: Tree = {
    **{f"d{number % 5}/{number}.css": f"style {number}" for number in range(24)},
    **{f"d{number}/index.html": f"page {number}" for number in range(5)},
    "index.html": "front", "list.m3u8": "list", "latest": "-> d1", "d3/now": "-> 3.css", "empty/": None, "same.js": "same",
}  # fmt: skip
THERE: Tree = {
    **{f"d{number % 5}/{number}.css": f"STYLE {number}" for number in range(0, 24, 3)},  # of the same size
    "d0/index.html": "old", "d1/index.html": "page 1", "latest": "-> d0", "same.js": "same", "d2/": None,
    "d2/gone.css": "gone", "gone/": None, "gone/a": "a", "gone/b/c": "c", "z": "z",
}  # fmt: skip


class Shards:
    """The hosts, which have one source as long as ``sources`` does not name others."""

    def __init__(self, scene: Scene, count: int, **options: t.Any) -> None:
        self.scene, self.count = scene, count
        self.given: dict[str, t.Any] = {"delete": True, "verify_wait": 0.0, **options}

    def options(self, index: int, **more: t.Any) -> SyncOptions:
        """Of the early task on one host."""
        return self.scene.options(**{**self.given, "phases": "early", "shard": f"{index}/{self.count}", **more})

    def early(self, check: bool = False, at_once: bool = False, **more: t.Any) -> list[Outcome]:
        """The early task on all hosts, one after the other or all at once."""
        options = [self.options(index, **more) for index in range(1, self.count + 1)]
        if not at_once:
            return [run(one, check=check, diff=False) for one in options]
        with concurrent.futures.ThreadPoolExecutor(self.count) as pool:
            return list(pool.map(lambda one: run(one, check=check, diff=False), options))

    def late(self, parts: t.Iterable[Outcome] | None, check: bool = False, **more: t.Any) -> Outcome:
        """The late task, given the outcomes of the early ones; None for nothing."""
        shards = {} if parts is None else {"shards": [report_of(part) for part in parts]}
        return run(self.scene.options(**{**self.given, "phases": "late", **shards, **more}), check=check, diff=False)

    def play(self, at_once: bool = False, check: bool = False) -> tuple[list[Outcome], Outcome]:
        """The whole play, which must work."""
        parts = self.early(check, at_once)
        for part in parts:
            assert part.error is None, part.error
        late = self.late(parts, check)
        assert late.error is None, late.error
        return parts, late


def report_of(part: Outcome) -> Report:
    """The value ``shard`` of a result, as it comes along in JSON."""
    return t.cast(Report, json.loads(json.dumps(result(part)["shard"])))


def refused(outcome: Outcome, code: str, words: str = "") -> None:
    """A guard refused the plan, with these words, and nothing was done."""
    assert outcome.error is not None
    assert outcome.error.code == code, outcome.error
    assert words in str(outcome.error), outcome.error
    assert outcome.done == [] and not outcome.changed


def order_holds(sent: t.Sequence[Request]) -> None:
    """Each upload once; no entry point before the last asset of any host, no delete before the last entry point."""
    made = [request for request in sent if request.changes]
    uploads = [request.path for request in made if request.action == "upload"]
    assert len(set(uploads)) == len(uploads)
    kinds = "".join(_kind(request) for request in made)
    assert kinds == "".join(sorted(kinds)), kinds


def _kind(request: Request) -> str:
    """``a`` for the early phases, ``b`` and ``c`` for entry points by their waves, ``d`` for links, ``e`` for deletes."""
    if request.action in ("delete", "rmdir"):
        return "e"
    if request.action == "symlink":
        return "d"
    return {b"html": "b", b"m3u8": "c"}.get(request.path.rpartition(b".")[2], "a")
