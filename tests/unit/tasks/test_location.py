# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a path may look like, and what is made of the habits that people have."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.find import find
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.location import place_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    FileOptions,
    FindOptions,
    RenameOptions,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation

COMMON = Common("127.0.0.1:9", "tester", "a-key-of-some-length", root="/1", protocol="http", max_retries=0)
ODD = dataclasses.replace(COMMON, unusual_names="allow")


@pytest.mark.parametrize(
    ("path", "full"), [("a/", b"/1/a"), ("a/b/", b"/1/a/b"), ("/1/", b"/1"), ("/1/a/", b"/1/a"), ("a", b"/1/a")]
)
def test_a_slash_at_the_end_of_a_directory_is_dropped(path: str, full: bytes) -> None:
    assert place_of(COMMON, path, is_directory=True).path == full
    assert place_of(ODD, path, is_directory=True).path == full + (b"/" if path.endswith("/") else b"")


@pytest.mark.parametrize("path", ["a//", "/1//", "a//b/", "./", "../"])
def test_what_an_empty_variable_leaves_is_refused(path: str) -> None:
    with pytest.raises(BadOptions):
        place_of(COMMON, path, is_directory=True)


@pytest.mark.parametrize("path", ["a/", "/1/a/"])
def test_a_file_has_no_slash_at_its_end(path: str) -> None:
    with pytest.raises(BadOptions, match="ends in a slash"):
        place_of(COMMON, path)


@pytest.mark.parametrize("name", ["a\n", "a\rb", "\ta", "a\x00", "a\x7f", "\x1b[31m"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda common, name: run(FileOptions(common, name, source="/etc/hostname"), check=True, diff=False),
        lambda common, name: run(DirectoryOptions(common, name), check=True, diff=False),
        lambda common, name: run(SymlinkOptions(common, "a", name), check=True, diff=False),
        lambda common, name: run(RenameOptions(common, "a", name), check=True, diff=False),
        lambda common, name: find(FindOptions(common, name), Cancellation()),
    ],
    ids=["path", "directory", "target", "dest", "query"],
)
def test_control_characters_are_refused_before_the_first_packet(ask: t.Callable[[Common, str], object], name: str) -> None:
    with pytest.raises(BadOptions, match="has a control character in it") as told:
        ask(COMMON, name)
    assert "unusual_names: allow" in told.value.hint
    assert ("line break" in told.value.hint) is name.endswith("\n")
    assert place_of(ODD, name).path == b"/1/" + name.encode()
