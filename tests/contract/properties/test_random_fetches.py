# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch and random pairs of trees: what was shown is done, what was wanted is here, and the second run does nothing."""

from __future__ import annotations

import itertools
import os
import shutil
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import FetchScene, Local
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from hypothesis import event, given
from hypothesis import strategies as st
from netstorage_emulator.control import Running

REFUSALS = {"name_twins", "unsafe_name", "unsafe_link", "kind_in_the_way", "link_in_the_way", "empty_source"}
_numbers = itertools.count()
_segment = st.sampled_from(["a", "b", "A", "a-1", "a.txt", "a b", "é", "..", ".", "%2e", "\\x"])
_name = st.lists(_segment, min_size=1, max_size=3).map("/".join)
_link = st.sampled_from(["-> a", "-> ../a", "-> /etc", "-> a/../b"])
_what = st.one_of(st.sampled_from(["x", "y", "longer", ""]), _link, st.none())


def _here(names: t.Mapping[str, str | None]) -> Local:
    """What of it can stand in a local directory together."""
    kept: Local = {}
    for name, what in names.items():
        parts = name.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        if {"..", "."} & set(parts) or any(kept.get(one, "/") is not None and one in kept for one in above):
            continue
        if name not in kept and not any(other.startswith(name + "/") for other in kept):
            kept[name] = what
    return kept


def _build(root: Path, tree: Local) -> None:
    root.mkdir()
    for name, what in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if what is None:
            path.mkdir(exist_ok=True)
        elif what.startswith("-> "):
            path.symlink_to(what[3:])
        else:
            path.write_text(what)
            os.utime(path, (MTIME, MTIME))


def _wanted(there: t.Mapping[str, str | None], here: Local, delete: bool) -> Local:
    tree: Local = {}
    for source in ({} if delete else here, there):
        for name, what in source.items():
            parts = name.rstrip("/").split("/")
            tree.update({"/".join(parts[:depth]) + "/": None for depth in range(1, len(parts))})
            tree[name.rstrip("/") + ("/" if what is None else "")] = what
    return tree


@examples(120)
@given(st.dictionaries(_name, _what, max_size=6), st.dictionaries(_name, _what, max_size=6), st.booleans())
def test_what_is_wanted_is_here(
    emulator: Running, account: Account, tmp_path_factory: t.Any, there: Local, names: Local, delete: bool
) -> None:
    number, here = next(_numbers), _here(names)
    work = tmp_path_factory.mktemp("fetch")
    scene = Scene(emulator, account, account.root + f"/fetch-{os.getpid()}-{number}".encode(), work)
    remote = {name + ("/" if what is None else ""): what for name, what in there.items()}
    scene.there(remote)
    fetching = FetchScene(scene, work)
    _build(fetching.here, here)
    before, outside = fetching.tree(), sorted(work.iterdir())
    try:
        fetching.fetch(delete=delete, allow_empty_source=True)
    except NetStorageError as error:
        assert error.code in REFUSALS, error
        event(error.code)
        assert fetching.tree() == before
    else:
        event("fetched")
        assert fetching.tree() == _wanted(remote, here, delete)
    assert sorted(work.iterdir()) == outside
    shutil.rmtree(work)
