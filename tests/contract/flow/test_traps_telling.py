# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How other tools tell their users something that is not so: results, diffs, check mode.

The traps are numbered in these two files alone; the others (1 to 6, 16 to 20) are in ``test_traps_losses``. Where a trap is
about what Ansible makes of a module, the module itself is run, in this process; the playbooks of ``tests/integration`` show the
rest:

* 12 in ``test_diffs.py: test_without_diff_nothing_is_downloaded``
* 14 in ``test_secrecy.py``
* 15 in ``test_sources.py`` and ``tests/unit/plugin_utils/test_actions.py``
* 5 and 22 in ``test_sync.py`` and ``test_failures.py``, whose plays run in check mode first
"""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import DIRECTORY, FILE, SYMLINK, SYNC
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.reading import read_source
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    FileOptions,
    Options,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.plugins.modules import ns_directory, ns_file, ns_symlink, ns_sync
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Values = dict[str, t.Any]


@pytest.fixture
def play(scene: Scene, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., Values]:
    """Runs a module's ``main`` as Ansible would, and reads the result that it prints."""

    def run_module(module: t.Any, check: bool = False, diff: bool = False, **options: t.Any) -> Values:
        common = scene.common
        args = {"host": common.host, "account": common.account, "key": common.key, "protocol": common.protocol,
                "root": common.root, "_ansible_check_mode": check, "_ansible_diff": diff, **options}  # fmt: skip
        with patch_module_args(args), pytest.raises(SystemExit):
            module.main()
        printed = capsys.readouterr().out
        assert common.key not in printed
        return t.cast(Values, json.loads(printed))

    return run_module


def single(scene: Scene, state: str) -> list[Options]:
    """Each module with one entry."""
    source, target = (str(scene.source / "a"), "a") if state == "present" else (None, None)
    return [
        FileOptions(scene.common, "s/file", state, source=source),
        DirectoryOptions(scene.common, "s/directory", state, recurse=state == "absent"),
        SymlinkOptions(scene.common, "s/link", target, state),
    ]


def test_trap_07_changed_is_whether_there_is_a_plan(scene: Scene) -> None:
    """7. ``changed`` computed by "a marker is missing" (synchronize link_dest): one unchanged file made it false."""
    scene.there({"a": "a", "b": "old"})
    scene.here({"a": "a", "b": "new"})
    for check, changed in [(True, True), (False, True), (False, False), (True, False)]:
        outcome = scene.run(check=check)
        assert (outcome.changed, bool(outcome.plan), result(outcome)["changed"]) == (changed,) * 3
        assert outcome.plan.counts.unchanged == 2 - changed


def test_trap_08_absent_on_what_is_missing_is_ok(scene: Scene) -> None:
    """8. ``absent`` on a missing thing fails (GCP) or is "changed" (s3_object delobj)."""
    for options in single(scene, "absent"):
        for check in (True, False):
            outcome = scene.run(options, check=check)
            assert (outcome.error, outcome.changed) == (None, False)
    assert scene.changes() == []


def test_trap_09_a_refusal_is_a_failure(scene: Scene, play: t.Callable[..., Values]) -> None:
    """9. Refusal reported as ok (Azure non-empty container)."""
    scene.there({"directory/f": "f", "link/": None, "file": "f"})
    with pytest.raises(GuardTripped):
        scene.run(DirectoryOptions(scene.common, "s/directory", "absent"))
    for check in (True, False):
        refused = play(ns_directory, path="s/directory", state="absent", check=check)
        assert (refused["failed"], refused["changed"], refused["failure"]["code"]) == (True, False, "not_empty")
        kept = play(ns_file, path="s/file", src=__file__, remote_src=True, on_existing="fail", check=check)
        assert (kept["failed"], kept["changed"], kept["failure"]["code"]) == (True, False, "exists")
    assert scene.changes() == []


def test_trap_10_a_second_run_works_and_changes_nothing(scene: Scene) -> None:
    """10. Second run raises (Azure batch upload)."""
    scene.here({"a": "a", "d/b": "b", "l": "-> a"})
    for options in [*single(scene, "present"), scene.options(), *single(scene, "absent"), scene.options()]:
        runs = [scene.run(options) for _number in range(2)]
        assert [(outcome.error, outcome.changed) for outcome in runs][1] == (None, False)


def test_trap_11_a_tree_has_a_diff_of_each_file(scene: Scene) -> None:
    """11. Directory diff dropped while doc says full (copy)."""
    scene.there({"d/a": "old a\n", "d/b": "old b\n", "same": "same\n"})
    scene.here({"d/a": "new a\n", "d/b": "new b\n", "same": "same\n"})
    for check in (True, False):
        diff = scene.run(check=check, diff=True).diff
        texts = {item["after_header"].rpartition("/")[2].split()[0]: item for item in diff if "after_header" in item}
        assert {name: (item["before"], item["after"]) for name, item in texts.items()} == {
            "a": ("old a\n", "new a\n"), "b": ("old b\n", "new b\n"),
        }  # fmt: skip
        assert "same" not in diff[0]["prepared"]


