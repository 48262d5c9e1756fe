# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make quickstart`` shows: one playbook, run four times against a NetStorage on this machine.

Each run is held against what it promises, on the server's own count of requests: check mode writes nothing, the second
real run changes nothing, and after an edit exactly one file travels. Everything is stopped and removed at the end, and
on Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from netstorage_emulator import control
from surroundings import CACHE, ROOT, clean_environment, venv_bin

PLAYBOOK = ROOT / "playbooks/quickstart.yml"
SITE = ROOT / "playbooks/files/site"
ACCOUNT = "quickstart"
CP_CODE = "123456"
CONNECTION = "connection.yml"
READS = {"dir", "download", "du", "list", "stat"}
COLUMNS = ("stat", "list", "mkdir", "upload", "symlink")
DIFF_LINES = 14
COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")
RECAP = re.compile(r"^localhost\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)")
RESULT = re.compile(r"(ok|changed|skipping|fatal|failed): \[|PLAY RECAP")
OLD_HEADLINE, NEW_HEADLINE = "every day of the year", "every day, and twice on Saturdays"


class BrokenPromise(Exception):
    """A run did something else than was announced."""


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the playbook: what the recap says, and what the server counted."""

    title: str
    changed: int
    requests: dict[str, int]

    @property
    def writes(self) -> int:
        return sum(count for action, count in self.requests.items() if action not in READS)


class Printer:
    """Passes Ansible's lines on, and folds what a task shows before its result to the first lines."""

    def __init__(self, full: bool) -> None:
        self.changed = -1
        self._limit = sys.maxsize if full else DIFF_LINES
        self._in_task = False
        self._lines = 0

    def line(self, text: str) -> None:
        plain = COLOUR_CODES.sub("", text)
        if recap := RECAP.match(plain):
            self.changed = int(recap["changed"])
        if self._in_task and RESULT.match(plain):
            self._end_of_task()
        self._lines += 1
        if not self._in_task or self._lines <= self._limit:
            print(text, end="", flush=True)
        if plain.startswith("TASK ["):
            self._in_task, self._lines = True, 0

    def _end_of_task(self) -> None:
        self._in_task = False
        if self._lines > self._limit:
            print(f"    ... {self._lines - self._limit} more lines; make quickstart ARGS=--full shows them")


def say(*lines: str) -> None:
    mark = "\x1b[1m" if sys.stdout.isatty() else ""
    for line in lines:
        print(f"{mark}{line}{mark and chr(27) + '[0m'}", flush=True)


def play(options: list[str], scratch: Path, full: bool) -> int:
    """Run the playbook and say how many tasks changed something."""
    # A module that is interrupted may leave its folder behind: not in /tmp, then.
    environment = clean_environment() | {"TMPDIR": str(scratch)}
    if sys.stdout.isatty():
        environment["ANSIBLE_FORCE_COLOR"] = "1"
    command = [str(venv_bin() / "python"), "-m", "ansible", "playbook", str(PLAYBOOK), *options]
    printer = Printer(full)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as ansible:
        assert ansible.stdout is not None
        try:
            for line in ansible.stdout:
                printer.line(line)
        except BaseException:
            ansible.terminate()
            raise
    if ansible.returncode:
        raise BrokenPromise(f"ansible-playbook ended with status {ansible.returncode}.")
    return printer.changed


def expect(kept: bool, promise: str) -> None:
    if not kept:
        raise BrokenPromise(promise)


def edited_copy(scratch: Path) -> Path:
    """The site once more, with another headline on its first page."""
    copy = scratch / "site"
    shutil.copytree(SITE, copy, symlinks=True)
    page = copy / "index.html"
    page.write_text(page.read_text("utf-8").replace(OLD_HEADLINE, NEW_HEADLINE), encoding="utf-8")
    return copy


