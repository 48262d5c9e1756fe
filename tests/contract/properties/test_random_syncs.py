# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random pairs of trees against the emulator: shown, carried out, and read back from its journal and from its store.

The oracle of the unit tests says what must come of it; here the walk, the client and a server of its own take part.
"""

from __future__ import annotations

import base64
import collections
import hashlib
import os
import secrets
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LinkInTheWay
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Plan, Step, StepKind
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, SyncOptions
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.contract.scene import (
    Request,
    key_bytes,
    request_of,
)
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from ansible_collections.edgeops.netstorage.tests.unit.plan.odd_worlds import WideRules, immutable_changes, odd_worlds, on_disk
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import Store, Thing, World
from hypothesis import assume, event, given
from hypothesis import strategies as st
from netstorage_emulator.control import Running

ROOT = "/123456"
# Ways to list, and what a path with a link in it means. None of them may make a difference.
SETTINGS: list[dict[str, int | str]] = [
    {}, {}, {"links_in_path": "followed"}, {"page_size": 1}, {"page_size": "3/1"}, {"list_order": "per_directory"},
    {"list_refused": 405}, {"dir_same_name": "file_only"}, {"success_status": 204}, {"mkdir_existing": 409},
]  # fmt: skip
_defaults: dict[str, t.Any] = {}


class Service:
    """A folder of the emulator that no other example uses, of this test or another one that imports it by another name."""

    def __init__(self, emulator: Running, account: Account, setting: t.Mapping[str, int | str]) -> None:
        self.account, self.control = account, emulator.control
        self.folder = f"property-{secrets.token_hex(8)}"
        self.base = f"{ROOT}/{self.folder}/site".encode()
        _defaults.update({} if _defaults else self.control.knobs())
        self.control.set_knobs(**{**_defaults, **setting})
        self._mark = self.control.journal_length()

    def load(self, store: Store) -> None:
        self.control.load([_described(self.base + b"/" + key, thing) for key, thing in store.items()])

    def sent(self) -> list[Request]:
        """The changing requests since the last question, in the order in which they were answered."""
        entries = self.control.journal(self._mark)
        self._mark += len(entries)
        return [request for request in map(request_of, entries) if request.changes]

    def tree(self) -> list[dict[str, t.Any]]:
        return self.control.tree(f"{ROOT}/{self.folder}")

    def options(self, source: bytes, rules: WideRules, parallel: int) -> SyncOptions:
        names = ("delete", "include", "exclude", "protect", "immutable", "links", "replace_links", "compare", "mtime")
        directories, unusual = ("explicit" if rules.explicit else "leave"), ("allow" if rules.unusual_names else "refuse")
        common = Common(
            self.account.host, self.account.account, self.account.key, root=ROOT, protocol=self.account.protocol,
            directories=directories, unusual_names=unusual,
        )  # fmt: skip
        given_rules = {name: getattr(rules, name) for name in names}
        return SyncOptions(
            common, os.fsdecode(source), f"{self.folder}/site", publish_last=rules.last, parallel=parallel,
            max_delete=None, allow_empty_source=True, adopt=True, refuse=(), **given_rules,
        )  # fmt: skip


def _described(key: bytes, thing: Thing) -> dict[str, object]:
    values: dict[str, object] = {"key_base64": base64.b64encode(key).decode(), "type": thing.kind, "mtime": thing.mtime}
    if thing.kind == "link":
        return {**values, "type": "symlink", "target_base64": base64.b64encode(thing.target).decode()}
    return {**values, "content": thing.content} if thing.kind == "file" else values


# -- what must come of it


def expected_tree(world: World, base: bytes) -> dict[bytes, tuple[object, ...]]:
    """Kind, content or target, and time of each object: what the oracle says, and the explicit way there."""
    tree = {base + b"/" + key: _facts(thing, world.rules.mtime) for key, thing in Oracle(world).final().items()}
    if world.rules.explicit:
        tree.update({path + b"/": ("dir",) for path in (base.rpartition(b"/")[0], base)})
    return tree


def _facts(thing: Thing, mtime: str | int) -> tuple[object, ...]:
    """The time of a directory is the service's own, and ``now`` is another moment in each run."""
    if thing.kind == "dir":
        return ("dir",)
    when = None if mtime == "now" else thing.mtime
    if thing.kind == "link":
        return ("symlink", thing.target, when)
    return ("file", hashlib.md5(thing.content.encode()).hexdigest(), when)


def found_tree(rows: t.Iterable[t.Mapping[str, t.Any]], mtime: str | int) -> dict[bytes, tuple[object, ...]]:
    tree: dict[bytes, tuple[object, ...]] = {}
    for row in rows:
        when = None if mtime == "now" else row["mtime"]
        if row["type"] == "dir":
            tree[key_bytes(row)] = ("dir",)
        elif row["type"] == "symlink":
            tree[key_bytes(row)] = ("symlink", key_bytes(row, "target"), when)
        else:
            tree[key_bytes(row)] = ("file", row["md5"], when)
    return tree


def requests_of(step: Step) -> list[tuple[str, bytes]]:
    """What a step sends to a service that lets ``symlink`` and ``rename`` replace, as the emulator does by default."""
    if step.kind is not StepKind.REPLACE:
        return [(step.kind.value, step.path)]
    if step.entry.kind is Kind.SYMLINK:
        return [("symlink", step.path)]
    folder, _slash, name = step.path.rpartition(b"/")
    fresh = folder + b"/." + name + b".new-*"
    return [("upload", fresh), ("rename", fresh)]


def _rank(step: Step) -> tuple[int, int]:
    """Waves in their order. Directories and the assets below them may be under way together."""
    together = step.phase in (Phase.DIRECTORIES, Phase.ASSETS)
    return (Phase.ASSETS if together else step.phase), step.wave


