# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The targets of ``ansible-test integration``."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[3]
TARGETS = COLLECTION / "tests/integration/targets"
MODULES = sorted(file.stem for file in (COLLECTION / "plugins/modules").glob("*.py"))


def test_each_module_has_a_target_of_its_name() -> None:
    assert sorted(folder.name for folder in TARGETS.iterdir()) == [*MODULES, "setup_emulator"]


@pytest.mark.parametrize("module", MODULES)
def test_a_target_is_a_few_tasks_with_an_emulator(module: str) -> None:
    """What decides is in the suites beside it."""
    assert yaml.safe_load((TARGETS / module / "meta/main.yml").read_text()) == {"dependencies": ["setup_emulator"]}
    (block,) = yaml.safe_load((TARGETS / module / "tasks/main.yml").read_text())
    assert 2 <= len(block["block"]) <= 6
    assert any(f"edgeops.netstorage.{module}" in task for task in block["block"])


def test_targets_are_a_stage_of_the_run_of_everything_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(COLLECTION / "tests/toolchain"))
    import stages

    assert [name for name, run in stages.RUNS.items() if "targets" in run] == ["everything"]
    assert list(stages.chosen(["targets"])) == ["targets"]
