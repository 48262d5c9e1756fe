# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: a connection to this machine that is not local, and keeps a copy of all that goes over it."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: recording
short_description: a connection that is not local, for tests
description:
  - Commands run on this machine. Every file that is put is copied into the folder that E(RECORDING_FOLDER) names.
author: edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):
    """Everything that the local connection does, under another name."""

    transport = "recording"

    def put_file(self, in_path: str, out_path: str) -> None:
        super().put_file(in_path, out_path)
        name = f"{uuid.uuid4().hex}-{Path(out_path).name}"
        shutil.copyfile(in_path, Path(os.environ["RECORDING_FOLDER"]) / name)
