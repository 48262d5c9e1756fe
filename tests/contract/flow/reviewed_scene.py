# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene whose plan is reviewed, and applied later."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

SURFACE = Path(__file__).resolve().parents[2] / "public_surface.txt"
PUBLIC = {fact.partition(", member ")[2] for fact in SURFACE.read_text(encoding="utf-8").splitlines()}
Tree = dict[str, t.Optional[str]]


@dataclasses.dataclass
class Reviewed:
    """A scene whose plan is written to a document, and applied later."""

    scene: Scene
    document: Path
    options: dict[str, t.Any] = dataclasses.field(default_factory=lambda: {"delete": True})

    def review(self) -> dict[str, t.Any]:
        outcome = run(self.scene.options(plan_file=str(self.document), **self.options), check=True, diff=False)
        assert self.scene.changes() == []
        return self.read() if outcome.error is None else {**self.read(), "error": outcome.error}

    def apply(self, **more: t.Any) -> Outcome:
        given = {"expect_plan": str(self.document), **self.options, **more}
        return run(self.scene.options(**given), check=False, diff=False)

    def read(self) -> dict[str, t.Any]:
        """The document, whose members are all written down as public."""
        document = t.cast("dict[str, t.Any]", json.loads(self.document.read_bytes()))
        assert sorted(set(members(document)) - PUBLIC) == [], "make surface, or tests/toolchain/surface_in_code.py: PLAN_PARTS"
        return document


def members(value: object, above: str = "") -> t.Iterator[str]:
    """Such as ``steps[].before.size``; the counts of requests are by action, which are no members."""
    if isinstance(value, list):
        for one in value:
            yield from members(one, f"{above.removesuffix('.')}[].")
    elif isinstance(value, dict) and above != "outcome.api_calls.":
        for name, inner in value.items():
            yield above + name
            yield from members(inner, f"{above}{name}.")


def differences(outcome: Outcome) -> list[tuple[str, str]]:
    """The kind of each difference, and the name that it is about."""
    assert outcome.error is not None
    failure = outcome.error.failure()
    assert failure["code"] == "expect_plan"
    assert failure["differences_total"] == len(failure["differences"])
    return [(one["what"], one["path"].rpartition("/s/")[2]) for one in failure["differences"]]


HERE: Tree = {"index.html": "new", "css/a.css": "a", "same": "same", "now": "-> css"}
THERE: Tree = {"index.html": "old", "gone": "gone", "same": "same", "now": "-> old", "old/x": "x"}
