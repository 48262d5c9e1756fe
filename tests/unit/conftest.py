# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The same examples on every machine and in every run; a slow machine is no failure."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from hypothesis import settings

if importlib.util.find_spec("netstorage_emulator") is None:  # as where ansible-test makes the environment
    sys.path.append(str(Path(__file__).parents[2] / "roles/emulator/files"))

settings.register_profile("unit", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("unit")
