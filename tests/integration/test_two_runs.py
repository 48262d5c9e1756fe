# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Two runs of the roles release and rollback at once: one waits before one of its tasks while the other runs as a whole.

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
from ansible_collections.edgeops.netstorage.tests.integration.playing import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.runs import build
from ansible_collections.edgeops.netstorage.tests.integration.service import Link, Service, Tree, digest

RELEASES = {"one": "first", "two": "second", "three": "third", "four": "fourth"}
OLD = ("one", "two")


def _entry(action: str, release: str, previous: str) -> dict[str, t.Any]:
    size = len(RELEASES[release])
    return {"action": action, "id": release, "previous": previous, "objects": 1, "bytes": size, "at": "", "by": "", "note": ""}


def before() -> Tree:
    """Two releases were made, and the second one is live."""
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
            "release": {"release_path": "www", "release_id": self.to, "release_src": source, "release_keep": 1},
            "rollback": {"rollback_path": "www", "rollback_to": self.to},
            "mirror": {"mirror_path": "plain", "mirror_revision": self.to, "mirror_src": source},
        }[self.role]
        if self.to:
            build(player.work / "site", {"index.html": RELEASES[self.to]})
        return player.write("play.json", [], roles=[{"role": f"edgeops.netstorage.{self.role}", **options, **self.more}])


def release(name: str) -> Run:
    return Run("release", name)


def rollback(name: str = "", **more: t.Any) -> Run:
    return Run("rollback", name, more)


def mirror(name: str) -> Run:
    return Run("mirror", name)


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
    def held(self, run: Run, task: str) -> t.Iterator[list[Outcome]]:
        """The run waits before the task while the block runs; its outcome is in the list after that."""
        work = self.one.work
        environment = {"ANSIBLE_CALLBACKS_ENABLED": "task_results,pausing", "PAUSE_BEFORE": task, "PAUSE_IN": str(work)}
        outcomes: list[Outcome] = []
        with self.service.recording() as requests:
            process = self.one.start(run.playbook(self.one), environment=environment)
            try:
                _await(work / "paused", process)
                yield outcomes
            finally:
                (work / "go on").touch()
                output, _ = process.communicate(timeout=60)
        outcomes.append(self.one.ended(process.returncode, output, requests))

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


def _await(file: Path, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not file.exists():
        assert process.poll() is None and time.monotonic() < until, process.communicate()
        time.sleep(0.01)


@pytest.fixture
def stage(service: Service, tmp_path: Path) -> Stage:
    return Stage(service, tmp_path)


@dataclasses.dataclass(frozen=True)
class Case:
    """``first`` waits before ``task`` of its own while ``second`` runs.

    fails  a text of why the first one fails, and ``refused`` of why the second one does
    live   what visitors see in the end, and ``there`` all releases that are left
    log    what the log says of both
    """

    first: Run
    task: str
    second: Run
    live: str
    there: str
    log: t.Sequence[str]
    fails: str = ""
    refused: str = ""

    def __str__(self) -> str:
        return f"{self.first.role} {self.task} {self.second.role}"


AT_THE_REMOVAL = "Remove it with all that is in it"
CASES = [
    # A release waits.
    Case(release("three"), "Show it to visitors", rollback("one"), "three", "one two three",
         ["rollback one from two", "release three from one"]),
    Case(release("three"), "Which releases are there", rollback("one"), "one", "one two three",
         ["release three from two", "rollback one from three"]),
    Case(release("three"), AT_THE_REMOVAL, rollback("one"), "three", "two three",
         ["release three from two"], refused="Another run removes or changes release one now"),
    Case(release("three"), "Which releases are there", release("one"), "one", "one three",
         ["release three from two", "release one from three"]),
    Case(release("three"), AT_THE_REMOVAL, release("one"), "three", "two three",
         ["release three from two"], refused="Another run removes or changes release one now"),
    Case(release("three"), "Read the log as it is now", release("four"), "four", "two three four",
         ["release four from three", "release three from two"]),
    # A rollback waits.
    Case(rollback("one"), "Show it to visitors", release("three"), "three", "two three",
         ["release three from two"], fails="The target releases/one does not exist"),
    Case(rollback("one", rollback_remove=True), "Say it", release("two"), "two", "one two",
         ["rollback one from two", "release two from one"]),
    Case(rollback(), "Show it to visitors", rollback(), "one", "one two", ["rollback one from two"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_run_waits_while_another_one_runs(stage: Stage, case: Case) -> None:
    with stage.held(case.first, case.task) as outcomes:
        second = stage.play(case.second)
    (first,) = outcomes
    for outcome, why in ((first, case.fails), (second, case.refused)):
        assert (outcome.status != 0) is bool(why), outcome.output
        assert why in " ".join(outcome.output.split()), outcome.output
    assert (stage.live(), stage.there()) == (case.live, set(case.there.split())), first.output
    assert stage.log() == list(case.log), first.output


def test_what_lost_a_file_meanwhile_is_not_left_live(stage: Stage) -> None:
    """Behind the look of ns_symlink: the rollback looks after the switch, and takes it back."""
    with stage.held(rollback("one"), "What visitors see now stands") as outcomes:
        assert stage.other.task("ns_file", path="www/releases/one/index.html", state="absent").status == 0
    told = " ".join(outcomes[0].output.split())
    assert outcomes[0].status != 0
    assert "Release one cannot be live: it had 1 objects with 5 bytes and has 0 with 0 now." in told
    assert "www/current points to releases/two now, which it was switched back to" in told
    assert (stage.live(), stage.log()) == ("two", [])


def test_nothing_is_removed_where_nobody_can_tell_what_is_live(stage: Stage) -> None:
    with stage.held(release("three"), "Which releases are there") as outcomes:
        stage.service.emulator.control.add_faults(
            {"kind": "status", "status": 403, "action": "stat", "path": "/123456/www/current", "times": None}
        )
    assert outcomes[0].status != 0
    assert "because it cannot be told what is live and was live before" in " ".join(outcomes[0].output.split())
    assert (stage.live(), stage.there()) == ("three", {"one", "two", "three"})


def test_two_runs_into_one_directory(stage: Stage) -> None:
    """The one that ends last finds the line of the other one, and that the directory is not what it has made of it."""
    in_place = {"release_switch": "in_place", "release_path": "plain"}
    with stage.held(Run("release", "three", in_place), "The log as it is now") as outcomes:
        assert stage.play(Run("release", "four", in_place)).status == 0
    assert outcomes[0].status != 0
    assert "plain was turned into release three and, by another run at the same time, into four" in " ".join(outcomes[0].output.split())
    assert stage.service.tree()["plain/index.html"] == digest("fourth")


def test_two_mirrors_of_one_directory(stage: Stage) -> None:
    """As above, by the marker: it is not overwritten with a revision that is not there."""
    with stage.held(mirror("three"), "Whether another run has written the marker since this one began") as outcomes:
        assert stage.play(mirror("four")).status == 0
        marker = stage.service.tree()["plain.revision.json"]
    assert outcomes[0].status != 0
    told = " ".join(outcomes[0].output.split())
    assert "Another run has deployed to plain while this one did, and it is not the revision three now: 0 to create, 1 to change" in told
    assert stage.service.tree()["plain.revision.json"] == marker