def the_journal_is_the_plan(plan: Plan, sent: list[Request], parallel: int) -> None:
    assert all(request.status < 300 or (request.action, request.status) == ("mkdir", 409) for request in sent)
    made = [(request.action, request.path) for request in sent]
    planned = [request for step in plan.steps for request in requests_of(step)]
    assert collections.Counter(made) == collections.Counter(planned)
    if parallel == 1:
        assert made == planned
    ranks = {request: _rank(step) for step in plan.steps for request in requests_of(step)}
    order = [ranks[request] for request in made]
    assert order == sorted(order)


def deletes_come_last(plan: Plan, sent: list[Request]) -> None:
    """After the first delete nothing is written but links that wait for it; obstructions are no deletes of this kind."""
    doomed = {step.path for step in plan.steps if step.phase is Phase.DELETES}
    first = next((place for place, request in enumerate(sent) if request.path in doomed
                  and request.action in ("delete", "rmdir")), len(sent))  # fmt: skip
    late = {request for step in plan.steps if step.phase is Phase.LATE_LINKS for request in requests_of(step)}
    for request in sent[first:]:
        assert request.action in ("delete", "rmdir") or (request.action, request.path) in late


def hides_below_an_empty_name(store: Store, setting: t.Mapping[str, int | str]) -> bool:
    """What lies in `a//b` lies in the directory `a/` and not in `a`, although it is listed below `a`.

    So a walk cannot come by, and `stat` does not see the destination where it holds nothing else.
    """
    if "list_refused" in setting:
        return any(b"" in key.removesuffix(b"/").split(b"/") for key in store)
    return bool(store) and all(key.startswith(b"/") for key in store)


# -- the properties


@examples(150)
@given(odd_worlds(immutable=()), st.sampled_from(SETTINGS), st.sampled_from([1, 1, 4]))
def test_what_was_shown_is_sent_and_what_was_wanted_is_there(
    emulator: Running, account: Account, world: World, setting: dict[str, int | str], parallel: int
) -> None:
    assume(not Oracle(world).refused)
    assume(not hides_below_an_empty_name(world.store, setting))
    sent = what_was_shown_is_sent(Service(emulator, account, setting), world, parallel)
    event(f"{min(sent, 8)} requests")


def what_was_shown_is_sent(service: Service, world: World, parallel: int) -> int:
    """Check mode sends nothing, the real run exactly what was shown, the second run nothing; and the tree is as wanted.

    Gives the number of requests that changed something.
    """
    rules = t.cast(WideRules, world.rules)
    service.load(world.store)
    with on_disk(world.local) as source:
        options = service.options(source, rules, parallel)
        shown = run(options, check=True, diff=True)
        assert service.sent() == [], "check mode sends nothing that changes something"
        real = run(options, check=False, diff=False)
        sent = service.sent()
        again = run(options, check=False, diff=False)
    code = "local_unknown" if Oracle(world).unknown else None
    assert [outcome.error and outcome.error.code for outcome in (shown, real, again)] == [code] * 3, real.error
    assert result(shown)["plan"] == result(real)["plan"]
    assert shown.plan.steps == real.plan.steps or rules.mtime == "now"
    the_journal_is_the_plan(shown.plan, sent, parallel)
    deletes_come_last(shown.plan, sent)
    assert found_tree(service.tree(), rules.mtime) == expected_tree(world, service.base)
    assert again.plan.steps == () and service.sent() == [], "the second run has nothing to do"
    return len(sent)


FILE, FOLDER = Thing("file", "x"), Thing("dir")


@pytest.mark.parametrize(
    ("store", "setting"),
    [
        # A local file system takes all of these for the file `a`, and none of them is.
        ({b"a": FILE, b"/a": FILE, b"./a": FILE, b"b/../a": FILE}, {}),
        # `d//a` lies in the directory `d/`, which a walk meets after `d` with all that is in it.
        ({b"d/": FOLDER, b"d//a": FILE, b"d/a": FILE}, {"list_refused": 405}),
    ],
)
def test_worlds_that_went_wrong_once(emulator: Running, account: Account, store: Store, setting: dict[str, int | str]) -> None:
    world = World({b"a": FILE, b"d": FOLDER, b"d/a": FILE}, store, WideRules(delete=True, unusual_names=True))
    assert what_was_shown_is_sent(Service(emulator, account, setting), world, 1)


@pytest.mark.parametrize("check", [True, False])
def test_what_is_refused_sends_nothing(emulator: Running, account: Account, check: bool) -> None:
    """A link in the way, or something immutable that would change: in check mode as in the real run."""

    refusing: dict[str, t.Any] = {"immutable": ("**",), "replace_links": False, "unusual_names": False}
    refusing.update(dict.fromkeys(("include", "exclude", "protect"), ()))

    @examples(25)
    @given(odd_worlds(with_gaps=False, **refusing))
    def holds(world: World) -> None:
        refused = Oracle(world).refused
        assume(refused or immutable_changes(world))
        service = Service(emulator, account, {})
        service.load(world.store)
        before = service.tree()
        with on_disk(world.local) as source:
            options = service.options(source, t.cast(WideRules, world.rules), 4)
            if refused:
                with pytest.raises(LinkInTheWay):
                    run(options, check=check, diff=False)
            else:
                outcome = run(options, check=check, diff=False)
                assert outcome.error is not None and outcome.error.code == "immutable"
                assert (outcome.changed, outcome.done, outcome.left) == (False, [], list(outcome.plan.steps))
        event("in the way" if refused else "immutable")
        assert service.sent() == []
        assert service.tree() == before

    holds()
