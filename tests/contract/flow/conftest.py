# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.flow.reviewed_scene import Reviewed
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene


@pytest.fixture
def reviewed(scene: Scene, tmp_path: Path) -> Reviewed:
    return Reviewed(scene, tmp_path / "plan.json")
