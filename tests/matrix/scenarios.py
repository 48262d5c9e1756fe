# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules are made to do while the service misbehaves: small tasks that together send every request there is."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    FileOptions,
    Options,
    RenameOptions,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Tree = t.Mapping[str, t.Optional[str]]

LARGE = "0123456789abcdef" * 8_192  # 128 KiB: goes out in several blocks
HUGE = "0123456789abcdef" * 81_920  # 1.25 MiB: hashed while it is sent
_SITE: Tree = {
    "index.html": "<h1>new</h1>",
    "css/site.css": "body {}",
    "css/deep/er/x.css": "x",
    "js/app.js": LARGE,
    "empty/": None,
    "latest": "-> css/site.css",
}
_OLD: Tree = {
    "css/": None,
    "css/site.css": "body { }",  # another size
    "css/deep/er/x.css": "y",  # the same size
    "index.html": "<h1>old</h1>",
    "latest": "-> nowhere",
    "page": "-> index.html",
    "shortcut": "was a file",
    "old/": None,
    "old/a/": None,
    "old/a/1": "1",
    "old/2": "2",
    "old-link": "-> old/2",
    "kept/k": "kept",
    "same": "same",
}
_NEW: Tree = {**_SITE, "page": "a file now", "shortcut": "-> index.html", "same": "same"}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One task.

    there, here  the two sides before; ``here`` is the source of a sync
    wanted       what must stand there afterwards, explicit directories included
    options      makes the options of the task
    knobs        settings of the emulator that it needs
    proves       whether what is sent is looked at afterwards
    """

    name: str
    there: Tree
    here: Tree
    wanted: Tree
    options: t.Callable[[Scene], Options]
    knobs: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    proves: bool = False


def _with_directories(tree: Tree) -> Tree:
    """The tree as it stands there after a sync: every directory is explicit."""
    names = [name for name in tree if not name.endswith("/")] + [name for name in tree if name.endswith("/")]
    above = {"/".join(name.split("/")[:depth]) + "/": None for name in names for depth in range(1, len(name.split("/")))}
    return {**above, **tree}


def _sync(**more: t.Any) -> t.Callable[[Scene], Options]:
    return lambda scene: scene.options(parallel=4, **more)


def _file(path: str, source: str | None, **more: t.Any) -> t.Callable[[Scene], Options]:
    def options(scene: Scene) -> Options:
        given = {"source": str(scene.source / source)} if source is not None else {"state": "absent"}
        return FileOptions(scene.common, path, **given, **more)

    return options


def _directory(path: str, **more: t.Any) -> t.Callable[[Scene], Options]:
    return lambda scene: DirectoryOptions(scene.common, path, **more)


def _symlink(path: str, target: str | None = None, **more: t.Any) -> t.Callable[[Scene], Options]:
    return lambda scene: SymlinkOptions(scene.common, path, target, **({} if target else {"state": "absent"}), **more)


def _rename(path: str, dest: str, **more: t.Any) -> t.Callable[[Scene], Options]:
    return lambda scene: RenameOptions(scene.common, path, dest, parallel=4, **more)


def _quick(word: str) -> t.Callable[[Scene], Options]:
    return _directory("s/a", state="absent", recurse=True, quick_delete=word, quick_delete_wait=5.0)


_MOVING: Tree = {"a/": None, "a/1": "1", "a/b/2": "2", "a/c/": None, "a/l": "-> 1", "n": "n"}
_THERE: Tree = {"x/": None, "x/1": "another", "x/b/2": "2", "x/l": "-> 2", "x/z": "z"}
_HAS_MOVED: Tree = {"n": "n", "x/": None, "x/1": "1", "x/b/": None, "x/b/2": "2", "x/c/": None, "x/l": "-> 1"}
_GONE: Tree = {f"gone/{number}": str(number) for number in range(5)}
_STUBBORN = {"symlink_existing": 409, "rename_existing": 409}

SCENARIOS = (
    Scenario("sync: first", {}, _SITE, _with_directories(_SITE), _sync()),
    Scenario(
        "sync: changes", _OLD, _NEW, {**_with_directories(_NEW), "kept/k": "kept"},
        _sync(delete=True, protect=["kept/"]), {"page_size": "4/4"},
    ),
    Scenario("sync: proved", {"a": "old", "l": "-> x"}, {"a": "new", "l": "-> y"}, {"a": "new", "l": "-> y"},
             _sync(verify="full"), proves=True),
    Scenario("sync: listed", {"a": "old"}, {"a": "new", "b": "b"}, {"a": "new", "b": "b"},
             _sync(verify="listing", verify_wait=0.2), proves=True),
    Scenario("sync: nothing to do", {"a": "a", "d/": None, "d/b": "b"}, {"a": "a", "d/b": "b"},
             {"a": "a", "d/": None, "d/b": "b"}, _sync(delete=True), {"page_size": "1/1"}),
    Scenario("sync: deletes", {"a": "a", **_GONE, "gone/": None}, {"a": "a"}, {"a": "a"},
             _sync(delete=True), {"page_size": "2/2"}),
    Scenario("sync: no list", {"a": "a", "d/e/f": "f", "x": "x"}, {"a": "b", "d/e/f": "f"},
             _with_directories({"a": "b", "d/e/f": "f"}), _sync(delete=True), {"list_refused": 405}),
    Scenario("sync: large", {"big": "small"}, {"big": HUGE}, {"big": HUGE}, _sync()),
    Scenario("sync: stubborn", {"l": "-> x", "f": "-> x"}, {"l": "-> y", "f": "file"}, {"l": "-> y", "f": "file"},
             _sync(), _STUBBORN),
    Scenario("sync: a link for a directory", {"x/": None, "x/1": "old", "y/1": "live"}, {"x": "-> y", "y/1": "live"},
             {"x": "-> y", "y/": None, "y/1": "live"}, _sync(delete=True), {"links_in_path": "followed"}),
    Scenario("sync: other times", {"a": "a", "d/": None, "d/b": "b"}, {"a": "a", "d/b": "b"},
             {"a": "a", "d/": None, "d/b": "b"}, _sync(mtime=1_400_000_000)),
    Scenario("file: new", {}, {"f": "new"}, {"d/": None, "d/f": "new"}, _file("s/d/f", "f")),
    Scenario("file: changed", {"f": "old"}, {"f": LARGE}, {"f": LARGE}, _file("s/f", "f")),
    Scenario("file: for a link", {"f": "-> x", "x": "x"}, {"f": "new"}, {"f": "new", "x": "x"}, _file("s/f", "f")),
    Scenario("file: for a link where that is refused", {"f": "-> x", "x": "x"}, {"f": "new"}, {"f": "new", "x": "x"},
             _file("s/f", "f"), _STUBBORN),
    Scenario("file: none", {"f": "old", "g": "g"}, {}, {"g": "g"}, _file("s/f", None)),
    Scenario("directory: new", {}, {}, {"a/": None, "a/b/": None}, _directory("s/a/b")),
    Scenario("directory: implicit", {"a/b/c": "c"}, {}, {"a/": None, "a/b/": None, "a/b/c": "c"}, _directory("s/a/b")),
    Scenario("directory: none", {"a/": None, "b": "b"}, {}, {"b": "b"}, _directory("s/a", state="absent")),
    Scenario("directory: none of it", {"a/": None, "a/c": "c", "a/d/": None, "a/d/e": "-> c", "b": "b"}, {}, {"b": "b"},
             _directory("s/a", state="absent", recurse=True)),
    Scenario("directory: quickly", {"a/": None, "a/c": "c", "a/d/e": "-> c", "b": "b"}, {}, {"b": "b"},
             _quick("required"), {"quick_delete": "now"}),
    Scenario("directory: not so quickly", {"a/": None, "a/c": "c", "a/d/e": "-> c", "b": "b"}, {}, {"b": "b"},
             _quick("allowed"), {"quick_delete": "off"}),
    Scenario("rename: file", {"a": "a", "b": "b"}, {}, {"b": "b", "d/": None, "d/a": "a"}, _rename("s/a", "s/d/a")),
    Scenario("rename: over another", {"a": "a", "b": "b"}, {}, {"b": "a"}, _rename("s/a", "s/b")),
    Scenario("rename: over another where that is refused", {"a": "a", "b": "-> x"}, {}, {"b": "a"},
             _rename("s/a", "s/b"), _STUBBORN),
    Scenario("rename: tree", _MOVING, {}, _HAS_MOVED, _rename("s/a", "s/x"), {"page_size": "2/2"}),
    Scenario("rename: into another", {**_MOVING, **_THERE}, {}, {**_HAS_MOVED, "x/z": "z"}, _rename("s/a", "s/x"), _STUBBORN),
    Scenario("rename: no list", _MOVING, {}, _HAS_MOVED, _rename("s/a", "s/x"), {"list_refused": 405}),
    Scenario("symlink: new", {}, {}, {"l": "-> t"}, _symlink("s/l", "t")),
    Scenario("symlink: flipped", {"l": "-> t"}, {}, {"l": "-> u"}, _symlink("s/l", "u")),
    Scenario("symlink: flipped where that is refused", {"l": "-> t"}, {}, {"l": "-> u"}, _symlink("s/l", "u"), _STUBBORN),
    Scenario("symlink: for a file", {"l": "file"}, {}, {"l": "-> u"}, _symlink("s/l", "u", replace="file")),
    Scenario("symlink: for a file where that is refused", {"l": "file"}, {}, {"l": "-> u"},
             _symlink("s/l", "u", replace="file"), _STUBBORN),
    Scenario("symlink: none", {"l": "-> t", "t": "t"}, {}, {"t": "t"}, _symlink("s/l")),
)  # fmt: skip
