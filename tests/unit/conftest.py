# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same examples on every machine and in every run; a slow machine is no failure."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from hypothesis import settings

settings.register_profile("unit", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("unit")

COLLECTION = Path(__file__).resolve().parents[2]


def import_from_folders() -> None:
    """For an environment that ansible-test has made: it has neither the emulator nor Ansible, and finds Ansible and the
    collection for the process of the tests, but not for those that tests start.
    """
    emulator = COLLECTION / "roles/emulator/files"
    ansible = importlib.util.find_spec("ansible")
    assert ansible is not None and ansible.origin is not None
    folders = [emulator, COLLECTION.parents[2], Path(ansible.origin).parents[1]]
    sys.path.append(str(emulator))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), *map(str, folders)]))


if importlib.util.find_spec("netstorage_emulator") is None:
    import_from_folders()
