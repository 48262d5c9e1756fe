# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions hand to their modules, in which calls. The rest of Ansible is played by fakes."""

from __future__ import annotations

import getpass
import os
import types
import typing as t
from pathlib import Path

import pytest
from ansible import constants
from ansible.parsing import vault
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._file_action import FileAction
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._module_action import ModuleAction
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._sync_action import SyncAction

Result = dict[str, t.Any]
PATH = "/1/a.txt"
UPLOAD = {"step": "upload", "path": PATH}
MKDIR = {"step": "mkdir", "path": "/1/"}


class Call(t.NamedTuple):
    """One module call: its arguments, whether it became a job, and what the handed-over file held by then."""

    args: Result
    wrapped: bool
    content: bytes | None


class Stage:
    """Mixed into an action: records the calls and answers them from a list."""

    def prepare(
        self,
        args: Result,
        answers: list[Result],
        *,
        transport: str = "local",
        become: str | None = None,
        check: bool = False,
        seconds: int = 0,
        diff: bool = False,
        environment: list[Result] | None = None,
    ) -> None:
        shell = types.SimpleNamespace(tmpdir=None, join_path=lambda *parts: "/".join(parts))
        self._connection = types.SimpleNamespace(transport=transport, become=become, has_native_async=False, _shell=shell)
        self._task = types.SimpleNamespace(
            args=args,
            check_mode=check,
            diff=diff,
            async_val=seconds,
            action="ns_file",
            delegate_to=None,
            environment=environment,
            no_log=False,
            run_once=False,
        )
        self._play_context = types.SimpleNamespace(remote_addr="far")
        self._templar = types.SimpleNamespace(template=lambda value: value)
        self._loader = types.SimpleNamespace(get_real_file=lambda path, decrypt: path, cleanup_tmp_file=lambda path: None)
        self.answers, self.calls = answers, list[Call]()
        self.shipped: dict[str, bytes] = {}
        self.removed: list[str] = []
        self.cleanups = 0

    def get_become_option(self, option: str) -> str | None:
        assert option == "become_user"
        return t.cast("str | None", self._connection.become)

    def _find_needle(self, folder: str, needle: str) -> str:
        return str(Path(needle).absolute())

    def _make_tmp_path(self) -> None:
        self._connection._shell.tmpdir = "/far/tmp"

    def _transfer_file(self, near: str, far: str) -> None:
        self.shipped[far] = Path(near).read_bytes()

    def _fixup_perms2(self, paths: t.Sequence[str]) -> None:
        assert all(path.startswith("/far/tmp") for path in paths)

    def _execute_module(self, module_args: Result, task_vars: Result, wrap_async: bool) -> Result:
        file = module_args.get("_file")
        held = None if file is None else self.shipped.get(file) or Path(file).read_bytes()
        self.calls.append(Call(module_args, wrap_async, held))
        return self.answers.pop(0)

    def _remove_tmp_path(self, path: str) -> None:
        self.removed.append(path)

    def cleanup(self, force: bool = False) -> None:
        self.cleanups += 1


class StagedFile(Stage, FileAction):
    def __init__(self) -> None:
        """Nothing of ActionBase."""


class StagedSync(Stage, SyncAction):
    def __init__(self) -> None:
        """Nothing of ActionBase."""


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where content is spooled. The base class has nothing to do here."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
    monkeypatch.setattr(ModuleAction.__mro__[1], "run", lambda self, tmp, task_vars: {})
    return folder


def planned(*steps: Result, **more: t.Any) -> Result:
    return {"changed": bool(steps), "path": PATH, "plan": {"steps": list(steps)}, "api_calls": {"stat": 2}, **more}


def staged(args: Result, *answers: Result, **how: t.Any) -> StagedFile:
    action = StagedFile()
    action.prepare({"path": "a.txt", **args}, list(answers), **how)
    return action


def test_a_local_module_gets_the_file_in_one_call(spool: Path) -> None:
    action = staged({"content": "hello"}, planned(UPLOAD))
    assert action.run(task_vars={})["changed"] is True
    (call,) = action.calls
    assert (call.content, call.wrapped, action.shipped) == (b"hello", False, {})
    assert "content" not in call.args
    assert "_remove_file" not in call.args
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("become", [getpass.getuser(), None])
def test_becoming_oneself_is_local(become: str | None) -> None:
    action = staged({"content": "x"}, planned(UPLOAD), become=become)
    action.run(task_vars={})
    assert len(action.calls) == 1


