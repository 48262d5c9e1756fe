# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random worlds that can lie on a real disk: odd bytes in names, links that stay inside, every option of the policy.

They add to ``worlds`` what its oracle takes as given: the walk of a directory, names that are no text, ``immutable``, and what
``links: skip`` and ``mtime: now`` make of the local side.
"""

from __future__ import annotations

import dataclasses
import os
import posixpath
import shutil
import tempfile
import typing as t
from contextlib import contextmanager

from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import md5_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import Tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.compare import Answer
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.march import march, with_implicit
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Plan
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import BASE, Rules, Store, Thing, World, entry_of, parents
from hypothesis import strategies as st

NOW = 1_700_000_000


@dataclasses.dataclass(frozen=True)
class WideRules(Rules):
    """Rules with what the walk and the guards decide: ``links`` and ``immutable``."""

    immutable: tuple[str, ...] = ()
    links: str = "preserve"

    def policy(self) -> Policy:
        narrow = Rules(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Rules)})
        return dataclasses.replace(narrow.policy(), immutable=Patterns(self.immutable))

    def is_immutable(self, key: bytes) -> bool:
        return any(naive_patterns.matches(pattern, key) for pattern in self.immutable)


# -- names and trees

SEGMENTS = [
    b"a", b"b", b"c", b"a-", b"a.h", b"a0", b"i.html", b"\xff", b"a\xff", "ä".encode(), b"a b%2F+&", b"\xc2\x85",
    b"~", "😀".encode(),
]  # fmt: skip
# Mostly the same two, so that what is here and what is there, and what is above and below, often meet.
segments = st.sampled_from(SEGMENTS[:2] * 12 + SEGMENTS)
names = st.lists(segments, min_size=1, max_size=3).map(b"/".join)
any_names = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=2).map(b"/".join)
odd_names = st.lists(st.sampled_from([b"", b".", b"..", b"a", b"b"]), min_size=1, max_size=3).flatmap(
    lambda odd: segments.map(lambda last: b"/".join([*odd, last]))
)
targets = st.sampled_from([b"a", b"b", b"a/", b"../a", b"c/b", b"../..", b"\xff"])
mtimes = st.sampled_from([5, 6])
files = st.builds(lambda text, mtime: Thing("file", text, mtime), st.sampled_from(["", "x", "y"]), mtimes)
links = st.builds(lambda target, mtime: Thing("link", mtime=mtime, target=target), targets, mtimes)
folders = st.just(Thing("dir"))
things = st.one_of(files, files, links, folders)
unreadable = st.just(Thing("gap", unknown=True))


@st.composite
def local_trees(draw: st.DrawFn, with_gaps: bool = True, named: st.SearchStrategy[bytes] = names) -> Store:
    """A tree that a disk can hold. A gap is a FIFO: it is there, and nobody can say what it would be on the service."""
    tree: Store = {}
    gaps = with_gaps and draw(st.integers(0, 4)) == 0
    for name in draw(st.lists(named, max_size=9)):
        above = parents(name)
        if name in tree or any(tree.get(parent, Thing("dir")).kind != "dir" for parent in above):
            continue
        tree.update({parent: Thing("dir") for parent in above})
        tree[name] = _inside(name, draw(st.one_of(things, things, unreadable) if gaps else things))
    return tree


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Any flat store: twins, implicit directories, links with objects behind them, names with empty and dotted parts."""
    store: Store = {}
    for name in draw(st.lists(st.one_of(names, names, names, odd_names), max_size=10)):
        thing = draw(st.one_of(files, links, folders))
        store[name + b"/" if thing.kind == "dir" else name] = thing
    return store


def _inside(name: bytes, thing: Thing) -> Thing:
    """Links that lead outside are refused before there is a plan; here they lead to something beside them."""
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), thing.target))
    return thing._replace(target=b"a") if thing.kind == "link" and reached.startswith(b"..") else thing


# -- rules and worlds

some_patterns = st.lists(
    st.sampled_from(
        ["a", "b", "c", "*.h", "a/", "b/", "/a", "a/b", "*/a", "a/**", "**/b/c", "a*", "[!ab]", "b/*", "*.html", "ä"]
    ),
    max_size=2,
).map(tuple)
few_patterns = st.one_of(st.just(()), st.just(()), some_patterns)
seldom_patterns = st.one_of(st.just(()), st.just(()), st.just(()), few_patterns)
OPTIONS: dict[str, st.SearchStrategy[t.Any]] = {
    "include": seldom_patterns,
    "exclude": few_patterns,
    "protect": few_patterns,
    "immutable": seldom_patterns,
    "last": st.sampled_from([(), ("*.h", "*.html"), ("a", "b"), ("*.html",)]),
    "delete": st.sampled_from([True, True, False]),
    "explicit": st.sampled_from([True, True, False]),
    "replace_links": st.sampled_from([True, True, False]),
    "keep_existing": st.just(False),
    "unusual_names": st.sampled_from([False, False, True]),
    "compare": st.sampled_from(["checksum", "size_mtime", "size"]),
    "mtime": st.sampled_from(["preserve", "preserve", "now", 5]),
    "links": st.sampled_from(["preserve", "preserve", "preserve", "skip"]),
}


