# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What spares the tests the compiling of modules changes nothing else: the sources that are found are what runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "compiled_modules/sitecustomize.py"
LOADER = """
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
_AnsibleCollectionFinder(paths=['{}'])._install()
from ansible_collections.some.thing.plugins.module_utils.module import say
say()
"""
SAYS = "def say():\n    raise RuntimeError('{}')\n"


class Modules:
    """A copy of the tool, so with compiled files of its own, and archives that hold a package."""

    def __init__(self, folder: Path) -> None:
        self.tool = folder / "tests/compiled_modules"
        self.tool.mkdir(parents=True)
        shutil.copy(TOOL, self.tool)
        self.folder = folder

    @property
    def compiled(self) -> Path:
        (folder,) = (self.folder / ".cache/compiled-modules").iterdir()
        return folder

    def archive(self, name: str, text: str) -> Path:
        file = self.folder / name
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("package/__init__.py", "")
            archive.writestr("package/module.py", SAYS.format(text))
        return file

    def said(self, archive: Path) -> str:
        """The traceback that the archive's module raises in a process of its own."""
        return self._raised("from package.module import say\nsay()", archive)

    def collection(self, text: str) -> Path:
        """A file of a collection below the folder."""
        file = self.folder / "ansible_collections/some/thing/plugins/module_utils/module.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SAYS.format(text), encoding="utf-8")
        return file

    def said_by_the_collection(self) -> str:
        """The same of the collection's file, as Ansible imports it."""
        return self._raised(LOADER.format(self.folder))

    def _raised(self, program: str, *more: Path) -> str:
        path = [*map(str, [self.tool, *more]), os.environ.get("PYTHONPATH")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr


@pytest.fixture
def modules(tmp_path: Path) -> Modules:
    return Modules(tmp_path)


def test_what_was_compiled_is_used_where_the_source_is_the_same(modules: Modules) -> None:
    first, again = modules.archive("one.zip", "first"), modules.archive("two.zip", "first")
    assert "RuntimeError: first" in modules.said(first)
    (file,) = modules.compiled.glob("package.module.py")
    written = file.stat().st_mtime_ns
    said = modules.said(again)
    assert "RuntimeError: first" in said
    assert f'File "{again}/package/module.py", line 2, in say' in said
    assert file.stat().st_mtime_ns == written


def test_another_source_of_the_same_name_is_compiled(modules: Modules) -> None:
    for text in ("first", "other", "first"):
        assert f"RuntimeError: {text}" in modules.said(modules.archive("modules.zip", text))


def test_a_compiled_file_that_is_cut_off_is_not_used(modules: Modules) -> None:
    archive = modules.archive("modules.zip", "first")
    modules.said(archive)
    (modules.compiled / "package.module.py").write_bytes(b"cut")
    assert "RuntimeError: first" in modules.said(archive)


def test_what_the_loader_of_collections_imports_is_the_file_as_it_is_now(modules: Modules) -> None:
    for text in ("first", "first", "other"):
        file = modules.collection(text)
        said = modules.said_by_the_collection()
        assert f"RuntimeError: {text}" in said
        assert f'File "{file}", line 2, in say' in said
    assert list(modules.compiled.glob("ansible_collections.some.thing.*.module.py"))