@pytest.mark.parametrize("how", [{"transport": "ssh"}, {"become": "no-such-user-here"}])
def test_elsewhere_the_bytes_follow_the_plan(spool: Path, how: Result) -> None:
    action = staged({"content": "hello"}, planned(MKDIR, UPLOAD), planned(MKDIR, UPLOAD), **how)
    result = action.run(task_vars={})
    first, second = action.calls
    assert (first.args["_plan_only"], "_file" in first.args) == (True, False)
    assert first.args["_described"] == second.args["_described"]
    assert (second.content, second.args["_remove_file"], "_plan_only" in second.args) == (b"hello", True, False)
    assert action.shipped == {"/far/tmp/ns_file.content": b"hello"}
    assert not any("content" in call.args for call in action.calls)
    assert result["api_calls"] == {"stat": 4}
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([planned()], 1),
        ([planned(MKDIR), planned(MKDIR)], 2),
        ([planned({"step": "upload", "path": "/1/b"}), planned()], 2),
        ([{"failed": True, "msg": "no"}], 1),
    ],
)
def test_nothing_is_shipped_that_is_not_needed(answers: list[Result], calls: int) -> None:
    action = staged({"content": "hello"}, *answers, transport="ssh")
    action.run(task_vars={})
    assert (len(action.calls), action.shipped) == (calls, {})


def test_check_mode_ships_nothing_and_completes_the_diff() -> None:
    key = "0123456789abcdef"
    diff = [{"prepared": "~"}, {"before": "old", "before_header": "a", "after_header": "a"}]
    action = staged({"content": f"new {key}\x1b\n", "key": key}, planned(UPLOAD, diff=diff), transport="ssh", check=True)
    result = action.run(task_vars={})
    (call,) = action.calls
    assert ("_plan_only" in call.args, action.shipped) == (False, {})
    assert result["diff"][1]["after"] == "new ********\\x1b\n"
    assert "after" not in result["diff"][0]


