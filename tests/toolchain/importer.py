# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection and hand it to Galaxy's own importer.

Built twice: from the files that git knows, and from the working tree with everything that lies about in it. Both
tarballs must hold the same files, or ``build_ignore`` in galaxy.yml has a gap.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from collection_tree import fresh_copy
from surroundings import ROOT, VENV, clean_environment, venv_bin

MUST_TRAVEL = (
    "README.md",
    "meta/runtime.yml",
    "playbooks/files/site/index.html",
    "playbooks/quickstart.yml",
    "roles/emulator/files/netstorage_emulator/cli.py",
    "roles/emulator/files/pyproject.toml",
    "roles/release/meta/argument_specs.yml",
)
IMPORTER_CFG = """\
[galaxy-importer]
CHECK_REQUIRED_TAGS = True
"""


def build(source: Path, output: Path) -> Path:
    """The tarball of this folder."""
    program = str(venv_bin() / "ansible-galaxy")
    command = [program, "collection", "build", str(source), "--output-path", str(output)]
    subprocess.run(command, env=clean_environment(), stdout=subprocess.DEVNULL, check=True)
    return next(output.glob("*.tar.gz"))


def members(tarball: Path) -> set[str]:
    """The files and links in it; an empty folder is not worth a word."""
    with tarfile.open(tarball) as archive:
        return {member.name for member in archive if not member.isdir()}


def differences(clean: set[str], dirty: set[str]) -> list[str]:
    found = [f"only in a build from the working tree: {name}" for name in sorted(dirty - clean)]
    found += [f"missing from a build from the working tree: {name}" for name in sorted(clean - dirty)]
    found += [f"does not travel in the tarball: {name}" for name in MUST_TRAVEL if name not in clean]
    return found


def import_tarball(tarball: Path, scratch: Path) -> int:
    """Galaxy's importer; a warning of its own is a failure here."""
    (scratch / "galaxy-importer.cfg").write_text(IMPORTER_CFG, encoding="utf-8")
    environment = clean_environment(VENV) | {"GALAXY_IMPORTER_CONFIG": str(scratch / "galaxy-importer.cfg")}
    done = subprocess.run(
        [venv_bin() / "python", "-m", "galaxy_importer.main", tarball],
        cwd=scratch,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    warned = any(line.startswith("WARNING") for line in done.stdout.splitlines())
    return done.returncode or int(warned)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="netstorage-importer-") as folder, fresh_copy() as copy:
        scratch = Path(folder)
        (scratch / "clean").mkdir()
        (scratch / "dirty").mkdir()
        tarball = build(copy, scratch / "clean")
        found = differences(members(tarball), members(build(ROOT, scratch / "dirty")))
        print(f"{tarball.name}: {tarball.stat().st_size:,} bytes, {len(members(tarball))} files")
        for difference in found:
            print(difference)
        return import_tarball(tarball, scratch) or int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
