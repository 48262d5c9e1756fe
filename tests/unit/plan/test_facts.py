# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of results for an entry."""

from __future__ import annotations

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.facts import all_facts_of, facts_of, kind_of

FILE = Entry(b"f", Kind.FILE, 3, "0" * 32, 5)
LINK = Entry(b"l", Kind.SYMLINK, mtime=6, target=b"a\x1bb")
IMPLICIT = Entry(b"d", Kind.DIRECTORY, mtime=7, implicit=True)


def test_every_entry_has_a_kind() -> None:
    directory = Entry(b"d", Kind.DIRECTORY)
    assert [kind_of(entry) for entry in (FILE, LINK, directory, IMPLICIT, None)] == [
        "file", "symlink", "directory", "implicit_directory", "absent",
    ]  # fmt: skip


def test_what_an_entry_has() -> None:
    assert facts_of(FILE) == {"size": 3, "md5": "0" * 32, "mtime": 5}
    assert facts_of(LINK) == {"mtime": 6, "target": "a\\x1bb"}
    assert facts_of(IMPLICIT) == {"mtime": None}


def test_all_words_are_always_there() -> None:
    nothing = {"size": None, "md5": None, "mtime": None, "target": None}
    assert all_facts_of(None) == {"kind": "absent", **nothing}
    assert all_facts_of(FILE) == {"kind": "file", **nothing, **facts_of(FILE)}
    assert all_facts_of(LINK) == {"kind": "symlink", **nothing, **facts_of(LINK)}
