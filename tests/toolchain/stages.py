# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run the test stages: ``stages.py all`` or ``stages.py NAME... [-- OPTIONS]``.

A stage is a list of commands. The first stage that fails ends the run, after all of its own commands have had their say.
Every test of a pytest run counts as one in the last line, and so does every other command.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

from prepare import NEWEST_CORE, OLDEST_CORE
from surroundings import ACCOUNT_PREFIX, CACHE, NAME, NAMESPACE, ROOT, VENV, clean_environment, venv_bin

REPORTS = CACHE / "reports"
TYPES = CACHE / "types"
PATIENCE = 3


@dataclasses.dataclass(frozen=True)
class Command:
    """One program to run; ``report`` is where a pytest run leaves its counts.

    ``takes_options``: whether what stands behind the dashes of our own command line is meant for it.
    """

    title: str
    arguments: tuple[str, ...]
    venv: Path = VENV
    report: Path | None = None
    folder: Path = ROOT
    keep_account: bool = False
    takes_options: bool = False
    own_home: bool = True


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def tool(title: str, *arguments: str, venv: Path = VENV, folder: Path = ROOT) -> Command:
    """A program of an environment."""
    return Command(title, (str(venv_bin(venv) / arguments[0]), *arguments[1:]), venv, folder=folder)


def script(name: str, *arguments: str) -> Command:
    file = Path(__file__).with_name(name)
    return tool(" ".join([name, *arguments]), "python", str(file.relative_to(ROOT)), *arguments)


def suite(folder: str, *, venv: Path = VENV, workers: str = "auto", keep_account: bool = False) -> Command:
    """A pytest run. A folder without a test fails: pytest ends with status 5."""
    report = REPORTS / f"{folder.replace('/', '-')}{venv.name}.xml"
    title = folder if venv == VENV else f"{folder} with {venv.name}"
    options = ("-q", "-n", workers, "--junit-xml", str(report))
    python = str(venv_bin(venv) / "python")
    return Command(title, (python, "-m", "pytest", folder, *options), venv, report, keep_account=keep_account, takes_options=True)


def typed(title: str, *arguments: str) -> Command:
    """mypy, over a folder in which the checkout has its full name."""
    link = TYPES / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)
    return tool(title, "mypy", "--config-file", str(ROOT / "pyproject.toml"), *arguments, folder=TYPES)


def core_venvs() -> list[Path]:
    """The environments of the other ansible-core versions, as far as this machine could make them."""
    return [core.venv for core in (OLDEST_CORE, NEWEST_CORE) if (core.venv / ".prepared-core").exists()]


def lint() -> list[Command]:
    return [
        tool("ruff", "ruff", "check", "."),
        tool("shellcheck", "shellcheck", ".ci/run"),
        tool("antsibull-changelog", "antsibull-changelog", "lint"),
        tool("antsibull-docs", "antsibull-docs", "lint-collection-docs", "--plugin-docs", "."),
        tool("ansible-lint", "ansible-lint", "--offline", "--profile", "production", "-q"),
    ]


def types() -> list[Command]:
    return [
        typed("mypy, plugins", "-p", f"ansible_collections.{NAMESPACE}.{NAME}.plugins"),
        typed("mypy, emulator", "-p", "netstorage_emulator"),
        typed("mypy, toolchain", str(ROOT / "tests/toolchain")),
    ]


def sanity() -> list[Command]:
    """On every ansible-core. What pylint says does not depend on the oldest one, and takes the longest."""
    skipped = {OLDEST_CORE.venv: ("--skip-test", "pylint")}
    runs = [script("sanity.py", venv.name, "--", *skipped.get(venv, ())) for venv in (VENV, *core_venvs())]
    return [dataclasses.replace(run, takes_options=True, own_home=False) for run in runs]


def unit() -> list[Command]:
    return [suite("tests/unit")]


def contract() -> list[Command]:
    """Against a real account one request after the other, and with its NETSTORAGE_* variables."""
    account = any(name.startswith(ACCOUNT_PREFIX) for name in os.environ)
    return [suite("tests/contract", workers="0" if account else "auto", keep_account=True)]


def integration() -> list[Command]:
    return [suite("tests/integration", venv=venv) for venv in (VENV, *core_venvs())]


def interop() -> list[Command]:
    return [suite("tests/interop")]


def molecule() -> list[Command]:
    """One after the other: every scenario has an emulator of its own."""
    scenarios = sorted(file.parent.name for file in (ROOT / "extensions/molecule").glob("*/molecule.yml"))
    return [tool(f"molecule, {name}", "molecule", "test", "--scenario-name", name) for name in scenarios]


def importer() -> list[Command]:
    return [script("importer.py")]


def quickstart() -> list[Command]:
    return [script("quickstart.py")]


STAGES = {
    stage.__name__: stage
    for stage in (lint, types, sanity, unit, contract, integration, interop, molecule, importer, quickstart)
}


def heading(text: str) -> None:
    print(f"\n=== {text} {'=' * max(3, 100 - len(text))}", flush=True)


def counts(command: Command, status: int) -> Tally:
    """What a pytest run says of itself; one for any other command, and for a pytest run that broke."""
    if command.report is None or not command.report.exists():
        return Tally(passed=int(status == 0), failed=int(status != 0))
    tally = Tally()
    for run in ElementTree.parse(command.report).getroot().iter("testsuite"):
        failed = int(run.get("failures", 0)) + int(run.get("errors", 0))
        skipped = int(run.get("skipped", 0))
        tally.add(Tally(int(run.get("tests", 0)) - failed - skipped, failed, skipped))
    if status and not tally.failed:
        tally.failed = 1
    return tally


def put_away(process: subprocess.Popen[bytes]) -> None:
    """Let a program that we no longer want remove its copies and stop its servers."""
    try:
        # Ctrl-C has reached it as well; a kill of this process alone has not.
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def execute(command: Command, options: list[str]) -> Tally:
    print(f"--- {command.title}", flush=True)
    if command.report is not None:
        command.report.parent.mkdir(parents=True, exist_ok=True)
        command.report.unlink(missing_ok=True)
    environment = clean_environment(command.venv, keep_account=command.keep_account, own_home=command.own_home)
    arguments = [*command.arguments, *(options if command.takes_options else [])]
    with subprocess.Popen(arguments, cwd=command.folder, env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            return counts(command, process.wait())
        except KeyboardInterrupt:
            put_away(process)
            raise


def run_stage(name: str, options: list[str]) -> Tally:
    heading(name)
    tally = Tally()
    for command in STAGES[name]():
        tally.add(execute(command, options))
    return tally


def run_stages(names: list[str], options: list[str]) -> int:
    total, lines = Tally(), []
    for name in names:
        started = time.monotonic()
        tally = run_stage(name, options)
        lines.append(f"{name:<12} {time.monotonic() - started:6.1f} s   {tally}")
        total.add(tally)
        if tally.failed:
            lines += [f"{left:<12} not run" for left in names[len(lines) :]]
            break
    heading("summary")
    print("\n".join(lines))
    print(total, flush=True)
    return int(total.failed > 0)


def main(arguments: list[str]) -> int:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:split], arguments[split + 1 :]
    names = list(STAGES) if names == ["all"] else names
    unknown = [name for name in names if name not in STAGES]
    if unknown or not names:
        print(f"Stages: {', '.join(STAGES)}")
        return 2
    # A polite kill unwinds the same way as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run_stages(names, options)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
