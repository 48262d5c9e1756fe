# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells two wanted trees apart, and what is no difference."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.want_digest import HEAD, SAMPLE, WantDigest

Wanted = t.Union[Entry, Withheld]
TREE: list[Wanted] = [
    Entry(b"a", Kind.FILE, 1, mtime=5),
    Entry(b"d", Kind.DIRECTORY),
    Entry(b"d/link", Kind.SYMLINK, target=b"../a", mtime=5),
    Entry(b"d/x", Kind.FILE, 10, "0" * 32, 5),
    Withheld(b"pipe", "no file", True),
]


def content(name: bytes, length: int) -> bytes:
    assert length == HEAD
    return b"content of " + name


def digest(tree: t.Iterable[Wanted], head: t.Callable[[bytes, int], bytes] = content) -> str:
    made = WantDigest()
    for entry in tree:
        made.add(entry)
    return made.text(head)


def test_the_digest_never_moves() -> None:
    """Hosts may run different versions of the collection."""
    assert digest(TREE) == LITERAL


LITERAL = "sha256:f0b0dca6f173f8e76d226bc72ac0d14d2caf3834a222f87069331492636be0f5"


def replaced(number: int, **more: t.Any) -> list[Wanted]:
    return [entry._replace(**more) if place == number else entry for place, entry in enumerate(TREE)]


DIFFERENT: dict[str, list[Wanted]] = {
    "nothing": [],
    "a name": replaced(0, name=b"b"),
    "a size": replaced(0, size=2),
    "a kind": replaced(1, kind=Kind.FILE),
    "a target": replaced(2, target=b"../b"),
    "an entry less": TREE[:-1],
    "an entry more": [*TREE, Entry(b"z", Kind.DIRECTORY)],
    "a region that can be read": [*TREE[:-1], Entry(b"pipe", Kind.FILE, 0)],
    "where a name ends": [Entry(b"a1", Kind.FILE, 0), *TREE[1:]],
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_another_tree_has_another_digest(case: str) -> None:
    assert digest(DIFFERENT[case]) != digest(TREE)


def test_another_content_has_another_digest() -> None:
    assert digest(TREE, lambda name, _length: b"other" if name == b"d/x" else content(name, HEAD)) != digest(TREE)


@pytest.mark.parametrize("same", [replaced(0, mtime=6), replaced(3, md5=None), replaced(4, why="another reason")])
def test_times_and_reasons_are_no_difference(same: list[Wanted]) -> None:
    assert digest(same) == digest(TREE)


def test_some_files_of_a_large_tree_are_read_and_always_the_same() -> None:
    """Whatever else is in the tree, as long as that would not be read itself."""
    tree = [Entry(b"%06d" % number, Kind.FILE, number) for number in range(5 * SAMPLE)]
    read: list[bytes] = []

    def head(name: bytes, _length: int) -> bytes:
        read.append(name)
        return name

    assert digest(tree, head) == digest(tree, head)
    assert len(read) == 2 * SAMPLE
    assert read[:SAMPLE] == read[SAMPLE:] == sorted(set(read))
    spread = [int(name) // SAMPLE for name in read[:SAMPLE]]
    assert min(spread.count(part) for part in range(5)) > SAMPLE / 10


def test_it_may_be_asked_before_the_end() -> None:
    made = WantDigest()
    made.add(TREE[0])
    first = made.text(content)
    assert made.text(content) == first
    made.add(TREE[1])
    assert made.text(content) == digest(TREE[:2])
