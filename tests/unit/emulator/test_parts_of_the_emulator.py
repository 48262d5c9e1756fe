# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to name each folder of the emulator's package names all of them."""

from __future__ import annotations

import pathlib

import jinja2
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
EMULATOR = ROOT / "roles/emulator/files"
DATA = sorted(file.relative_to(EMULATOR).as_posix() for file in EMULATOR.glob("netstorage_emulator/**/*.json"))
FOLDERS = sorted({file.parent.relative_to(EMULATOR).as_posix() for file in EMULATOR.glob("netstorage_emulator/**/*.py")})


def test_each_folder_of_the_emulator_is_installed() -> None:
    settings = (EMULATOR / "pyproject.toml").read_text(encoding="utf-8")
    assert [folder for folder in FOLDERS if f'"{folder.replace("/", ".")}"' not in settings] == []
    packages = {file.rpartition("/")[0].replace("/", ".") for file in DATA}
    assert packages
    assert [package for package in packages if f'"{package}" = ["*.json"]' not in settings] == []


def test_the_role_installs_anew_when_any_folder_of_the_emulator_changes() -> None:
    variables = (ROOT / "roles/emulator/vars/main.yml").read_text(encoding="utf-8")
    assert len(FOLDERS) > 3
    kinds = [f"{folder}/*.py" for folder in FOLDERS] + [f"{file.rpartition('/')[0]}/*.json" for file in DATA]
    assert [kind for kind in kinds if f"emulator_source ~ '/{kind}'" not in variables] == []


def test_no_index_is_asked_for_the_emulator_unless_somebody_says_so() -> None:
    """Anybody could register its name on a public index: only what the role carries is installed by default."""
    tasks = yaml.safe_load((ROOT / "roles/emulator/tasks/installed.yml").read_text(encoding="utf-8"))
    installed = [task["ansible.builtin.pip"]["name"] for task in tasks[1]["block"] if "ansible.builtin.pip" in task]
    defaults = yaml.safe_load((ROOT / "roles/emulator/defaults/main.yml").read_text(encoding="utf-8"))

    def rendered(**variables: str) -> list[str]:
        known = {**defaults, "_emulator_here": "/srv/emulator", "_emulator_extras": [], **variables}
        return [jinja2.Template(name).render(known) for name in installed]

    assert rendered() == ["['file:///srv/emulator/source']"]
    assert rendered(emulator_requirement="netstorage-emulator==1.0.0") == ["['netstorage-emulator==1.0.0']"]
