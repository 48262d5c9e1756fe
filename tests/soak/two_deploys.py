# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two deploys of different trees to the same place at once: neither breaks down, what neither plans is not touched, and the
next run of either, alone, makes it its tree. ``docs/sync.md`` says what of this is promised.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import shutil
import tempfile
import threading
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, DIR, KEY, Content, Link, Service, described
from ansible_collections.edgeops.netstorage.tests.soak.deployer import Deployer, Values
from ansible_collections.edgeops.netstorage.tests.soak.invariants import Facts, same_tree, without_fences
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row, how_many
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran, Series
from ansible_collections.edgeops.netstorage.tests.soak.site import KNOBS
from netstorage_emulator.control import start

RUNS = 60
PLACE = "www/site/"
_FOLDERS = ("", "a/", "a/b/", "c/", "d/e/", "d/e/f/")
_NAMES = 8  # in each folder
_LONGEST_MS = 15
_ENDS = ("both got through", "one failed", "both failed")
_WHAT = "two ns_sync of different trees to one place, at once"

Tree = dict[str, Content]


@dataclasses.dataclass
class Pair:
    """Two processes, an emulator and a folder."""

    service: Service
    folder: Path
    deployers: list[Deployer]

    def renew(self) -> None:
        """New processes, where one has broken down or might still be at work."""
        self.close()
        self.deployers = [Deployer(self.folder / f"errors-{number}") for number in (0, 1)]

    def close(self) -> None:
        for deployer in self.deployers:
            deployer.close()


def stage(seed: int, scale: float, progress: Progress) -> Row:
    runs = how_many(RUNS, scale)
    with pair() as ready:
        return Series("two-deploys", _WHAT, [ready], attempt, _ENDS).run(range(seed, seed + runs), progress)


@contextlib.contextmanager
def pair() -> t.Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="netstorage-soak-") as folder:
        emulator = start(Path(folder), ACCOUNT, KEY, ["123456"])
        made = Pair(Service(emulator, Path(folder)), Path(folder), [])
        made.renew()
        try:
            yield made
        finally:
            made.close()
            emulator.stop()


def attempt(pair: Pair, seed: int) -> Ran:
    chance = random.Random(f"two-deploys {seed}")
    first, one, other = _tree(chance), _tree(chance), _tree(chance)
    beside: Tree = {"www/": DIR, "www/site.html": "beside", "www/sites/a": "beside", "www/site-": Link("site"), PLACE: DIR}
    before = {**beside, **{f"{PLACE}{name}": what for name, what in first.items()}}
    pair.service.reset()
    pair.service.emulator.control.set_knobs(**chance.choice(KNOBS))
    pair.service.load(before)
    try:
        results = _both(pair, chance, (one, other))
        _only_what_was_planned(pair.service.tree(), *map(described, (before, _at_place(one), _at_place(other))))
        _both_wanted(pair.service.tree(), results, described(_at_place(one)), described(_at_place(other)))
        for number in chance.sample((0, 1), 2):
            _alone(pair, number, beside, (one, other)[number])
    except AssertionError:
        pair.renew()
        raise
    return Ran(_ENDS[sum("failure" in result for result in results)])


def _tree(chance: random.Random) -> Tree:
    """A file, a link, a directory or nothing under each of the same few names."""
    tree: Tree = {folder: DIR for folder in _FOLDERS if folder and chance.random() < 0.8}
    for folder in _FOLDERS:
        if folder and not all(part in tree for part in _ways(folder)):
            continue
        for number in range(_NAMES):
            name = f"{folder}{number}"
            kind = chance.choice(("file", "file", "file", "link", "directory", "nothing"))
            if kind == "file":
                tree[name] = chance.choice(("x", "y", "z")) * chance.choice((1, 1, 50_000))
            elif kind == "link":
                tree[name] = Link(chance.choice("0123"))
            elif kind == "directory":
                tree |= {f"{name}/": DIR, f"{name}/inside": chance.choice("xyz")}
    return {name: what for name, what in tree.items() if all(part in tree for part in _ways(name))}


