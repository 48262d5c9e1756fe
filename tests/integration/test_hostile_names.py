# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that would rule the terminal: whoever can store an object chooses its name, and others look at it.

Results are escaped too, not only what is printed: a value of a result is printed by the next task, by another callback, or
goes into a mail.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, Tree
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer

# Each with what it would do, and how it is shown.
NAMES = [
    ("\x1b]0;owned\x07", "a title for the window", "\\x1b]0;owned\\x07"),
    ("\x1b[2J\x1b[1;1Hok", "an empty screen", "\\x1b[2J\\x1b[1;1Hok"),
    ("\x9b31mred", "a colour, in eight bits", "\\x9b31mred"),
    ("x\r\nok: [localhost]", "a line that Ansible never wrote", "x\\x0d\\x0aok: [localhost]"),
    ("\x08\x08\x08\x08gone", "what was there, overwritten", "\\x08\\x08\\x08\\x08gone"),
    ("tab\there", "another column", "tab\\x09here"),
    ("\x7fdel", "a character less", "\\x7fdel"),
    ("\u202egnp.exe", "a line that runs backwards", "\\u202egnp.exe"),
    ("\u2028two", "a line of its own, to some", "\\u2028two"),
    ("\udcff\udcfe", "no text at all", "\\xff\\xfe"),
    ("\x00nul", "the end of a text, to some", "\\x00nul"),
]
RULING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
EXTRANEOUS = [f"old-{name}" for name, _what, _shown in NAMES]
FRESH = [f"new-{name}" for name, _what, _shown in NAMES if "\x00" not in name]
SHOWN = [shown for _name, _what, shown in NAMES]
WAYS = pytest.mark.parametrize("environment", [{}, {"BY_THE_MODULE": "1"}], ids=["here", "module"])


def nothing_rules(outcome: Outcome) -> None:
    """No character of the output, nor of any value of a result, does anything but stand there."""
    assert not RULING.search(outcome.output), repr(outcome.output[RULING.search(outcome.output).start() - 80 :][:100])  # type: ignore[union-attr]
    for text in _texts(outcome.results):
        assert not RULING.search(text), repr(text)


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def there(names: t.Sequence[str]) -> Tree:
    """Files, directories and links of these names, with content and targets like them."""
    tree: dict[str, t.Any] = {"same": "same"}
    for number, name in enumerate(names):
        tree[f"dir-{name}/"] = DIR
        tree[f"link-{name}"] = Link(NAMES[number][0].replace("\x00", "") or "x")
        tree[name] = f"{NAMES[number][0]}\n".replace("\x00", "").encode("utf-8", "replace")
    return tree


def source(work: Path, names: t.Sequence[str]) -> Path:
    """A source with such names as well; this file system knows no NUL."""
    folder = work / "source"
    shutil.rmtree(folder, ignore_errors=True)
    build(folder, {"same": "same"})
    for name in map(os.fsencode, names):
        raw = os.fsencode(folder) + b"/" + name
        Path(os.fsdecode(raw)).write_bytes(b"\x1b[31mred\n")
        os.symlink(b"to-" + name, raw + b".link")
    return folder


def sync(player: Player, *options: str, environment: dict[str, str], names: t.Sequence[str] = FRESH, **more: t.Any) -> Outcome:
    allowed = {"delete": True, "max_delete": "100 %", "unusual_names": "allow"}
    arguments = {"src": str(source(player.work, names)), "path": "site", **allowed, **more}
    task = {"name": "Task", "edgeops.netstorage.ns_sync": arguments, "environment": environment}
    return player.play(player.write("task.json", [task]), *options)


@WAYS
def test_a_plan_and_its_diff(player: Player, environment: dict[str, str]) -> None:
    player.service.load(there(EXTRANEOUS), "/123456/site")
    outcome = sync(player, "--check", "--diff", "-vvv", environment=environment)
    assert outcome.status == 0, outcome.output[-3000:]
    nothing_rules(outcome)
    steps = json.dumps(outcome.result["plan"]["steps"], ensure_ascii=False).replace("\\\\", "\\")
    for shown in SHOWN:
        assert f"- delete old-{shown} " in outcome.output
        assert f"- rmdir dir-old-{shown}/ " in outcome.output
        assert f"/site/old-{shown}" in steps
        if "nul" not in shown:
            assert f"+ upload new-{shown} " in outcome.output
    assert "\\x1b[31mred" in outcome.output


@WAYS
def test_failures_of_such_names(player: Player, environment: dict[str, str]) -> None:
    """Nothing may be deleted: each name is in the failed paths, and the first in the message."""
    player.service.load(there(EXTRANEOUS), "/123456/site")
    for action in ("delete", "rmdir"):
        player.service.emulator.control.add_faults({"status": 403, "action": action, "path": "*", "times": 999})
    outcome = sync(player, "-vvv", environment=environment, max_retries=0)
    assert outcome.became == {"Task": "failed"}, outcome.output[-3000:]
    nothing_rules(outcome)
    failed = " ".join(item["path"] + item["why"] for item in outcome.result["failed_paths"])
    assert all(f"link-old-{shown}" in failed for shown in SHOWN)


