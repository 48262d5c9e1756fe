# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's key is in nothing that a run writes or starts, wherever it comes from and whatever goes wrong.

The only files with a key in them are those in which Ansible itself hands options to a module (AnsiballZ). They are private
to their user, and go away with the task.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.sandbox import Room, Seen, Task
from ansible_collections.edgeops.netstorage.tests.integration.service import KEY, Link, Service, digest

WRONG = "a-key-that-nobody-should-see"
SOURCES = ("option", "variable", "environment", "vaulted variable", "vaulted file")
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
OURS = "edgeops.netstorage."
HERE = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}  # then no module is needed
TEMPORARY = ("local", "remote", "temporary")


@pytest.fixture
def room(service: Service, tmp_path: Path) -> t.Iterator[Room]:
    service.reset()
    with tempfile.TemporaryDirectory(prefix="ns", ignore_cleanup_errors=True) as inside:  # jobs end when they like
        yield Room(tmp_path, Path(inside), service)


def tree(room: Room) -> Path:
    """A source and a destination with the key in names, contents and targets. That a link cannot be flipped is a warning."""
    room.service.emulator.control.set_knobs(symlink_existing=409, rename_existing=409)
    source = room.given / "tree"
    build(source, {f"{KEY}.txt": f"new {KEY}\n", "same.txt": "same\n", f"link-{KEY}": Link(f"to-{KEY}")})
    there = {f"{KEY}.txt": f"old {KEY}\n", "same.txt": "same\n", f"gone-{KEY}.txt": KEY, f"link-{KEY}": Link("elsewhere")}
    room.service.load(there, "/123456/site")
    return source


def working(room: Room) -> list[Task]:
    """All modules, both ways of running, and a job. The key is in names, contents, targets, diffs and warnings."""
    sync: Task = {"src": str(tree(room)), "path": "site", "delete": True, "verify": "full"}
    sync["changed_paths_file"] = str(room.inside / "changed.txt")
    return [
        {f"{OURS}ns_sync": sync, "check_mode": True, "vars": HERE},
        {f"{OURS}ns_sync": sync, "check_mode": True},
        {f"{OURS}ns_sync": sync},
        {f"{OURS}ns_sync": {**sync, "path": "copy"}, "vars": HERE},
        {f"{OURS}ns_file": {"path": "a.txt", "content": f"key = {KEY}\n"}, "check_mode": True},
        {f"{OURS}ns_file": {"path": "a.txt", "content": {"key": [KEY]}}},
        {f"{OURS}ns_file": {"path": "c.txt", "content": f"key = {KEY}\n"}, "vars": HERE},
        {f"{OURS}ns_file": {"path": "b.txt", "content": "job"}, "async": 60, "poll": 1},
        {f"{OURS}ns_directory": {"path": "d/e"}},
        {f"{OURS}ns_info": {"path": ["d/e", "nothing"]}},
        {f"{OURS}ns_info": {}, "vars": HERE},
        {f"{OURS}ns_find": {"path": "copy", "file_type": "any", "recurse": True}},
        {f"{OURS}ns_symlink": {"path": "l", "target": f"to-{KEY}"}},
        {f"{OURS}ns_rename": {"path": "site", "dest": "moved"}},
    ]


def failing(room: Room) -> list[Task]:
    """Options that hold the key, or are nothing; a wrong key; a service that is not there, refuses or loses something."""
    room.service.emulator.control.add_faults({"status": 403, "action": "delete", "path": "*/refused/*", "times": 99})
    room.service.load({f"{KEY}.txt": KEY, "same.txt": ""}, "/123456/refused")
    source = room.given / "refused"
    build(source, {"same.txt": ""})
    build(room.given / "broken", {"a.html.j2": f"\n{{% include '{KEY}' %}}"})
    file: Task = {"path": "x.txt", "content": "a", "max_retries": 0}
    tasks: list[Task] = [
        *(
            {f"{OURS}ns_file": {**file, **more}}
            for more in (
                {"key": WRONG},
                {"host": "127.0.0.1:9"},
                {"host": KEY},
                {"account": f"{KEY},"},
                {"path": f"site/{KEY}"},
                {"path": "", "root": KEY},
                {"mtime": KEY},
                {"compare": KEY},
                {"remote_src": KEY, "content": None, "src": KEY},
                {"content": None, "src": f"nowhere/{KEY}"},
                {"sha256": KEY},
                {"ca_path": f"/nowhere/{KEY}"},
            )
        ),
        {f"{OURS}ns_sync": {"src": f"nowhere/{KEY}", "path": "site"}, "vars": HERE},
        {f"{OURS}ns_sync": {"src": str(source), "path": "site", "exclude": [f"!{KEY}"]}},
        {f"{OURS}ns_sync": {"src": str(source), "path": "site", "max_delete": KEY}},
        {f"{OURS}ns_sync": {"src": str(source), "path": "refused", "delete": True, "max_retries": 0}, "vars": HERE},
        {f"{OURS}ns_sync": {"src": str(room.given / "broken"), "path": "site", "templates": ["*.j2"]}, "vars": HERE},
        {f"{OURS}ns_file": {**file, "key": WRONG}, "async": 60, "poll": 1},
    ]
    return [{**task, "ignore_errors": True, "register": "failed"} for task in tasks]


