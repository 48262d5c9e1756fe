# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the actions hand to their modules, in which calls. The rest of Ansible is played by fakes."""

from __future__ import annotations

import getpass
import os
import types
import typing as t
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.edgeops.netstorage.plugins.plugin_utils.file_action import FileAction
from ansible_collections.edgeops.netstorage.plugins.plugin_utils.shipping import ModuleAction
from ansible_collections.edgeops.netstorage.plugins.plugin_utils.sync_action import SyncAction

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
    ) -> None:
        shell = types.SimpleNamespace(tmpdir=None, join_path=lambda *parts: "/".join(parts))
        self._connection = types.SimpleNamespace(transport=transport, become=become, has_native_async=False, _shell=shell)
        self._task = types.SimpleNamespace(
            args=args, check_mode=check, diff=False, async_val=seconds, action="ns_file", delegate_to=None, environment=None
        )
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
