# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The targets of ``ansible-test integration``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[3]
TARGETS = COLLECTION / "tests/integration/targets"
KINDS = {"modules": "", "lookup": "lookup_", "filter": "filter_"}
PLUGINS = {
    f"{prefix}{file.stem}": f"edgeops.netstorage.{file.stem}"
    for folder, prefix in KINDS.items()
    for file in sorted((COLLECTION / "plugins" / folder).glob("*.py"))
}


def test_each_module_lookup_and_filter_has_a_target() -> None:
    assert sorted(folder.name for folder in TARGETS.iterdir()) == sorted([*PLUGINS, "setup_emulator"])


@pytest.mark.parametrize("target", PLUGINS)
def test_a_target_is_a_few_tasks_with_an_emulator(target: str) -> None:
    """What decides is in the suites beside it."""
    assert yaml.safe_load((TARGETS / target / "meta/main.yml").read_text()) == {"dependencies": ["setup_emulator"]}
    tasks = (TARGETS / target / "tasks/main.yml").read_text()
    (block,) = yaml.safe_load(tasks)
    assert 2 <= len(block["block"]) <= 6
    assert PLUGINS[target] in tasks


def test_targets_and_units_are_no_stages_of_what_runs_for_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(COLLECTION / "tests/toolchain"))
    import stages

    for name in ("targets", "units"):
        assert name not in stages.TEST | stages.CHECK
        assert name in stages.EVERYTHING
        assert list(stages.chosen([name])) == [name]