def odd_worlds(with_gaps: bool = True, **fixed: t.Any) -> st.SearchStrategy[World]:
    """Worlds, where ``fixed`` options have one value. Half of them were deployed before, with the times of then or others."""
    options = {**OPTIONS, **{name: st.just(value) for name, value in fixed.items()}}
    rules = st.builds(WideRules, **options).map(_possible)
    formerly = st.sampled_from(["never", "now", "earlier"])
    return st.builds(_world, local_trees(with_gaps), stores(), rules, formerly)


def _possible(rules: WideRules) -> WideRules:
    """``size_mtime`` with ``now`` is refused as an option: it would change every file on every run."""
    both = rules.compare == "size_mtime" and rules.mtime == "now"
    return dataclasses.replace(rules, mtime="preserve") if both else rules


def _world(local: Store, store: Store, rules: WideRules, formerly: str) -> World:
    local = {name: _walked(thing, rules) for name, thing in local.items()}
    return World(local, {**deployed(local, formerly), **store}, rules)


def _walked(thing: Thing, rules: WideRules) -> Thing:
    if thing.kind == "link" and rules.links == "skip":
        return Thing("gap", target=thing.target, unknown=False)
    return thing._replace(mtime=NOW) if rules.mtime == "now" and thing.kind in ("file", "link") else thing


def deployed(local: Store, formerly: str = "now") -> Store:
    """The store after a run that sent everything."""
    there = {name + b"/" if thing.kind == "dir" else name: thing for name, thing in local.items() if thing.kind != "gap"}
    if formerly == "earlier":
        there = {key: thing._replace(mtime=4) if thing.kind == "file" else thing for key, thing in there.items()}
    return there if formerly != "never" else {}


def immutable_changes(world: World) -> set[bytes]:
    """Names that are immutable, there, and would get another content, target or kind; a new time does not count."""
    oracle, rules = Oracle(world), t.cast(WideRules, world.rules)
    final = oracle.final()
    return {
        key for key, thing in world.store.items()
        if key in oracle.wanted and thing.kind != "dir" and rules.is_immutable(key)
        and final[key]._replace(mtime=0) != thing._replace(mtime=0)
    }  # fmt: skip


# -- a world on a disk, and its plan


@contextmanager
def on_disk(local: Store) -> t.Iterator[bytes]:
    """The local tree in a directory of its own, for the length of a ``with``."""
    root = os.fsencode(tempfile.mkdtemp(prefix="odd-world-"))
    try:
        for name, thing in sorted(local.items()):
            _made(os.path.join(root, name), thing)
        yield root
    finally:
        shutil.rmtree(root)


def _made(path: bytes, thing: Thing) -> None:
    if thing.kind == "dir":
        os.makedirs(path, exist_ok=True)
    elif thing.unknown:
        os.mkfifo(path)
    elif thing.kind in ("link", "gap"):
        os.symlink(thing.target, path)
        os.utime(path, (thing.mtime, thing.mtime), follow_symlinks=False)
    else:
        with open(path, "wb") as file:
            file.write(thing.content.encode())
        os.utime(path, (thing.mtime, thing.mtime))


def tree_at(root: bytes, rules: WideRules) -> Tree:
    return Tree(root, rules.links, Filter(rules.include, rules.exclude))


def walked(tree: Tree, rules: WideRules) -> t.Iterator[Entry | Withheld]:
    """The wanted stream, with the time that is part of the wanted state where there is one."""
    number = rules.mtime
    for entry in tree.entries():
        dated = isinstance(entry, Entry) and entry.kind is not Kind.DIRECTORY
        yield entry._replace(mtime=number) if isinstance(number, int) and dated else entry


def plan_at(root: bytes, store: Store, rules: WideRules) -> Plan:
    """Walk, march and planner; digests are answered at the end, from the files."""
    planner, tree = Planner(BASE, rules.policy()), tree_at(root, rules)
    have = [entry_of(key, thing) for key, thing in sorted(store.items())]
    asked = [planner.consider(*pair) for pair in march(walked(tree, rules), with_implicit(have))]
    for question in filter(None, asked):
        planner.answer(question, Answer(md5_of(tree.local(question.want.name), question.want.size or 0)))
    return planner.finish()
