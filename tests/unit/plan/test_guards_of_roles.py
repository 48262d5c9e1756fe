# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role mirror knows the guards that may refuse a plan."""

from __future__ import annotations

import ast
from pathlib import Path

import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan import guards

ROLES = Path(__file__).resolve().parents[3] / "roles"
BEFORE_A_PLAN = {"allow_root"}
"""There is no plan when it is asked, so the state is unknown."""


def test_the_drift_check_knows_each_guard_of_a_plan() -> None:
    tree = ast.parse(Path(guards.__file__).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "GuardTripped"]
    named = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)} | set(guards.COUNTED)
    variables = yaml.safe_load((ROLES / "mirror/vars/main.yml").read_text(encoding="utf-8"))
    assert set(variables["_mirror_guards"]) == named - BEFORE_A_PLAN