def _ways(name: str) -> t.Iterator[str]:
    """The directories on the way to a name: ``a/b/1`` -> ``a/``, ``a/b/``."""
    parts = name.rstrip("/").split("/")[:-1]
    return ("/".join(parts[: length + 1]) + "/" for length in range(len(parts)))


def _at_place(tree: Tree) -> Tree:
    """With the directories on the way, which ns_sync makes explicit."""
    return {"www/": DIR, PLACE: DIR, **{f"{PLACE}{name}": what for name, what in tree.items()}}


def _both(pair: Pair, chance: random.Random, trees: tuple[Tree, Tree]) -> list[Values]:
    """Their results. The answers of the service come now sooner, now later."""
    ended = threading.Event()
    unsteady = threading.Thread(target=_unsteady, args=(pair.service, random.Random(chance.random()), ended))
    for number, tree in enumerate(trees):
        shutil.rmtree(pair.folder / str(number), ignore_errors=True)
        build(pair.folder / str(number), tree)
    unsteady.start()
    try:
        for number in chance.sample((0, 1), 2):
            _begin(pair, number, chance.choice((1, 4, 16)))
            ended.wait(chance.choice((0, 0, 0.02, 0.1)))
        return [deployer.end() for deployer in pair.deployers]
    finally:
        ended.set()
        unsteady.join()
        pair.service.emulator.control.set_latency(0)


def _unsteady(service: Service, chance: random.Random, ended: threading.Event) -> None:
    while not ended.wait(0.02):
        service.emulator.control.set_latency(chance.uniform(0, _LONGEST_MS))


def _begin(pair: Pair, number: int, parallel: int) -> None:
    common = {"host": pair.service.emulator.host_port, "account": ACCOUNT, "key": KEY, "root": "/123456", "protocol": "http"}
    more = {"delete": True, "max_delete": None, "adopt": True, "allow_empty_source": True, "replace_links": True}
    sync = {"src": str(pair.folder / str(number)), "path": PLACE.rstrip("/"), "parallel": parallel, **more}
    pair.deployers[number].begin(common, sync)


def _only_what_was_planned(now: Facts, before: Facts, one: Facts, other: Facts) -> None:
    """Every object is as it was, or as one of the two wants it; what neither of them would change is as it was."""
    for name in now.keys() | before.keys() | one.keys() | other.keys():
        was, wanted = before.get(name), {_hashable(one.get(name)), _hashable(other.get(name))}
        if not name.startswith(PLACE):
            assert now.get(name) == was, f"{name} lies outside, and is {now.get(name)} instead of {was}"
        elif wanted == {_hashable(was)}:
            assert now.get(name) == was, f"neither plan has a step for {name}, and it is {now.get(name)} instead of {was}"
        elif now.get(name) is not None:
            assert now[name] == was or _hashable(now[name]) in wanted, f"{name} is {now[name]}, which nobody wanted"


def _hashable(fact: object) -> str:
    return repr(fact)


def _both_wanted(now: Facts, results: list[Values], one: Facts, other: Facts) -> None:
    """Where both say that they got through, what both want alike is there."""
    if any("failure" in result for result in results):
        return
    for name in one.keys() & other.keys():
        assert one[name] != other[name] or now.get(name) == one[name], f"both wanted {name} as {one[name]}: it is {now.get(name)}"


def _alone(pair: Pair, number: int, beside: Tree, tree: Tree) -> None:
    _begin(pair, number, 4)
    result = pair.deployers[number].end()
    assert "failure" not in result, f"the next run of one of them failed: {result.get('msg')}"
    now, wanted = pair.service.tree(), described({**beside, **_at_place(tree)})
    behind = [name for name in now if name not in wanted and _is_behind_a_link(name, wanted)]
    told = any("behind symlinks that stay" in note for note in result.get("notes", ()))
    assert len(behind) <= result["plan"]["summary"]["shadowed"] and (told or not behind), f"left, and not told: {behind}"
    same_tree({name: fact for name, fact in without_fences(now).items() if name not in behind}, wanted)


def _is_behind_a_link(name: str, wanted: Facts) -> bool:
    """What the other one has put behind a link of this one's: nobody can delete it as long as the link stands."""
    return any(isinstance(wanted.get(way.rstrip("/")), Link) for way in (*_ways(name), name))