def four_runs(emulator: control.Running, scratch: Path, full: bool) -> list[Run]:
    """The story, each chapter checked against the server's counts."""

    def observed(title: str, *options: str) -> Run:
        emulator.control.reset_counts()
        changed = play(["--extra-vars", f"@{scratch / CONNECTION}", *options], scratch, full)
        return Run(title, changed, dict(emulator.control.counts()["by_action"]))

    say("", "1/4  Check mode: what would the playbook do? Nothing is written.", "")
    check = observed("check mode", "--check", "--diff")
    expect(check.writes == 0, "Check mode must not write.")
    say("", "2/4  For real: the same plan, carried out.", "")
    real = observed("for real")
    expect(real.changed == check.changed, "The real run must change what check mode announced.")
    say("", "3/4  Once more: everything is as it should be, so nothing is sent.", "")
    again = observed("once more")
    expect(again.changed == 0 and again.writes == 0, "The second run must change nothing.")
    say("", "4/4  One page was edited, in a copy of the site: one file travels.", "")
    edit = json.dumps({"site": str(edited_copy(scratch))})
    after = observed("after an edit", "--extra-vars", edit, "--diff")
    expect(after.changed == 1 and after.writes == after.requests.get("upload") == 1, "Exactly one file must be sent.")
    return [check, real, again, after]


def table(runs: list[Run]) -> t.Iterator[str]:
    others = sorted({action for run in runs for action in run.requests} - set(COLUMNS))
    columns = [*COLUMNS, *others]
    yield f"  {'requests':<14}" + "".join(f"{name:>9}" for name in columns) + f"{'changed tasks':>16}"
    for run in runs:
        yield f"  {run.title:<14}" + "".join(f"{run.requests.get(name, 0) or '-':>9}" for name in columns) + f"{run.changed:>16}"


def deployed(objects: list[dict[str, t.Any]]) -> str:
    """What stands on the server, in figures."""
    count = {kind: sum(entry["type"] == kind for entry in objects) for kind in ("file", "dir", "symlink")}
    size = sum(entry.get("size") or 0 for entry in objects)
    return f"{count['file']} files ({size:,} bytes), {count['dir']} directories, {count['symlink']} links"


def tell(runs: list[Run], objects: list[dict[str, t.Any]]) -> None:
    """The summary: one screen."""
    say("", "=" * 79)
    say("Done. All four runs kept what they promised; the server counted:")
    print()
    print("\n".join(table(runs)))
    print(f"""
  On the server   /{CP_CODE}/www: {deployed(objects)}
  Visitors see    www/current -> releases/2026-11
  Stopped again   the NetStorage emulator; its data is gone

  Read next       playbooks/quickstart.yml      the playbook you have just seen
                  README.md                     the same against your own account
                  docs/emulator.md              try your own playbooks on the emulator
                  ansible-doc edgeops.netstorage.ns_sync   (in .venv/bin)""")


@contextlib.contextmanager
def scratch_folder() -> t.Iterator[Path]:
    """Inside the checkout and ignored by git; gone afterwards."""
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quickstart-", dir=CACHE, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def connect(emulator: control.Running, key: str, scratch: Path) -> None:
    """The five variables that the playbook asks for. With a real account they would lie in a vault."""
    connection = {
        "netstorage_host": emulator.host_port,
        "netstorage_root": f"/{CP_CODE}",
        "netstorage_account": ACCOUNT,
        "netstorage_key": key,
        "netstorage_protocol": "http",
    }
    file = scratch / CONNECTION
    file.touch(mode=0o600)
    file.write_text(json.dumps(connection), encoding="utf-8")


def tour(full: bool) -> None:
    key = secrets.token_hex(20)
    with scratch_folder() as scratch:
        with control.running(account=ACCOUNT, key=key, cp_codes=[CP_CODE], data=scratch / "storage") as emulator:
            say(f"A NetStorage emulator runs on {emulator.host_port}, with the CP code {CP_CODE} and nothing in it.")
            connect(emulator, key, scratch)
            runs = four_runs(emulator, scratch, full)
            objects = emulator.control.tree()
        tell(runs, objects)


def main() -> int:
    parser = argparse.ArgumentParser(description="Deploy the example site to a NetStorage on this machine.")
    parser.add_argument("--full", action="store_true", help="show every line of the diffs")
    full = parser.parse_args().full
    # A polite kill unwinds the same way as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tour(full)
    except KeyboardInterrupt:
        say("", "Stopped. Nothing is left running, and nothing is left behind.")
        return 130
    except (BrokenPromise, control.ControlError) as problem:
        say("", f"This did not go as it should: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
