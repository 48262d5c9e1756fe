# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random worlds: a local tree, a store, and a policy. Names come from few letters, so that the two sides meet often."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns
from hypothesis import strategies as st

BASE = b"/123456/site"


class Thing(t.NamedTuple):
    """One object: ``kind`` is file, link, dir, or on the local side gap (a region that takes no part)."""

    kind: str
    content: str = ""
    mtime: int = 5
    target: bytes = b""
    unknown: bool = False


# A store has the key of each object, directories with their slash. A local tree has names, and for a directory that
# cannot be read its key as well, as a gap.
Store = dict[bytes, Thing]
KINDS = {"file": Kind.FILE, "link": Kind.SYMLINK, "dir": Kind.DIRECTORY}


@dataclasses.dataclass(frozen=True)
class Rules:
    """A policy in plain values, for those who must not use the collection's own patterns."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    delete: bool = True
    explicit: bool = True
    replace_links: bool = True
    keep_existing: bool = False
    unusual_names: bool = False
    compare: str = "checksum"
    mtime: str | int = "preserve"

    def takes(self, key: bytes) -> bool:
        return naive_patterns.takes(self.include, self.exclude, key)

    def protects(self, key: bytes) -> bool:
        return any(naive_patterns.matches(pattern, key) for pattern in self.protect)

    def policy(self) -> Policy:
        plain = dataclasses.asdict(self)
        taken = Filter(plain.pop("include"), plain.pop("exclude"))
        protect = Patterns(plain.pop("protect"))
        last = tuple(Patterns([pattern]) for pattern in plain.pop("last"))
        return Policy(filter=taken, protect=protect, last=last, **plain)


class World(t.NamedTuple):
    local: Store
    store: Store
    rules: Rules


def md5_of(content: str) -> str:
    return hashlib.md5(content.encode()).hexdigest()


def entry_of(key: bytes, thing: Thing, hashed: bool = True) -> Entry:
    """The entry of an object of the store, or of one local thing by its key."""
    if thing.kind == "dir":
        return Entry(key[:-1], Kind.DIRECTORY, mtime=thing.mtime)
    if thing.kind == "link":
        return Entry(key, Kind.SYMLINK, mtime=thing.mtime, target=thing.target)
    digest = md5_of(thing.content) if hashed else None
    return Entry(key, Kind.FILE, len(thing.content), digest, thing.mtime)


def wanted_stream(wanted: Store, gaps: Store, hashed: bool) -> list[Entry | Withheld]:
    """What the walk of the local tree would give: sorted by key, a directory before the gap of its content."""
    rows: list[tuple[bytes, int, Entry | Withheld]]
    rows = [(key, 0, entry_of(key, thing, hashed)) for key, thing in wanted.items()]
    rows += [(key, 1, Withheld(key, "left out", thing.unknown)) for key, thing in gaps.items()]
    return [entry for _key, _order, entry in sorted(rows, key=lambda row: row[:2])]


def parents(name: bytes) -> list[bytes]:
    """The names of the directories above a name."""
    parts = name.split(b"/")
    return [b"/".join(parts[:depth]) for depth in range(1, len(parts))]


segments = st.sampled_from([b"a", b"b", b"c", b"a-", b"a.h", b"a0"])
odd_segments = st.one_of(segments, segments, segments, st.sampled_from([b"", b".", b".."]))
names = st.lists(segments, min_size=1, max_size=4).map(b"/".join)
targets = st.sampled_from([b"a", b"b", b"a/", b"../a", b"c/b", b"/123456/site/b"])
contents = st.sampled_from(["", "x", "y"])
mtimes = st.sampled_from([5, 6])
things = st.one_of(
    st.builds(Thing, st.just("file"), contents, mtimes, st.just(b""), st.just(False)),
    st.builds(Thing, st.just("link"), st.just(""), mtimes, targets, st.just(False)),
    st.just(Thing("dir")),
)
gaps = st.booleans().map(lambda unknown: Thing("gap", unknown=unknown))


@st.composite
def local_trees(draw: st.DrawFn, with_gaps: bool = True) -> Store:
    """A tree as a file system has it: every entry's parents are directories, and one name is one thing."""
    tree: Store = {}
    choice = st.one_of(things, things, things, gaps) if with_gaps else things
    for name in draw(st.lists(names, max_size=9)):
        above = parents(name)
        if name in tree or any(tree.get(parent, Thing("dir")).kind != "dir" for parent in above):
            continue
        tree.update({parent: Thing("dir") for parent in above})
        tree[name] = draw(choice)
    leaves = [
        name
        for name, thing in tree.items()
        if thing.kind == "dir" and not any(name in parents(other) for other in tree)
    ]
    if with_gaps and leaves and draw(st.integers(0, 5)) == 0:
        tree[leaves[0] + b"/"] = Thing("gap", unknown=True)
    return tree


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Any flat store: twins, links with objects behind them, odd names. No object whose name ends in a slash."""
    store: Store = {}
    some_names = st.one_of(names, names, st.lists(odd_segments, max_size=3).flatmap(_ended))
    for name in draw(st.lists(some_names, max_size=12)):
        thing = draw(things)
        store[name + b"/" if thing.kind == "dir" else name] = thing
    return store


def _ended(odd: list[bytes]) -> st.SearchStrategy[bytes]:
    return segments.map(lambda last: b"/".join([*odd, last]))


some_patterns = st.lists(
    st.sampled_from(["a", "b", "c", "*.h", "a/", "b/", "/a", "a/b", "*/a", "a/**", "**/b/c", "a*", "[!ab]", "b/*"]),
    max_size=2,
).map(tuple)
seldom = st.integers(0, 3).map(lambda number: number == 0)
few_patterns = st.one_of(st.just(()), st.just(()), some_patterns)
rules = st.builds(
    Rules,
    include=few_patterns,
    exclude=few_patterns,
    protect=few_patterns,
    last=st.sampled_from([(), ("*.h",), ("a", "b")]),
    delete=st.sampled_from([True, True, False]),
    explicit=st.sampled_from([True, True, False]),
    replace_links=st.sampled_from([True, True, False]),
    keep_existing=seldom,
    unusual_names=seldom,
    compare=st.sampled_from(["checksum", "size_mtime", "size"]),
    mtime=st.sampled_from(["preserve", "preserve", 5]),
)
# Most of the time the store begins as a copy of the local tree, as after a former run, with the times it had then or
# others, and as what somebody else made of it since.
worlds = st.builds(
    lambda local, store, policy, formerly: World(local, {**_deployed(local, formerly), **store}, policy),
    local_trees(),
    stores(),
    rules,
    st.sampled_from(["never", "now", "earlier"]),
)


def _deployed(local: Store, formerly: str) -> Store:
    kept = local if formerly != "never" else {}
    store = {name + b"/" if thing.kind == "dir" else name: thing for name, thing in kept.items() if thing.kind != "gap"}
    if formerly == "earlier":
        return {key: thing._replace(mtime=4) if thing.kind == "file" else thing for key, thing in store.items()}
    return store
