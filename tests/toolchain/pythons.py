# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the Pythons of this machine that really start.

A name on PATH proves nothing: a version manager's shim may stand there for a version that is switched off.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MINORS = tuple(range(8, 16))
PROBE = "import ensurepip, ssl, sys, venv; print(sys.version_info[0], sys.version_info[1])"


def starts(python: Path, minor: int) -> bool:
    """Whether this file runs as Python 3.``minor`` and can make environments."""
    try:
        done = subprocess.run([python, "-I", "-c", PROBE], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.split() == ["3", str(minor)]


def candidate_folders() -> list[Path]:
    """The folders of PATH, then what pyenv has installed beside them."""
    folders = path_folders()
    roots = [os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv")]
    roots += [str(folder.parent) for folder in folders if folder.name == "shims"]
    for pyenv in dict.fromkeys(filter(None, roots)):
        folders += sorted(Path(pyenv).glob("versions/3.*/bin"), reverse=True)
    return folders


def path_folders() -> list[Path]:
    """The folders of PATH."""
    return [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]


def sound_folders(found: dict[int, Path]) -> list[Path]:
    """The folders of PATH without those where a Python stands that does not start and has no stand-in."""
    missing = [minor for minor in MINORS if minor not in found]
    return [folder for folder in path_folders() if not any((folder / f"python3.{minor}").exists() for minor in missing)]


def installed_python(minor: int) -> Path | None:
    """An executable of Python 3.``minor``."""
    candidates = (folder / f"python3.{minor}" for folder in candidate_folders())
    return next((python for python in candidates if python.exists() and starts(python, minor)), None)


def installed_pythons() -> dict[int, Path]:
    """Minor version of Python 3 to an executable of it."""
    found = {minor: installed_python(minor) for minor in MINORS}
    return {minor: python for minor, python in found.items() if python is not None}
