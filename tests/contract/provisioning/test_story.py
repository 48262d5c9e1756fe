# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A seeded sample of the soak stage ``provisioning``: a whole life of a storage group under random knobs and faults."""

from __future__ import annotations

import pathlib
import random

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import ConfigScene
from ansible_collections.edgeops.netstorage.tests.soak.provisioning import Story
from netstorage_emulator.control import Running


@pytest.mark.parametrize("seed", range(9000, 9012))
def test_everything_is_made_once_whatever_is_lost(
    config: ConfigScene, _configured: Running, tmp_path: pathlib.Path, seed: int
) -> None:
    story = Story(config, _configured.host_port, tmp_path, random.Random(f"contract {seed}"))
    story.play()
    assert story.injected
