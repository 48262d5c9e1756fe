# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import LARGE, FetchScene
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene


@pytest.fixture
def fetching(scene: Scene, tmp_path: Path) -> FetchScene:
    return FetchScene(scene, tmp_path)


@pytest.fixture
def big(fetching: FetchScene) -> FetchScene:
    """With one large file on the service."""
    fetching.scene.there({"big": LARGE})
    return fetching
