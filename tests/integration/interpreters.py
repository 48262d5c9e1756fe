# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interpreter that modules are started with; and so, whether a module runs at all."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def plain_python(folder: Path) -> Path:
    """This environment's Python by a path without blanks: Ansible's jobs start theirs through a shell, unquoted, and a
    checkout may lie anywhere."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} \"$@\"\n")
    python.chmod(0o755)
    return python


def by_the_module(folder: Path) -> list[str]:
    """The options with which tasks are left to their modules, although they run on the controller: another Python is named."""
    return ["--extra-vars", f"ansible_python_interpreter={plain_python(folder)}"]