def test_trap_12_without_diff_there_is_none_and_nothing_is_downloaded(scene: Scene, play: t.Callable[..., Values]) -> None:
    """12. Diff not honouring ``diff: false`` (community.kubernetes#423) and always returned (netbox)."""
    scene.there({"a": "old"})
    scene.here({"a": "new"})
    for check in (True, False):
        values = play(ns_sync, src=str(scene.source), path="s", remote_src=True, check=check)
        assert values["changed"] and "diff" not in values
    assert "download" not in {request.action for request in scene.sent()}
    scene.here({"a": "newer"})
    assert "diff" in play(ns_sync, src=str(scene.source), path="s", remote_src=True, diff=True)
    assert "download" in {request.action for request in scene.sent()}


def test_trap_13_creates_and_deletes_have_a_diff(scene: Scene) -> None:
    """13. Diff missing on create and delete (k8s)."""
    scene.there({"kept": "kept", "gone": "what was lost\n"})
    scene.here({"kept": "kept", "new": "what came\n"})
    for check in (True, False):
        diff = scene.run(check=check, diff=True, delete=True).diff
        pairs = {(item.get("before"), item.get("after")) for item in diff}
        assert {("", "what came\n"), ("what was lost\n", "")} <= pairs
        assert "new" in diff[0]["prepared"] and "gone" in diff[0]["prepared"]


def test_trap_14_only_the_key_is_secret_and_no_result_is_garbled(scene: Scene, play: t.Callable[..., Values]) -> None:
    """14. ``no_log`` value mangles the result (ansible#16125/#70455): a masked ``True`` in the content ate every ``True``."""
    for command in (FILE, DIRECTORY, SYMLINK, SYNC):
        assert [name for name, option in command.spec.items() if option.get("no_log")] == ["key"]
    scene.here({"True": "True\n", "tester": "tester\n"})
    values = play(ns_sync, src=str(scene.source), path="s", remote_src=True, diff=True)
    del values["invocation"]  # there it is meant: Ansible shows the task's options, and the key masked among them
    assert "***" not in json.dumps(values) and "VALUE_SPECIFIED_IN" not in json.dumps(values)
    assert [step["path"].rpartition("/")[2] for step in values["plan"]["steps"]] == ["True", "tester"]
    assert "True\n" in [item.get("after") for item in values["diff"]]
    for key in ("True", "s" * 15):
        refused = play(ns_directory, path="s/x", key=key)
        assert refused["failed"] and refused["failure"]["code"] == "bad_options", "a short key occurs in anything"


def test_trap_15_a_path_of_the_controller_is_not_taken_for_one_of_the_target(scene: Scene) -> None:
    """15. Controller path handed to a remote module untransferred (s3_object)."""
    given: Values = {"src": "/etc/hostname", "remote_src": False, "content": None, "content_b64": None}
    with pytest.raises(BadOptions, match="without its action plugin"):
        read_source(given)
    assert read_source({**given, "remote_src": True}) == "/etc/hostname"
    assert read_source({**given, "_file": "/tmp/shipped"}) == "/tmp/shipped"


def test_trap_21_another_time_is_no_change(scene: Scene) -> None:
    """21. mtime-only difference reported as change after a git checkout (synchronize PR#57885)."""
    tree = {"a": "a", "d/b.html": "b", "link": "-> a"}
    scene.here(tree)
    scene.sync()
    for path in [scene.source / name for name in tree]:
        os.utime(path, (7, 7), follow_symlinks=False)
    for compare in ("checksum", "size_mtime", "size"):
        assert scene.sync(compare=compare) == []
    assert scene.sync(mtime="now") == []


def test_trap_22_check_mode_of_each_module_says_what_will_be(scene: Scene, play: t.Callable[..., Values]) -> None:
    """22. Declared check-mode support that is not there (kubernetes.core#380)."""
    scene.there({"old": "old"})
    scene.here({"a": "a", "d/b": "b"})
    tasks: list[tuple[t.Any, Values]] = [
        (ns_directory, {"path": "s/x"}),
        (ns_symlink, {"path": "s/l", "target": "x"}),
        (ns_file, {"path": "s/f", "src": str(scene.source / "a"), "remote_src": True}),
        (ns_sync, {"path": "s", "src": str(scene.source), "remote_src": True, "adopt": True, "parallel": 1}),  # so in order
        (ns_file, {"path": "s/f", "state": "absent"}),
        (ns_symlink, {"path": "s/l", "state": "absent"}),
        (ns_directory, {"path": "s/x", "state": "absent"}),
    ]
    for module, options in tasks:
        shown = play(module, check=True, **options)
        assert "skipped" not in shown and "failed" not in shown
        assert scene.changes() == []
        done = play(module, **options)
        sent = [change.split()[0] for change in scene.changes()]
        assert (shown["changed"], shown["plan"]) == (done["changed"], done["plan"])
        assert [step["step"] for step in done["plan"]["steps"]] == sent and sent
