# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_file: every state, four times."""

from __future__ import annotations

import base64
import subprocess
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import REFUSALS, RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PROGRAM, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, MTIME, Link, digest

ODD = "x y/a b+c%20&d=e#f?'\"größe"
GIF = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAA=")
SECRET = "a secret that is published after all\n"
OLD = {"": DIR, "a.txt": "old"}


def _fresh(folder: str, name: str) -> list[str]:
    return [f"mkdir {folder}/ (absent)", f"upload {folder}/{name} (absent)"]


CASES = [
    Case("role", "pages : A page of the role", steps=_fresh("role", "front.html"),
         after={"": DIR, "front.html": "<h1>from the role</h1>\n"}),
    Case(
        "text", "A text", steps=["mkdir text/ (absent)", "mkdir text/a/ (absent)", "upload text/a/b.txt (absent)"],
        after={"": DIR, "a/": DIR, "a/b.txt": "two\nlines\n"}, path="text/a/b.txt",
        result={"path": "/123456/text/a/b.txt", "size": 10, "md5": digest("two\nlines\n")},
    ),
    Case("dest", "A text, by the other name of the option", steps=_fresh("dest", "b.txt"), after={"": DIR, "b.txt": "text"}),
    Case("dictionary", "A dictionary", steps=_fresh("dictionary", "config.json"),
         after={"": DIR, "config.json": '{"version": 7, "features": ["search", "video"]}'}),
    Case("list", "A list", steps=_fresh("list", "config.json"), after={"": DIR, "config.json": '[1, "two", null]'}),
    Case("bytes", "Bytes", steps=_fresh("bytes", "pixel.gif"), after={"": DIR, "pixel.gif": GIF}),
    Case("empty", "Nothing in it", steps=_fresh("empty", "empty.txt"), after={"": DIR, "empty.txt": ""}, result={"size": 0}),
    Case("vault", "A vaulted file", steps=_fresh("vault", "secret.txt"), after={"": DIR, "secret.txt": SECRET}),
    Case("remote", "A file where the module runs", source={"a.txt": "a"}, steps=_fresh("remote", "a.txt"),
         after={"": DIR, "a.txt": "a"}),
    Case("preserve", "The time of the source", source={"a.txt": "a"}, steps=_fresh("preserve", "a.txt"),
         after={"": DIR, "a.txt": "a"}, result={"mtime": MTIME}),
    Case("preserved", "Another time of the source is no change", source={"a.txt": "old"}, before=OLD),
    Case("now", "The time of the run", source={"a.txt": "a"}, steps=_fresh("now", "a.txt"), after={"": DIR, "a.txt": "a"}),
    Case("epoch", "A time of its own", steps=_fresh("epoch", "a.txt"), after={"": DIR, "a.txt": "a"},
         result={"mtime": 1234567890}),
    Case("corrected", "A time that is corrected", before={"": DIR, "a.txt": "a"},
         steps=["mtime corrected/a.txt (mtime differs)"], result={"mtime": 1234567890}),
    Case("checksum", "Other content of the same size", before=OLD, steps=["upload checksum/a.txt (content differs)"],
         after={"": DIR, "a.txt": "new"}),
    Case("size", "Other content of the same size, and only sizes count", before=OLD),
    Case("size-mtime", "Other content of the same size and time, and only these count", before=OLD, source={"a.txt": "new"}),
    Case("size-other-mtime", "Other content of the same size, and the times differ", before=OLD, source={"a.txt": "new"},
         steps=["upload size-other-mtime/a.txt (content differs)"], after={"": DIR, "a.txt": "new"}),
    Case("only-mtime", "The same content, and the times differ", before=OLD, source={"a.txt": "old"}),
    Case("keep", "Kept", before=OLD, result={"size": 3, "md5": digest("old")}),
    Case("replace", "Replaced", before=OLD, steps=["upload replace/a.txt (size differs)"],
         after={"": DIR, "a.txt": "new content"}),
    Case("fail-same", "Nothing to fail at", before={"": DIR, "a.txt": "as it is"}),
    Case("twin", "Beside a directory of its name", before={"": DIR, "site/": DIR, "site/a": "a"},
         steps=["upload twin/site (absent)"], after={"": DIR, "site": "a file", "site/": DIR, "site/a": "a"},
         notes="A directory of the same name exists beside the file /123456/twin/site"),
    Case("over-link", "Where a symlink stands", before={"": DIR, "latest.txt": Link("guide.txt"), "guide.txt": "a guide"},
         steps=["replace over-link/latest.txt (type differs)"], more=1,
         after={"": DIR, "latest.txt": "a file now", "guide.txt": "a guide"}),
    Case("odd", "A file with an odd name, its parents left as they are", steps=[f"upload odd/{ODD} (absent)"],
         after={ODD: "a"}, path="odd/x y/a"),
    Case("unusual", "An unusual name", steps=["upload unusual/a//..//b (absent)"], after={"a//..//b": "a"},
         path="unusual/a//..//b", pages=2),
    Case("gone", "No file", before=OLD, steps=["delete gone/a.txt (wanted absent)"], after={"": DIR}),
    Case("nothing", "No file where none is"),
    Case("gone-twin", "No file, and the directory of its name stays", before={"site": "a file", "site/": DIR, "site/a": "a"},
         steps=["delete gone-twin/site (wanted absent)"], after={"site/": DIR, "site/a": "a"}),
    Case("gone-link", "No file where a symlink stands", before={"latest.txt": Link("guide.txt"), "guide.txt": "a"},
         steps=["delete gone-link/latest.txt (wanted absent)"], after={"guide.txt": "a"}),
]  # fmt: skip
REFUSED = [
    Case("refused-fail", "Another file is there", before=OLD,
         fails=("exists", "on_existing: replace replaces it, if that is meant")),
    Case("refused-digest", "Another digest than expected", before=OLD, fails=("bad_source", "nothing was sent")),
    Case("refused-below", "Below a symlink", before={"site": Link("b"), "b/a.txt": "b"},
         fails=("link_in_the_way", "/123456/refused-below/site")),
]  # fmt: skip


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    _vault(stage)
    password = ("--vault-password-file", str(stage.work / "password"))
    times = {"preserved": MTIME - 1, "size-mtime": MTIME, "size-other-mtime": MTIME - 1, "only-mtime": MTIME - 1}
    return play_all(stage, "file.yml", CASES, options=password, times=times)