def given(room: Room, source: str) -> dict[str, t.Any]:
    """How a play gets its key."""
    if source == "option":
        return {"module_defaults": room.defaults(KEY), "environment": {}}
    if source == "environment":
        return {"module_defaults": room.defaults(), "environment": {"NETSTORAGE_KEY": KEY}}
    named = {"module_defaults": room.defaults("{{ netstorage_key }}"), "environment": {}}
    if source == "variable":
        return {**named, "vars": {"netstorage_key": KEY}}
    file = room.given / "key.yml"
    if source == "vaulted file":
        file.write_text(f"netstorage_key: {KEY}\n")
        room.vault("encrypt", "key.yml")
    else:
        file.write_text(room.vault("encrypt_string", KEY, "--name", "netstorage_key"))
    return {**named, "vars_files": [str(file)]}


def nobody_sees(key: str, seen: Seen, *, in_environments: bool = False) -> None:
    for form in (key, base64.b64encode(key.encode()).decode()):
        assert form not in seen.output
        assert form not in json.dumps(seen.results)
        raw = form.encode()
        assert [path for path, content in seen.files.items() if raw in content and not _is_handed_over(path, content)] == []
        assert [path for path in seen.files if form in path.name] == []
        assert [command for command in seen.commands if raw in command] == []
        if not in_environments:
            assert [one for one in seen.environments if raw in one] == []


def _is_handed_over(path: Path, content: bytes) -> bool:
    """A module with its options, or the content that a task sends: what that holds is for its author to say."""
    return b"ANSIBALLZ" in content or path.name.startswith("ns_content-") or path.name.endswith("ns_file.content")


def nothing_is_left(room: Room, seen: Seen) -> None:
    """No temporary file, and none that others could have read while it was there."""
    assert [path for name in TEMPORARY for path in (room.inside / name).rglob("*") if path.is_file() and not _of_jobs(path)] == []
    assert [path for path in seen.readable if path.relative_to(room.inside).parts[0] in TEMPORARY] == []


def _of_jobs(path: Path) -> bool:
    """Ansible's wrapper of jobs goes on for some seconds after its job, and removes its own files only then."""
    return path.name.startswith(("AnsiballZ_", "async_wrapper"))


@pytest.mark.parametrize("source", [pytest.param(SOURCES[0], marks=every_core("masking", "warnings")), *SOURCES[1:]])
def test_the_key_from_every_source(room: Room, source: str) -> None:
    """The first source gets all tasks; from the others on nothing differs but where the key comes from."""
    work, fail = working(room), failing(room)
    if source != SOURCES[0]:
        work, fail = work[3:8], [fail[0], *fail[-2:]]
    seen = room.play("localhost", [*work, *fail], **given(room, source))
    assert ["msg" in result for result in seen.results] == [False] * len(work) + [True] * len(fail), seen.output[-3000:]
    assert MASK in seen.output
    assert "********" in seen.output
    if source == SOURCES[0]:
        assert "link-******** was missing for the time of one request" in seen.output
    assert b"/********.txt\n" in (room.inside / "changed.txt").read_bytes()
    nobody_sees(KEY, seen, in_environments=source == "environment")
    nobody_sees(WRONG, seen)
    nothing_is_left(room, seen)
    journal = [{**entry, "path": ""} for entry in room.service.emulator.control.journal()]  # names with the key are sent
    assert KEY not in json.dumps(journal)
    assert room.inside / "log" in seen.files
    assert len(seen.commands) >= 3


