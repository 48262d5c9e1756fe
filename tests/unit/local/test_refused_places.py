# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where no file of a task can be written: the place is refused before the first request."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.whole_file import refuse_place
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions


@pytest.fixture
def work(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The working directory, with a source, a way into it, and a link in it that leads out."""
    (tmp_path / "src/below").mkdir(parents=True)
    (tmp_path / "src-2").mkdir()
    (tmp_path / "way").symlink_to("src/below")
    (tmp_path / "src/out").symlink_to("../file")
    (tmp_path / "in").symlink_to("src/new")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("given", ["new", "file", "./new", "src-2/new", "way/../../new", "in"])
def test_a_place_in_a_directory_outside_the_source_is_taken(work: pathlib.Path, given: str) -> None:
    """A symlink at the place itself is replaced, so it does not matter where it leads."""
    refuse_place("a_file", given.encode(), b"src")
    refuse_place("a_file", os.fsencode(f"{work}/{given}"), os.fsencode(work / "src"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "^a_file is empty"),
        ("src-2", "src-2 is a directory"),
        ("src-2/", "src-2/ is a directory"),
        ("nowhere/new", "the directory nowhere does not exist"),
        ("new/", "the directory new does not exist"),
        ("file/new", "the directory file does not exist"),
        ("a\0b", "has a NUL"),
        ("src/new", "src/new lies in src"),
        ("src/out", "lies in src"),
        ("src/below/new", "lies in src"),
        ("way/new", "lies in src"),
        ("way/../new", "lies in src"),  # as the system reads it: above where the link leads
        ("src-2/../src/new", "lies in src"),
        ("/nowhere/new", "the directory /nowhere does not exist"),
    ],
)
def test_no_file_can_be_there(work: pathlib.Path, given: str, why: str) -> None:
    with pytest.raises(BadOptions, match=why) as told:
        refuse_place("a_file", given.encode(), b"src/")
    assert str(told.value).startswith("a_file") and (told.value.hint or "NUL" in why)


def test_everything_lies_in_the_root(work: pathlib.Path) -> None:
    with pytest.raises(BadOptions, match="lies in /"):
        refuse_place("a_file", os.fsencode(work / "new"), b"/")
    refuse_place("a_file", os.fsencode(work / "new"))
