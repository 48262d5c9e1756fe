# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugin for pytest, as a project has it that has nothing to do with this one: installed, and found by pytest itself."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "emulator-pytest.md"
CONFTEST = '''
import pytest

@pytest.fixture(scope="session")
def netstorage_options():
    return {"cp_codes": ["777"], "knobs": {"page_size": 5}, "load": [{"key": "/777/a", "content": "a"}]}
'''

TESTS = '''
import pathlib
import pytest

SEEN = []

@pytest.mark.parametrize("number", [1, 2])
def test_each_begins_as_the_first_one(netstorage, number):
    assert [entry["key"] for entry in netstorage.control.tree()] == ["/777/a"]
    assert netstorage.control.knobs()["page_size"] == 5
    assert netstorage.control.counts()["total"] == 0
    assert netstorage.cp_code == "777" and netstorage.account and netstorage.key
    netstorage.control.load([{"key": "/777/b"}])
    netstorage.control.set_knobs(page_size=1)
    SEEN.append(netstorage)

def test_one_emulator_serves_them_all(netstorage):
    assert SEEN == [netstorage, netstorage]

def test_others_have_settings_of_their_own(netstorage, netstorage_factory):
    one, two = netstorage_factory(), netstorage_factory(knobs={"page_size": 2}, self_signed=True)
    assert len({netstorage.port, one.port, two.port}) == 3
    assert [each.control.knobs()["page_size"] for each in (one, two)] == [5, 2]
    assert two.authority.exists() and two.https_port
    SEEN.extend([one, two])

def test_those_have_ended_with_their_test():
    assert [each.process.poll() for each in SEEN[-2:]] == [0, 0]

def test_that_kills_its_emulator(netstorage):
    netstorage.kill()

def test_after_that_one_gets_a_new_one(netstorage):
    assert netstorage is not SEEN[0] and netstorage.process.poll() is None

def test_that_fails(netstorage):
    pathlib.Path("pid").write_text(str(netstorage.process.pid))
    assert netstorage.port == 0
'''


def played(folder: pathlib.Path, files: dict[str, str]) -> str:
    """What pytest says of a folder with these files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    variables["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), variables["PATH"]])
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)],
                          cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.skipif(not (pathlib.Path(sys.executable).parent / "rclone").exists(), reason="rclone is not here")
def test_the_example_of_the_page_passes(tmp_path: pathlib.Path) -> None:
    files = dict(re.findall(r"^`(\w+\.py)`\n\n```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S))
    assert sorted(files) == ["conftest.py", "test_deploy.py"]
    said = played(tmp_path, files)
    assert said.splitlines()[-1].startswith("4 passed"), said


def test_a_foreign_project_uses_the_fixtures(tmp_path: pathlib.Path) -> None:
    said = played(tmp_path, {"conftest.py": CONFTEST, "test_it.py": TESTS})
    assert said.splitlines()[-1].startswith("1 failed, 7 passed"), said
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 0)
    assert "a-key-for-tests-only" not in said
