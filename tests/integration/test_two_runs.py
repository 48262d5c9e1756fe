# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs of the roles release and rollback at once: one waits before some of its tasks while another one runs as a whole.

Whatever they do, visitors see a release that is there as a whole, and a play that succeeded did what it says.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Link, Service, Tree, digest

RELEASES = {"zero": "at first", "one": "first", "two": "second", "three": "third", "four": "fourth"}
OLD = ("zero", "one", "two")
PATIENCE = 300


def _entry(action: str, release: str, previous: str) -> dict[str, t.Any]:
    size = len(RELEASES[release])
    return {"action": action, "id": release, "previous": previous, "objects": 1, "bytes": size, "at": "", "by": "", "note": ""}


def before() -> Tree:
    """Three releases were made, and the last one is live."""
    entries = [_entry("release", name, previous) for name, previous in zip(OLD, ("", *OLD), strict=False)]
    pages = {f"www/releases/{name}/index.html": RELEASES[name] for name in OLD}
    return {**pages, "www/current": Link("releases/two"), "www.revisions.jsonl": "".join(json.dumps(e) + "\n" for e in entries)}


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of a role: a release of this name, a rollback to it (without a name: to the one before), or a mirror of it."""

    role: str
    to: str = ""
    more: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def playbook(self, player: Player) -> Path:
        source = str(player.work / "site")
        options: dict[str, t.Any] = {
            "release": {"release_path": "www", "release_id": self.to, "release_src": source},
            "rollback": {"rollback_path": "www", "rollback_to": self.to},
            "mirror": {"mirror_path": "plain", "mirror_revision": self.to, "mirror_src": source},
        }[self.role]
        if self.to:
            build(player.work / "site", {"index.html": RELEASES[self.to]})
        return player.write("play.json", [], roles=[{"role": f"edgeops.netstorage.{self.role}", **options, **self.more}])


def release(name: str, **more: t.Any) -> Run:
    return Run("release", name, more)


def rollback(name: str = "", **more: t.Any) -> Run:
    return Run("rollback", name, more)


def mirror(name: str) -> Run:
    return Run("mirror", name)


@dataclasses.dataclass
class Held:
    """A run that waits; ``outcome`` is for when it has ended."""

    process: subprocess.Popen[str]
    work: Path
    pauses: int = 0
    outcome: Outcome = dataclasses.field(init=False)

    def waits(self) -> None:
        """Let it go on until it waits before the next one of its tasks."""
        if self.pauses:
            (self.work / f"go on {self.pauses - 1}").touch()
        until = time.monotonic() + PATIENCE
        while not (self.work / f"paused {self.pauses}").exists():
            assert self.process.poll() is None and time.monotonic() < until, self.process.communicate()
            time.sleep(0.01)
        self.pauses += 1


def told(outcome: Outcome, text: str = "") -> None:
    """It succeeded; or it failed, and said this."""
    assert (outcome.status != 0) is bool(text), outcome.output
    assert text in " ".join(outcome.output.split()), outcome.output


class Stage:
    """The service, and a folder for each of the two runs."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.one, self.other = (Player(service, folder / name) for name in ("one", "other"))
        for player in (self.one, self.other):
            player.work.mkdir()
        service.reset()
        service.load(before())

    def play(self, run: Run) -> Outcome:
        return self.other.play(run.playbook(self.other))

    @contextlib.contextmanager
    def held(self, run: Run, *tasks: str) -> t.Iterator[Held]:
        """The run waits before each of the tasks; at the end of the block it goes on, and its outcome is known after that."""
        work = self.one.work
        environment = {
            "ANSIBLE_CALLBACKS_ENABLED": "task_results,pausing",
            "PAUSE_BEFORE": json.dumps(tasks),
            "PAUSE_IN": str(work),
        }
        with self.service.recording() as requests:
            held = Held(self.one.start(run.playbook(self.one), environment=environment), work)
            try:
                yield held
            finally:
                for number in range(len(tasks)):
                    (work / f"go on {number}").touch()
                output = held.process.communicate(timeout=PATIENCE)[0]
        held.outcome = self.one.ended(held.process.returncode, output, requests)

    def live(self) -> str:
        """What visitors see. It is there as a whole, and nothing else is."""
        tree = self.service.tree()
        target = tree["www/current"].target
        name = target.removeprefix("releases/")
        assert {key: value for key, value in self.service.tree(f"/123456/www/{target}").items() if key} == {
            "index.html": digest(RELEASES[name])
        }
        assert not [key for key in tree if "/.busy" in key]
        return name

    def there(self) -> set[str]:
        names = self.service.tree("/123456/www/releases")
        return {name.partition("/")[0] for name in names if name}

    def log(self) -> list[str]:
        """What was switched since the beginning, as ``action name from previous``."""
        copy = self.other.work / "log"
        assert self.other.task("ns_fetch", path="www.revisions.jsonl", dest=str(copy)).status == 0
        entries = [json.loads(line) for line in copy.read_text().splitlines()]
        return [f"{entry['action']} {entry['id']} from {entry['previous']}" for entry in entries[len(OLD) :]]


@pytest.fixture
def stage(service: Service, tmp_path: Path) -> Stage:
    return Stage(service, tmp_path)


BEFORE_THE_SWITCH, BEFORE_THE_PRUNING = "Switch the link to the release", "List the releases"
AT_THE_CLAIMS, AFTER_THE_CLAIMS = "Claim the releases", "Read what is live, and the log, as they are now"
AT_THE_REMOVAL = "Delete the releases"


