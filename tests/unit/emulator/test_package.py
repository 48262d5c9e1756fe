# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a package of its own: which Pythons read it, whose licence each file has, what is said of it elsewhere."""

from __future__ import annotations

import ast
import json
import pathlib
import re
import subprocess
import sys

import pytest
from netstorage_emulator import cli

ROOT = pathlib.Path(__file__).resolve().parents[3]
EMULATOR = ROOT / "roles/emulator/files"
PACKAGE = EMULATOR / "netstorage_emulator"
FILES = sorted(PACKAGE.rglob("*.py"))
PERMISSIVE = {"__init__.py", "control.py", "pytest_plugin.py"}
OLDEST = 10
READ = "import sys; [compile(open(name, 'rb').read(), name, 'exec', dont_inherit=True) for name in sys.argv[1:]]"


def test_every_python_here_that_is_to_run_the_emulator_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))
    import prepare
    import pythons

    settings = (EMULATOR / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">=3.{OLDEST}"' in settings
    assert prepare.EMULATOR_MINORS[0] == OLDEST
    assert f'"roles/emulator/files/**" = "py3{OLDEST}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = [pythons.installed_python(minor) for minor in prepare.EMULATOR_MINORS if minor != sys.version_info.minor]
    for python in [pathlib.Path(sys.executable), *filter(None, found)]:
        done = subprocess.run([python, "-I", "-c", READ, *FILES], capture_output=True, text=True, check=False)
        assert not done.stderr, python


def imported(file: pathlib.Path) -> set[str]:
    """The modules that a file imports, with ``.x`` for those of the package."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(f".{node.module or ''}" if node.level else (node.module or "").partition(".")[0])
    return found


def test_what_tests_of_others_import_is_mit_and_imports_nothing_else() -> None:
    identifier = re.compile(f"^# SPDX-{'License'}-Identifier: (.+)$", re.M)  # written so that reuse takes it for none of its own
    identifiers = {file: identifier.findall(file.read_text(encoding="utf-8")) for file in FILES}
    mit = {file for file, found in identifiers.items() if found == ["MIT"]}
    assert {file.relative_to(PACKAGE).as_posix() for file in mit} == PERMISSIVE
    assert {tuple(found) for file, found in identifiers.items() if file not in mit} == {("GPL-3.0-or-later",)}
    allowed = {*sys.stdlib_module_names, "pytest", *(f".{name.removesuffix('.py')}" for name in PERMISSIVE)}
    for file in mit:
        assert imported(file) <= allowed, file


def test_the_package_brings_the_texts_of_its_licences_along() -> None:
    settings = (EMULATOR / "pyproject.toml").read_text(encoding="utf-8")
    texts = {file.stem: file.read_bytes() for file in (EMULATOR / "LICENSES").iterdir()}
    assert f'license = "{" AND ".join(sorted(texts))}"' in settings
    for name, text in texts.items():
        assert (ROOT / "LICENSES" / f"{name}.txt").read_bytes() == text


def test_the_changelog_of_the_package_follows_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))
    import versions

    text = (ROOT / versions.EMULATOR_CHANGES).read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"$', (EMULATOR / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    newest = re.search(r"^## (\S+)", text, re.M)
    assert version and newest and version[1] == newest[1]
    headings = re.compile(r"^## (.+)$", re.M).findall
    released = versions.date_emulator_changes("# a\n\n## 1.1.0 (unreleased)\n\n* b\n\n## 1.0.0\n", "1.1.0")
    assert headings(released) == ["1.1.0", "1.0.0"]
    assert headings(versions.date_emulator_changes(released, "1.2.0")) == ["1.2.0", "1.1.0", "1.0.0"]


def test_what_the_container_is_started_with_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (EMULATOR / "Containerfile").read_text(encoding="utf-8").replace("\\\n", "")
    start, usual = (json.loads(re.search(rf"^{word} (\[.*\])$", text, re.M)[1])  # type: ignore[index]
                    for word in ("ENTRYPOINT", "CMD"))
    asked = []

    async def serve(options: object) -> None:
        asked.append(options)

    monkeypatch.setattr(cli, "serve", serve)
    assert start[0] == "netstorage-emulator"
    assert cli.main([*start[1:], *usual]) == 0
    (options,) = asked
    exposed = re.search(r"^EXPOSE (.*)$", text, re.M)
    assert exposed and exposed[1].split() == [str(getattr(options, name)) for name in ("port", "https_port", "control_port")]