@pytest.mark.parametrize(
    "options",
    [pytest.param(("--check", "--diff"), id="check"), pytest.param((), id="real", marks=every_core("masking", ways=[MODULE]))],
)
def test_the_key_of_modules_that_get_it_through_a_pipe(player: Player, options: tuple[str, ...]) -> None:
    """With pipelining nothing is written at all."""
    way = by_the_module(player.work)
    outcome = player.play("whole_site.yml", "-vvvv", *way, *options, environment={"ANSIBLE_PIPELINING": "1"})
    assert outcome.status == 0, outcome.output
    assert MASK in outcome.output
    assert KEY not in outcome.output
    assert KEY not in json.dumps(outcome.results)


@pytest.mark.parametrize("source", ["option", "environment"])
def test_the_key_on_its_way_to_another_machine(room: Room, source: str) -> None:
    """Over a connection on which files are shipped; ``recorded`` has copies of them."""
    tasks = [task for task in working(room) if f"{OURS}ns_file" in task]
    file: Task = {"path": "x.txt", "content": None, "src": f"nowhere/{KEY}", "max_retries": 0}
    tasks.append({f"{OURS}ns_file": file, "ignore_errors": True})
    seen = room.play("far", tasks, **given(room, source))
    assert seen.status == 0, seen.output[-3000:]
    nobody_sees(KEY, seen, in_environments=source == "environment")
    nothing_is_left(room, seen)
    assert any(path.name.endswith("ns_file.content") for path in seen.files)


@pytest.mark.parametrize("host", ["localhost", "far"])
def test_what_was_decrypted_is_private_and_goes_away(room: Room, host: str) -> None:
    """Also after a failure. A module on the controller reads it from memory, others get a file."""
    secret = "only-for-the-service"
    (room.given / "secret.txt").write_text(secret)
    room.vault("encrypt", "secret.txt")
    file = {"path": "x.txt", "src": "secret.txt", "max_retries": 0}
    tasks: list[Task] = [
        {f"{OURS}ns_file": {**file, "host": "127.0.0.1:9"}, "ignore_errors": True},
        {f"{OURS}ns_file": {**file, "sha256": "0" * 64}, "ignore_errors": True},
        {f"{OURS}ns_file": file},
    ]
    seen = room.play(host, tasks, **given(room, "option"))
    assert ["msg" in result for result in seen.results] == [True, True, False], seen.output[-3000:]
    assert room.service.tree()["x.txt"] == digest(secret)
    assert secret not in seen.output
    held = {path.relative_to(room.inside).parts[0] for path, content in seen.files.items() if secret.encode() in content}
    assert held == (set() if host == "localhost" else held & {"local", "remote", "recorded"})
    assert ("recorded" in held) is (host == "far")
    nothing_is_left(room, seen)


@pytest.mark.parametrize("host", [pytest.param("localhost", marks=every_core("masking", ways=[MODULE])), "far"])
def test_the_key_of_a_run_that_breaks(room: Room, host: str) -> None:
    """Something unforeseen, as deep as it can be: where the key is used. Its traceback is shown."""
    saboteur = room.given / "saboteur"
    saboteur.mkdir()
    (saboteur / "sitecustomize.py").write_text(
        "import hmac\ndef digest(key, *rest):\n    raise RuntimeError('broken on purpose')\nhmac.digest = digest\n"
    )
    tasks: list[Task] = [
        {f"{OURS}ns_directory": {"path": "d"}, "ignore_errors": True},
        {f"{OURS}ns_sync": {"src": str(tree(room)), "path": "s", "remote_src": True}, "ignore_errors": True},
    ]
    path = os.pathsep.join(filter(None, [str(saboteur), os.environ.get("PYTHONPATH", "")]))
    play = given(room, "option")
    seen = room.play(host, tasks, **{**play, "environment": {"PYTHONPATH": path}})
    assert ["msg" in result for result in seen.results] == [True, True], seen.output[-3000:]
    assert "broken on purpose" in seen.output
    assert "Traceback" in seen.output
    nobody_sees(KEY, seen)
