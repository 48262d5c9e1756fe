# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module tells its action groups and whether it is idempotent, by fragments of ``doc_fragments/attributes.py``."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.doc_fragments.attributes import ModuleDocFragment

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MODULES = sorted(file.stem for file in PLUGINS.glob("modules/*.py"))
ACTION_GROUPS = yaml.safe_load((PLUGINS.parent / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
NAME = "edgeops.netstorage."


@pytest.mark.parametrize("module", MODULES)
def test_the_attributes_of_a_module_are_true(module: str) -> None:
    imported = importlib.import_module(f"ansible_collections.{NAME}plugins.modules.{module}")
    fragments = yaml.safe_load(imported.DOCUMENTATION)["extends_documentation_fragment"]
    assert f"{NAME}attributes" in fragments
    names = [name.removeprefix(f"{NAME}attributes.") for name in fragments if name.startswith(f"{NAME}attributes.")]
    attributes = {key: value for name in names for key, value in _attributes(name).items()}
    membership = set(attributes.get("action_group", {}).get("membership", []))
    members = {NAME + group for group, listed in ACTION_GROUPS.items() if module in listed}
    assert membership - {f"{NAME}all"} == members
    assert (f"{NAME}all" in membership) == (f"{NAME}usage" in members)
    assert "idempotent" in attributes


def _attributes(fragment: str) -> dict[str, dict[str, list[str]]]:
    return dict(yaml.safe_load(getattr(ModuleDocFragment, fragment.upper()))["attributes"])