@WAYS
def test_warnings_and_guards_with_such_names(player: Player, environment: dict[str, str]) -> None:
    """A link that the service cannot replace is worth a warning; names that differ by their Unicode form are an error."""
    name = f"new-{NAMES[0][0]}"
    player.service.load({"same": "same", f"{name}.link": Link("elsewhere")}, "/123456/site")
    player.service.emulator.control.set_knobs(symlink_existing=409, rename_existing=409)
    outcome = sync(player, "-vvv", environment=environment, delete=False)
    assert outcome.status == 0, outcome.output[-3000:]
    nothing_rules(outcome)
    assert "[WARNING]" in outcome.output
    assert f"new-{SHOWN[0]}.link was missing for the time of one request" in outcome.result["notes"][0]

    player.service.load({"caf\u00e9-\u202e": "x"}, "/123456/site")
    for code, name in (("look_alikes", "cafe\u0301-\u202e"), ("unusual_names", "\x1b[2J")):
        refused = sync(player, "-vvv", environment=environment, names=[name], unusual_names="refuse")
        assert refused.result["failure"]["code"] == code
        nothing_rules(refused)


def test_the_other_modules(player: Player) -> None:
    """Targets of links, directories that are not empty, content in diffs."""
    evil = NAMES[1][0]
    player.service.load({"link": Link(evil), "file": f"{evil}\n", "full/": DIR, f"full/{evil}": "x", f"full/{evil}-dir/": DIR})
    modules: list[tuple[str, dict[str, t.Any]]] = [
        ("ns_symlink", {"path": "link", "target": "new"}),
        ("ns_file", {"path": "file", "content": "new\n"}),
        ("ns_file", {"path": "link", "content": "new\n"}),
        ("ns_directory", {"path": "full", "state": "absent", "recurse": True}),
        ("ns_rename", {"path": "full", "dest": "moved"}),
        ("ns_directory", {"path": "full", "state": "absent"}),
    ]
    tasks = [
        {"name": str(number), f"edgeops.netstorage.{module}": options, "ignore_errors": True}
        for number, (module, options) in enumerate(modules)
    ]
    outcome = player.play(player.write("tasks.json", tasks), "--check", "--diff", "-vvv")
    assert list(outcome.became.values()) == ["ok"] * 5 + ["failed"], outcome.output[-3000:]
    nothing_rules(outcome)
    assert outcome.results["0"]["previous_target"] == SHOWN[1]
    assert f"-{SHOWN[1]}\n" in outcome.output
    assert f"- delete full/{SHOWN[1]} " in outcome.output
    assert f"~ rename full/{SHOWN[1]} -> moved/{SHOWN[1]} " in outcome.output


@every_core("display", "warnings")
def test_what_the_task_itself_says(player: Player) -> None:
    """Options may come out of variables, and those from anywhere. (Below ``invocation`` Ansible shows them as they are.)"""
    evil = NAMES[1][0]
    options: list[dict[str, t.Any]] = [
        {"path": f"a{evil}", "content": evil, "unusual_names": "allow"},
        {"path": "a", "content": "a", "root": evil},
        {"path": "a", "content": "a", "root": f"/123456/{evil}/.."},
        {"path": "a", "content": "a", "host": f"{{{{ emulator_host }}}}/{evil}"},
        {"path": f"{evil}/", "content": "a"},
        {"path": "a", "src": f"nowhere/{evil}"},
        {"path": "a", "content": "a", "account": evil},
        {"path": "a", "content": "a", "mtime": evil},
    ]
    tasks = [
        {"name": str(number), "edgeops.netstorage.ns_file": given, "ignore_errors": True} for number, given in enumerate(options)
    ]
    outcome = player.play(player.write("tasks.json", tasks), "--diff")
    assert list(outcome.became.values()) == ["ok"] + ["failed"] * 7, outcome.output[-3000:]
    for result in outcome.results.values():
        result.pop("invocation", None)
    nothing_rules(outcome)


def test_what_the_server_says(player: Player) -> None:
    """Its prose is quoted, a redirect and a document that are none of the protocol's are told."""
    evil = "\x1b[2J\x9b31m\u202e\r\nok: [localhost]"
    server = Server()
    answers = [
        answer(403, evil.encode()),
        answer(302, evil.encode(), Location="http://elsewhere.example/\x9b31m"),
        answer(200, f'<stat><file type="file" name="a" size="{evil}"/></stat>'.encode("latin-1", "replace")),
        answer(200, b"<stat>", Content_Encoding="\x9b31m"),
        b"HTTP/1.1 200 \x1b[2J\r\nX: \x1b\r\nContent-Length: \x9b31m\r\n\r\n",
        b"\x1b[2J\x9b31m\r\n\r\n",
        answer(429, evil.encode(), Retry_After="\xb2"),
        answer(403, evil.encode(), Date="\x1b[2J"),
    ]
    server.handler = lambda request: answers[int(request.target.rpartition(b"/")[2])]
    where = {"host": f"127.0.0.1:{server.port}", "max_retries": 0}
    tasks = [
        {
            "name": str(number),
            "edgeops.netstorage.ns_symlink": {"path": str(number), "state": "absent", **where},
            "ignore_errors": True,
        }
        for number in range(len(answers))
    ]
    try:
        outcome = player.play(player.write("tasks.json", tasks), "-vvv")
    finally:
        server.close()
    assert set(outcome.became.values()) == {"failed"}, outcome.output[-3000:]
    codes = [result["failure"]["code"] for result in outcome.results.values()]
    assert codes == [
        "auth_refused", "bad_response", "bad_response", "bad_response", "unreachable", "unreachable", "throttled", "auth_refused",
    ]  # fmt: skip
    nothing_rules(outcome)
    assert "\\x1b[2J" in outcome.results["0"]["msg"]
