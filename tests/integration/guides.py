# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides in ``docs/`` as a reader follows them: the files of a page, its commands in their order, and what these print.

A file of a page stands in a block below its name, a line of code by itself (or ``<!-- file: NAME -->``). A block below
``<!-- run -->`` has commands behind ``$``, each with what it prints. They run in a shell, but for ``ansible-playbook``, which a
``Player`` plays (what stands behind a pipe gets its output). What differs between two machines is written as a reader would have
it: the host of the service, and the folder.

``python -m ansible_collections.edgeops.netstorage.tests.integration.guides PAGE...`` writes what is printed into pages.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PROGRAM, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY, serving
from ansible_collections.edgeops.netstorage.tests.interop.rclone import remote_variables

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOST, API_HOST, FOLDER = "example-nsu.akamaihd.net", "akab-example.luna.akamaiapis.net", "/home/me/deploy"
STAGING = "www.example.com.edgekey-staging.net"
IDENTITY = {"NAME": "Me", "EMAIL": "me@example.com", "DATE": "2026-11-01T00:00Z"}
"""Of the author of each commit, so that revisions are the same each time."""
_FILE = re.compile(r"^(?:<!-- file: |`)(?P<name>[\w./-]+)(?: -->|`\n)\n```\w*\n(?P<text>.*?)^```$", re.M | re.S)
_RUN = re.compile(r"(?P<mark>^<!-- run -->\n```\w*\n)(?P<text>.*?)(?P<end>^```$)", re.M | re.S)
_SKEW = re.compile(r'("clock_skew": )-?[01]\b')
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")


@dataclasses.dataclass(frozen=True)
class Command:
    """A line behind ``$``, and what it printed."""

    line: str
    output: str

    def __str__(self) -> str:
        return f"$ {self.line}\n{self.output}"


class Reader:
    """Somebody who has an empty folder, and the connection in the environment."""

    def __init__(self, player: Player) -> None:
        self.player, self.folder = player, player.work
        emulator = player.service.emulator
        self.connection = {
            "NETSTORAGE_HOST": emulator.host_port, "NETSTORAGE_ROOT": "/123456", "NETSTORAGE_ACCOUNT": ACCOUNT,
            "NETSTORAGE_KEY": KEY, "NETSTORAGE_PROTOCOL": "http", "AKAMAI_EDGERC": str(player.service.edgerc),
            "AKAMAI_EDGERC_SECTION": "ccu", "NETSTORAGE_API_PROTOCOL": "http",
            "NETSTORAGE_PROGRESS": "off",  # a slow machine would print more than a page shows
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
            **remote_variables(emulator.host_port, "/123456", ACCOUNT, KEY),
        }  # fmt: skip
        self.connection |= {f"GIT_{who}_{name}": value for who in ("AUTHOR", "COMMITTER") for name, value in IDENTITY.items()}
        # An emulator that is installed already: installing is what the molecule scenario tries.
        program = str(PROGRAM.with_name("netstorage-emulator"))
        self.settings = {"emulator_directory": str(self.folder / "emulator"), "emulator_program": program}
        # Where a new storage group and the edges are: no name server knows what a page makes.
        self.settings |= {"storage_group_host": emulator.host_port, "edge": emulator.edge()}
        emulator.control.set_knobs(purge_seconds=0)  # what is estimated is waited for
        edgerc = str(player.service.edgerc)
        self.told = {emulator.host_port: HOST, emulator.api_host: API_HOST, str(self.folder): FOLDER, edgerc: "~/.edgerc"}
        self.told[emulator.edge()] = STAGING

    def follow(self, page: str) -> tuple[list[Command], list[Command]]:
        """The commands of a page as they stand in it, and as they are when they have been run."""
        for name, text in files_of(page):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(self._here(text), encoding="utf-8")
        shown = [command for block in _RUN.finditer(page) for command in commands(block["text"])]
        return shown, [Command(command.line, self.run(command.line)) for command in shown]

    def run(self, line: str) -> str:
        """What a command prints."""
        line, _pipe, filters = line.partition(" | ") if "ansible-playbook " in line else (line, "", "")
        words = shlex.split(line.replace("$PWD", shlex.quote(str(self.folder))))
        given = [words.pop(0) for _word in words if _ASSIGNMENT.fullmatch(words[0])]
        environment = {**self.connection, **dict(word.split("=", 1) for word in given)}
        if words[0] == "ansible-playbook":
            playbook, *options = words[1:]
            output = self.player.play(self.folder / playbook, *options, variables=self.settings, environment=environment).output
            output = self._shell(filters, environment, output) if filters else output
        else:
            output = self._shell(line, environment)
        for ours, told in self.told.items():
            output = output.replace(ours, told)
        output = _SKEW.sub(r"\g<1>0", output)
        lines = [line.rstrip() for line in output.strip("\n").splitlines()]
        return "".join(f"{line}\n" for line in lines)

    def _shell(self, line: str, environment: t.Mapping[str, str], given: str = "") -> str:
        path = os.pathsep.join([str(PROGRAM.parent), os.environ["PATH"]])
        surroundings = {**os.environ, **environment, "PATH": path}
        command = ["bash", "-c", self._here(line)]
        both: t.Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return str(subprocess.run(command, cwd=self.folder, env=surroundings, check=False, text=True, input=given, **both).stdout)

    def _here(self, text: str) -> str:
        for ours, told in self.told.items():
            text = text.replace(told, ours)
        return text


def files_of(page: str) -> list[tuple[str, str]]:
    """Names and texts."""
    return _FILE.findall(page)


def commands(block: str) -> list[Command]:
    parts = re.split(r"^\$ ", block, flags=re.M)[1:]
    return [Command(*part.split("\n", 1)) for part in parts]


def rewritten(page: str, ran: t.Sequence[Command]) -> str:
    """The page with what was printed now."""
    left = list(ran)

    def block(match: re.Match[str]) -> str:
        count = len(commands(match["text"]))
        here = [str(left.pop(0)) for _number in range(count)]
        return f"{match['mark']}{''.join(here)}{match['end']}"

    return _RUN.sub(block, page)


def main() -> int:
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "service").mkdir()
            (Path(scratch) / "work").mkdir()
            with serving(Path(scratch) / "service") as service:
                page = DOCS / name
                text = page.read_text(encoding="utf-8")
                _shown, ran = Reader(Player(service, Path(scratch) / "work")).follow(text)
                page.write_text(rewritten(text, ran), encoding="utf-8")
                print(f"{name}: {len(ran)} commands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