def _vault(stage: Player) -> None:
    """A file that only Ansible can read."""
    (stage.work / "vault").mkdir()
    (stage.work / "password").write_text("open-sesame")
    secret = stage.work / "vault" / "secret.txt"
    secret.write_text(SECRET)
    command = [PROGRAM.with_name("ansible-vault"), "encrypt", "--vault-password-file", stage.work / "password", secret]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "file_refusals.yml", REFUSED, REFUSALS)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_file_case_holds_in_every_run(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


@pytest.mark.parametrize("run", REFUSALS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_each_refused_file_task_changes_nothing(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)


def test_a_vaulted_file_as_it_is(ran: dict[str, Ran], stage: Player) -> None:
    """``decrypt: false`` sends the ciphertext."""
    stored = ran["again"].tree["vault-as-is/secret.txt"]
    assert stored == digest((stage.work / "vault" / "secret.txt").read_bytes())
    again = ran["again"].outcome.results["A vaulted file as it is"]
    assert again["changed"] is False


def test_uploads_have_the_time_that_was_asked_for(ran: dict[str, Ran]) -> None:
    """What was sent with each upload, and what was corrected."""
    times = ran["again"].times
    assert times["preserve/a.txt"] == MTIME
    assert times["preserved/a.txt"] == MTIME - 1
    assert abs(times["now/a.txt"] - time.time()) < 3600
    assert times["epoch/a.txt"] == times["corrected/a.txt"] == 1234567890
    assert times["size-other-mtime/a.txt"] == MTIME
    assert times["only-mtime/a.txt"] == MTIME - 1  # never by itself a reason to change


def test_a_replaced_symlink_is_never_written_through(ran: dict[str, Ran]) -> None:
    """The file comes under another name and is moved, so nobody sees the place empty or the old target changed."""
    sent = [r for r in ran["real"].outcome.requests if r["path"].startswith("/123456/over-link/") and r["action"] != "stat"]
    assert [request["action"] for request in sent] == ["upload", "rename"]
    assert sent[0]["path"] != "/123456/over-link/latest.txt"


def test_content_is_no_argument_of_the_module(ran: dict[str, Ran]) -> None:
    for run in RUNS:
        arguments = ran[run].outcome.results["A text"]["invocation"]["module_args"]
        assert arguments["content"] is None
        assert arguments["content_b64"] is None