def test_a_release_waits_while_others_roll_back(stage: Stage) -> None:
    """It removes only what nobody has made live, and what it removes nobody can make live any more."""
    busy = "Another run removes or changes release zero now"
    with stage.held(release("three", release_keep=1), BEFORE_THE_SWITCH, BEFORE_THE_PRUNING, AT_THE_REMOVAL) as held:
        held.waits()
        told(stage.play(rollback("one")))
        held.waits()
        told(stage.play(rollback("one")))
        held.waits()
        told(stage.play(rollback("zero")), busy)
        told(stage.play(release("zero")), busy)
    told(held.outcome)
    assert "points to one now" in " ".join(held.outcome.output.split())
    assert (stage.live(), stage.there()) == ("one", {"one", "two", "three"})
    assert stage.log() == ["rollback one from two", "release three from one", "rollback one from three"]


def test_a_release_waits_while_others_are_released(stage: Stage) -> None:
    """The log has all of them. Where nobody can tell what is live, nothing is removed."""
    fault = {"kind": "status", "status": 403, "action": "stat", "path": "/123456/www/current", "times": None}
    pauses = ("Read the log before the line is added", BEFORE_THE_PRUNING, AT_THE_CLAIMS)
    with stage.held(release("three", release_keep=1), *pauses) as held:
        held.waits()
        told(stage.play(release("four")))
        held.waits()
        told(stage.play(release("zero")))
        held.waits()
        stage.service.emulator.control.add_faults(fault)
    told(held.outcome, "nor was anything after it, because it cannot be told what is live and was live before")
    stage.service.emulator.control.clear_faults()
    assert (stage.live(), stage.there()) == ("zero", set(RELEASES))
    assert stage.log() == ["release four from three", "release three from two", "release zero from four"]


def test_a_release_stays_that_another_run_has_claimed_or_made_live(stage: Stage) -> None:
    """The link is flipped by somebody who listens to no claim, when this run has looked at it for the last time but one."""
    with stage.held(release("three", release_keep=1), AT_THE_CLAIMS, AT_THE_REMOVAL) as held:
        held.waits()
        stage.service.load({"www/releases/.busy-one": "another run"})
        held.waits()
        told(stage.other.task("ns_symlink", path="www/current", target="releases/zero"))
    told(held.outcome)
    said = "Release one stays: another run removes or changes it, or was killed when it did (/123456/www/releases/.busy-one)."
    assert said in held.outcome.output and "Release zero stays: it is live." in held.outcome.output
    assert [name for name in stage.there() if name.startswith(".busy")] == [".busy-one"]
    told(stage.other.task("ns_file", path="www/releases/.busy-one", state="absent"))
    assert (stage.live(), stage.there()) == ("zero", {"zero", "one", "two", "three"})


def test_a_release_stays_that_is_not_claimed_any_more(stage: Stage) -> None:
    """Another run had claimed it before, or at the same moment, and has ended: what it has done meanwhile nobody can tell."""
    with stage.held(release("three", release_keep=1), AT_THE_CLAIMS, AFTER_THE_CLAIMS) as held:
        held.waits()
        stage.service.load({"www/releases/.busy-one": "another run"})
        held.waits()
        for name in ("zero", "one"):
            told(stage.other.task("ns_file", path=f"www/releases/.busy-{name}", state="absent"))
    told(held.outcome)
    for name in ("zero", "one"):
        assert f"Release {name} stays: another run removes or changes it" in held.outcome.output
    assert (stage.live(), stage.there()) == ("three", {"zero", "one", "two", "three"})


def test_a_rollback_waits(stage: Stage) -> None:
    """What it was to remove is live again by then."""
    with stage.held(rollback("one", rollback_remove=True), BEFORE_THE_SWITCH, AT_THE_CLAIMS) as held:
        held.waits()
        told(stage.play(rollback()))
        held.waits()
        told(stage.play(release("two")))
    told(held.outcome)
    assert (stage.live(), stage.there()) == ("two", {"zero", "one", "two"})
    assert stage.log() == ["rollback one from two", "release two from one"]


def test_what_lost_a_file_meanwhile_is_not_left_live(stage: Stage) -> None:
    """Behind the look of ns_symlink: the rollback looks after the switch, and takes it back."""
    with stage.held(rollback("one"), "Check that the release can stay live") as held:
        held.waits()
        told(stage.other.task("ns_file", path="www/releases/one/index.html", state="absent"))
    told(held.outcome, "Release one cannot be live: it had 1 objects with 5 bytes and has 0 with 0 now.")
    told(held.outcome, "www/current points to releases/two now, which it was switched back to")
    assert (stage.live(), stage.log()) == ("two", [])


def test_two_runs_into_one_directory(stage: Stage) -> None:
    """The one that ends last finds the line of the other one, and that the directory is not what it has made of it."""
    in_place = {"release_switch": "in_place", "release_path": "plain"}
    with stage.held(release("three", **in_place), "Read the log after the sync") as held:
        held.waits()
        told(stage.play(release("four", **in_place)))
    told(held.outcome, "plain was turned into release three and, by another run at the same time, into four")
    assert stage.service.tree()["plain/index.html"] == digest("fourth")


def test_two_mirrors_of_one_directory(stage: Stage) -> None:
    """As above, by the marker: it is not overwritten with a revision that is not there."""
    with stage.held(mirror("three"), "Read the marker again") as held:
        held.waits()
        told(stage.play(mirror("four")))
        marker = stage.service.tree()["plain.revision.json"]
    told(
        held.outcome,
        "Another run has deployed to plain while this one did, and it is not the revision three now: 0 to create, 1 to",
    )
    assert stage.service.tree()["plain.revision.json"] == marker