@pytest.mark.parametrize("source", ["environment", "keyword", "nowhere"])
def test_a_key_from_elsewhere_is_masked_in_a_diff_that_is_completed(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """A key that only the target knows cannot be masked here, so then the text is not shown."""
    key = "0123456789abcdef"
    if source == "environment":
        monkeypatch.setenv("NETSTORAGE_KEY", key)
    environment = [{"NETSTORAGE_KEY": key}] if source == "keyword" else None
    item = {"before": "old", "before_header": "a", "after_header": "a"}
    answer = planned(UPLOAD, diff=[item])
    action = staged({"content": f"new {key}\n"}, answer, transport="ssh", check=True, environment=environment)
    shown = action.run(task_vars={})["diff"][0]["after"]
    assert key not in shown
    assert (shown == "new ********\n") is (source != "nowhere")


@pytest.mark.parametrize("environment", [True, False])
def test_a_key_from_elsewhere_is_masked_in_failures(monkeypatch: pytest.MonkeyPatch, environment: bool) -> None:
    key = "0123456789abcdef"
    if environment:
        monkeypatch.setenv("NETSTORAGE_KEY", key)
    action = staged({"src": "x", "remote_src": key}, environment=None if environment else [{"NETSTORAGE_KEY": key}])
    result = action.run(task_vars={})
    assert "********" in result["msg"]
    assert key not in str(result)


def test_the_key_is_never_looked_for(tmp_path: Path) -> None:
    """Ansible logs where it looks. A key that is too short to be one is told by the module."""
    key = "0123456789abcdef"
    for action in (staged({"src": f"{tmp_path}/{key}", "key": key}), StagedSync()):
        if isinstance(action, StagedSync):
            action.prepare({"src": f"{tmp_path}/{key}", "path": "t", "key": key}, [])
        action._find_needle = None  # type: ignore[assignment, method-assign]
        result = action.run(task_vars={})
        assert (result["failure"]["code"], result["msg"]) == (
            "bad_options",
            "The key is part of src. Ansible would log it. Has an option got the wrong value?",
        )
    (tmp_path / "a").write_bytes(b"")
    assert "failed" not in staged({"src": str(tmp_path / "a"), "key": "a"}, planned()).run(task_vars={})


class Vaulted(str):
    """A value as ansible-core 2.18 marks it."""

    __ENCRYPTED__ = True
    __slots__ = ()


@pytest.mark.parametrize("transport", ["local", "ssh"])
@pytest.mark.parametrize(
    ("args", "is_secret"),
    [
        ({"content": Vaulted("a secret")}, True),
        ({"content": "a secret is told"}, True),
        ({"content_b64": "YSBzZWNyZXQ="}, True),
        ({"content": "nothing"}, False),
        ({"content": "a secret", "show_vaulted": True}, False),
        ({"content": "a secret", "show_vaulted": "no"}, True),
    ],
)
def test_content_out_of_a_vault_is_handed_over_as_such(
    monkeypatch: pytest.MonkeyPatch, args: Result, is_secret: bool, transport: str
) -> None:
    monkeypatch.setattr(vault, "VaultHelper", None, raising=False)
    action = staged(args, planned(UPLOAD), planned(UPLOAD), transport=transport, diff=True)
    action.run(task_vars={"password": Vaulted("a secret")})
    assert {call.args.get("_is_secret", False) for call in action.calls} == {is_secret}


@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_so_is_a_vaulted_file(tmp_path: Path, transport: str) -> None:
    """With and without diff: an action cannot know what a module makes of it."""
    cipher, plain = tmp_path / "cipher", tmp_path / "plain"
    for diff in (True, False):
        cipher.write_bytes(b"cipher")
        plain.write_bytes(b"plain")
        action = staged({"src": str(cipher)}, planned(UPLOAD), planned(UPLOAD), transport=transport, diff=diff)
        action._loader = types.SimpleNamespace(
            get_real_file=lambda path, decrypt: str(plain), cleanup_tmp_file=lambda path: None
        )
        action.run(task_vars={})
        assert {call.args.get("_is_secret") for call in action.calls} == {True}


def test_only_the_last_call_becomes_a_job() -> None:
    job = {"ansible_job_id": "1", "changed": True}
    action = staged({"content": "x"}, planned(), job, transport="ssh", seconds=10)
    assert action.run(task_vars={}) == job
    assert [call.wrapped for call in action.calls] == [False, True]
    assert (action.shipped, action.cleanups, action.removed) == ({}, 1, [])


def test_a_job_that_does_not_start_leaves_nothing() -> None:
    action = staged({"content": "x"}, planned(UPLOAD), {"failed": True}, transport="ssh", seconds=10)
    action.run(task_vars={})
    assert (list(action.shipped), action.removed) == (["/far/tmp/ns_file.content"], ["/far/tmp"])


def test_a_local_job_gets_a_copy_of_what_is_spooled() -> None:
    action = staged({"content": "x"}, {"ansible_job_id": "1"}, seconds=10)
    action.run(task_vars={})
    (call,) = action.calls
    assert (call.wrapped, call.content, call.args["_remove_file"]) == (True, b"x", True)
    assert list(action.shipped) == [call.args["_file"]]


def test_a_file_of_the_user_is_never_removed(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"mine")
    for how in ({}, {"seconds": 10}):
        action = staged({"src": str(source)}, planned(UPLOAD), **how)
        action.run(task_vars={})
        (call,) = action.calls
        assert (call.args["_file"], "_remove_file" in call.args, "src" in call.args) == (str(source), False, False)


def test_what_is_remote_is_passed_through() -> None:
    action = staged({"src": "/there", "remote_src": "yes"}, planned(UPLOAD), transport="ssh")
    action.run(task_vars={})
    (call,) = action.calls
    assert (call.args["src"], "_file" in call.args, "_described" in call.args) == ("/there", False, False)


def test_failures_look_like_those_of_the_module(spool: Path) -> None:
    action = staged({"content": "x", "src": "y"})
    assert action.run(task_vars={}) == {
        "failed": True,
        "changed": False,
        "msg": "src and content contradict each other. Give one of them.",
        "failure": {"code": "bad_options", "action": None, "path": None, "status": None, "hint": "Give one of them."},
        "done": [],
        "failed_paths": [],
        "left": [],
        "counts": {"done": 0, "failed_paths": 0, "left": 0},
    }
    assert (action.calls, list(spool.iterdir())) == ([], [])


def test_a_lost_connection_leaves_no_spool(spool: Path) -> None:
    action = staged({"content": "x"}, transport="ssh")
    with pytest.raises(IndexError):  # the stage has no answer
        action.run(task_vars={})
    assert list(spool.iterdir()) == []


def test_a_tree_is_found_where_ansible_runs(tmp_path: Path) -> None:
    for how, expected in (({}, True), ({"become": "no-such-user-here"}, True), ({"transport": "ssh"}, False)):
        action = StagedSync()
        action.prepare({"src": f"{tmp_path}{os.sep}", "path": "t"}, [planned()], **t.cast(t.Any, how))
        result = action.run(task_vars={})
        assert ("failed" not in result) is expected
        assert [call.args["src"] for call in action.calls] == ([str(tmp_path)] if expected else [])


def test_a_remote_tree_is_passed_through() -> None:
    action = StagedSync()
    action.prepare({"src": "~/site/", "path": "t", "remote_src": True}, [planned()], transport="ssh", seconds=5)
    action.run(task_vars={})
    assert [(call.args["src"], call.wrapped) for call in action.calls] == [("~/site/", True)]


@pytest.mark.parametrize("action", [StagedFile, StagedSync])
@pytest.mark.parametrize("option", ["content", "src", "exclude"])
def test_half_a_surrogate_pair_is_refused_before_anything_is_looked_for(action: t.Any, option: str) -> None:
    """``content`` would have become a question mark, and anything else a traceback."""
    staged = action()
    staged.prepare({"path": PATH, option: ["\ud83d"] if option == "exclude" else "a\ud83d"}, [])
    result = staged.run()
    assert (result["failure"]["code"], staged.calls) == ("bad_options", [])
    assert result["msg"].startswith(f"{option} has a character in it that is not text")
