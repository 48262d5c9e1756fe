# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Play what the package promises, with nothing but the package: the playbook ``quickstart`` and the role ``emulator``.

The built tarball is installed into an empty folder, and all of it is deleted that an installation may leave out. Then
both are played by a user without a home, without settings and without a file in the current folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from collection_tree import fresh_copy
from importer import build
from netstorage_emulator.control import Control
from surroundings import CACHE, NAME, NAMESPACE, clean_environment, venv_bin

# What every installation has of a collection, and what ansible-galaxy writes beside it.
KEPT = {"meta", "playbooks", "plugins", "roles", "MANIFEST.json", "FILES.json"}
QUICKSTART = f"{NAMESPACE}.{NAME}.quickstart"
ROLE = {"ansible.builtin.include_role": {"name": f"{NAMESPACE}.{NAME}.emulator"}}
RELEASE = "/123456/www/releases/2026-11/"
# Where the quickstart keeps its emulator: the role finds it installed there, which spares half of the time.
EMULATOR = ".cache/netstorage-quickstart"
PIP_SETTINGS = ("~/.config/pip/pip.conf", "~/.pip/pip.conf")


class BrokenPackage(Exception):
    """Something needs what is not in the package, or leaves something behind."""


class Place(t.NamedTuple):
    """An empty home, an empty current folder, and the collection."""

    home: Path
    folder: Path
    collections: Path

    @property
    def collection(self) -> Path:
        return self.collections / "ansible_collections" / NAMESPACE / NAME

    def environment(self) -> dict[str, str]:
        """The checkout is linked into site-packages, where Ansible must not find it. pip asks the index that the user has set."""
        environment = clean_environment() | {
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(self.home / ".ansible/tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
            "PIP_CACHE_DIR": str(CACHE / "pip"),
        }
        for settings in filter(Path.exists, (Path(name).expanduser() for name in PIP_SETTINGS)):
            environment.setdefault("PIP_CONFIG_FILE", str(settings))
        return environment

    def run(self, program: str, *arguments: str) -> str:
        """What it printed; BrokenPackage unless it ended well."""
        done = subprocess.run(
            [venv_bin() / program, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise BrokenPackage(f"{done.stdout}\n{program} {' '.join(arguments)} ended with status {done.returncode}.")
        return done.stdout


def install(tarball: Path, scratch: Path) -> Place:
    """The package alone, in a new place."""
    place = Place(scratch / "home", scratch / "work", scratch / "collections")
    for folder in place:
        folder.mkdir()
    place.run("ansible-galaxy", "collection", "install", str(tarball), "--offline", "-p", str(place.collections))
    for entry in place.collection.iterdir():
        if entry.name not in KEPT:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return place


def stored(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but what Python compiles."""
    files = (Path(parent, name) for parent, _folders, names in os.walk(folder) for name in names)
    return {str(file): file.read_bytes() for file in files if file.parent.name != "__pycache__"}


def site_files(place: Place) -> set[str]:
    site = place.collection / "playbooks/files/site"
    return {file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file() and not file.is_symlink()}


def served(emulator: Path) -> set[str]:
    """The names of the files of the release, as the emulator has them."""
    tree = Control(int((emulator / "control").read_text(encoding="utf-8"))).tree(RELEASE)
    return {entry["key"].removeprefix(RELEASE) for entry in tree if entry["type"] == "file"}


def role_playbook() -> list[dict[str, t.Any]]:
    """The role as its README shows it: start an emulator, deploy one file, stop it."""
    group = f"group/{NAMESPACE}.{NAME}.all"
    file = {"path": "hello.txt", "content": "Hello"}
    deployed = {"assert": {"that": ["first is changed", "second is not changed"]}}
    return [
        {
            "name": "Role",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"emulator_directory": f"~/{EMULATOR}", "emulator_cp_codes": ["654321"]},
            "module_defaults": {group: "{{ emulator_connection | default({}) }}"},
            "tasks": [
                {"name": "Start", **ROLE},
                {"name": "Deploy", f"{NAMESPACE}.{NAME}.ns_file": file, "register": "first"},
                {"name": "Deploy again", f"{NAMESPACE}.{NAME}.ns_file": file, "register": "second"},
                {"name": "Compare", **deployed},
                {"name": "Stop", **ROLE, "vars": {"emulator_state": "stopped"}},
            ],
        }
    ]


@contextlib.contextmanager
def stopped_at_the_end(place: Place) -> t.Iterator[Path]:
    """The folder of the emulator, which a play that fails leaves running."""
    folder = place.home / EMULATOR
    try:
        yield folder
    finally:
        if (folder / "emulator").exists():
            subprocess.run([folder / "emulator", "stop"], stdout=subprocess.DEVNULL, check=True)


def play_both(place: Place, playbook: Path) -> None:
    before = stored(place.collection)
    with stopped_at_the_end(place) as emulator:
        output = place.run("ansible-playbook", QUICKSTART)
        if missing := site_files(place) - served(emulator):
            raise BrokenPackage(f"{output}\n{QUICKSTART} did not deploy: {', '.join(sorted(missing))}")
        playbook.write_text(json.dumps(role_playbook()), encoding="utf-8")
        place.run("ansible-playbook", str(playbook))
        if (emulator / "pid").exists():
            raise BrokenPackage(f"The role left its emulator running: {emulator / 'pid'}")
    if left := [str(file) for file in place.folder.iterdir()]:
        raise BrokenPackage(f"Files are left in the current folder: {', '.join(left)}")
    after = stored(place.collection)
    if changed := sorted(file for file in {**before, **after} if before.get(file) != after.get(file)):
        raise BrokenPackage(f"Files of the installed collection were changed: {', '.join(changed)}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="netstorage-package-") as folder, fresh_copy() as copy:
        scratch = Path(folder)
        (scratch / "built").mkdir()
        tarball = build(copy, scratch / "built")
        started = time.monotonic()
        try:
            play_both(install(tarball, scratch), scratch / "role.json")
        except BrokenPackage as problem:
            print(problem)
            return 1
        print(f"{tarball.name} alone: {QUICKSTART} and the role emulator played in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
