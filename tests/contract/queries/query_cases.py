# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that only reads, each on the same small site: what is asked, and what the true answer is."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.content import texts
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.find import find
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.info import look
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import ContentOptions, FindOptions, InfoOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

SITE = {
    "a": "a",
    "a-1": "sorted between a and a/",
    "a/": None,
    "a/b": "bb",
    "a/c/d": "dddd",
    "empty/": None,
    "i/j/k": "k",
    "l": "-> a-1",
    "m": "-> nowhere",
    "twin": "-> a",
    "twin/x": "x",
    "z b/c+d%20.txt": "odd",
}
PATHS = ["s", *(f"s/{name.rstrip('/')}" for name in SITE), "s/i", "s/i/j", "s/nothing", "s/a/nothing", "s/z"]

Values = t.Any
NOW = MTIME + 3600


class Query(t.NamedTuple):
    """``ask`` gives the answer without what a repetition changes."""

    name: str
    ask: t.Callable[[Scene, Cancellation], Values]
    knobs: t.Mapping[str, t.Any] = {}


def _info(**more: t.Any) -> t.Callable[[Scene, Cancellation], Values]:
    def ask(scene: Scene, cancellation: Cancellation) -> Values:
        return look(InfoOptions(scene.common, **more), cancellation).values.get("entries")

    return ask


def _credentials(scene: Scene, cancellation: Cancellation) -> Values:
    """The root of a CP code and a directory in it. ``clock_skew`` is another matter."""
    root = dataclasses.replace(scene.common, root=f"/{scene.place.split(b'/')[1].decode()}")
    answers = [look(InfoOptions(common), cancellation) for common in (scene.common, root)]
    for answer in answers:
        if answer.error is not None:
            raise answer.error
    return [[row["answers"] for row in answer.values["cp_codes"]] for answer in answers]


def _root(scene: Scene, cancellation: Cancellation) -> Values:
    root = dataclasses.replace(scene.common, root=None)
    (entry,) = look(InfoOptions(root, [f"/{scene.place.split(b'/')[1].decode()}"]), cancellation).values["entries"]
    return entry


def _find(path: str, **more: t.Any) -> t.Callable[[Scene, Cancellation], Values]:
    def ask(scene: Scene, cancellation: Cancellation) -> Values:
        answer = find(FindOptions(scene.common, path, **more), cancellation, lambda: NOW)
        del answer.values["api_calls"]
        return {**answer.values, "said to be absent": any("does not exist" in note for note in answer.notes)}

    return ask


def _texts(scene: Scene, cancellation: Cancellation) -> Values:
    paths = ["s/a", "s/l", "s/m", "s/nothing", "s/z b/c+d%20.txt"]
    return texts(ContentOptions(scene.common, paths, 1000), cancellation).values["texts"]


QUERIES = (
    Query("info", _info(path=PATHS)),
    Query("info: du", _info(path=["s/a", "s/i", "s/empty", "s/l", "s/twin", "s/nothing"], du=True)),
    Query("info: root", _root),
    Query("info: credentials", _credentials),
    Query("find: children", _find("s", file_type="any"), {"page_size": "2/2"}),
    Query("find: all", _find("s", file_type="any", recurse=True), {"page_size": "3/3"}),
    Query("find: all, no list", _find("s", file_type="any", recurse=True), {"list_refused": 405}),
    Query("find: new files", _find("s", recurse=True, age="-2h", depth=2)),
    Query("find: in an implicit directory", _find("s/i", file_type="any")),
    Query("find: all in an implicit directory", _find("s/i", file_type="any", recurse=True)),
    Query("find: in nothing", _find("s/nothing", recurse=True)),
    Query("find: in an empty directory", _find("s/empty", file_type="any", recurse=True)),
    Query("find: children of an empty directory", _find("s/empty", file_type="any")),
    Query("content", _texts),
)
