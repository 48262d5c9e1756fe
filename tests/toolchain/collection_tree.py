# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fresh copy of the collection, at a path that ansible-test accepts.

ansible-test insists on a real ``ansible_collections/<namespace>/<name>`` folder and refuses links. The copy holds what
git would commit, uncommitted work included, and nothing that it ignores.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

from surroundings import NAME, NAMESPACE, ROOT, clean_environment

# A clone may belong to another user, as in many CI containers: only its file names are read here.
GIT = ("git", "-c", "safe.directory=*")


def project_files() -> list[Path]:
    """Relative paths of the tracked files and of those that could be added."""
    listing = subprocess.run(
        [*GIT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        check=True,
    ).stdout
    names = sorted({os.fsdecode(name) for name in listing.split(b"\0") if name})
    return [Path(name) for name in names if os.path.lexists(ROOT / name)]


@contextlib.contextmanager
def fresh_copy() -> t.Iterator[Path]:
    """The copy's folder; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="netstorage-") as scratch:
        # The real path: on some systems the temporary folder is itself a link.
        copy = Path(scratch).resolve() / "ansible_collections" / NAMESPACE / NAME
        for file in project_files():
            target = copy / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target, follow_symlinks=False)
        yield copy


def track_all(copy: Path) -> None:
    """Make the copy a repository, so that ansible-test does not ask one further up."""
    for arguments in (["init", "--quiet"], ["add", "--all", "--force"]):
        subprocess.run([*GIT, *arguments], cwd=copy, env=clean_environment(), check=True)
