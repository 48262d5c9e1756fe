# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the test stages: ``stages.py test|check|everything|core-VERSION`` or ``stages.py NAME... [-- OPTIONS]``.

test        what decides: the integration suite on the newest ansible-core, on the oldest what differs between them
check       what one runs before each commit
everything  all tests on all ansible-cores, the release candidate of the next one as well
core-...    what differs between ansible-cores, on this one alone

A stage is a list of commands. The first stage that fails ends the run, after all of its own commands have had their say.
Neighbours that use one processor for each command are one stage; in others, too, such commands run beside each other.
Every test of a pytest run counts as one in the last line, and so does every other command.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import signal
import sys
import time
import typing as t
from pathlib import Path

from commands import PROCESSORS, REPORTS, Command, Tally, execute, execute_together
from prepare import CORES, DEVELOPMENT, EMULATOR_MINORS, PREVIEW, Core
from sanity import OUTERMOST_PYTHONS
from surroundings import ACCOUNT_PREFIX, CACHE, EMULATOR_VENV, NAME, NAMESPACE, ROOT, VENV, venv_bin

TYPES = CACHE / "types"
# A candidate's pylint wants packages that no registry has.
WHOLE_SANITY = {PREVIEW.venv: ("--", "--skip-test=pylint")}
CORE_DEPENDENT_SANITY = ("action-plugin-docs", "ansible-doc", "compile", "import", "validate-modules")


def tool(title: str, *arguments: str, venv: Path = VENV, folder: Path = ROOT) -> Command:
    """A program of an environment."""
    return Command(title, (str(venv_bin(venv) / arguments[0]), *arguments[1:]), venv, folder=folder)


def script(name: str, *arguments: str) -> Command:
    file = Path(__file__).with_name(name)
    return tool(" ".join([name, *arguments]), "python", str(file.relative_to(ROOT)), *arguments)


def suite(folder: str, *more: str, venv: Path = VENV, workers: int = PROCESSORS, keep_account: bool = False) -> Command:
    """A pytest run. A folder without a test fails: pytest ends with status 5."""
    report = REPORTS / f"{folder.replace('/', '-')}{venv.name}.xml"
    title = folder if venv == VENV else f"{folder} with {venv.name}"
    options = ("-q", "-n", str(workers), "--junit-xml", str(report), *more)
    arguments = (str(venv_bin(venv) / "python"), "-m", "pytest", folder, *options)
    return Command(title, arguments, venv, report, keep_account=keep_account, takes_options=True, alone=True)


def typed(title: str, *arguments: str) -> Command:
    """mypy, over a folder in which the checkout has its full name."""
    link = TYPES / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)
    return tool(title, "mypy", "--config-file", str(ROOT / "pyproject.toml"), *arguments, folder=TYPES)


def prepared(cores: t.Iterable[Core]) -> list[Path]:
    """Their environments, as far as this machine could make them."""
    return [core.venv for core in cores if core.venv == VENV or (core.venv / ".prepared-core").exists()]


def venvs(everywhere: bool) -> list[Path]:
    """One environment for each ansible-core: the newest first, then the others from the oldest on."""
    *others, newest = prepared(CORES)
    return [newest, *others, *(prepared([PREVIEW]) if everywhere else [])]


def schemas() -> list[Command]:
    """What GitHub reads, held against GitHub's own schemas, which the tool brings along."""
    forms = ROOT / ".github/ISSUE_TEMPLATE"
    files = {
        "workflows": sorted((ROOT / ".github/workflows").glob("*.yml")),
        "issue-config": [forms / "config.yml"],
        "issue-forms": sorted(set(forms.glob("*.yml")) - {forms / "config.yml"}),
    }
    return [
        tool(f"GitHub, {name}", "check-jsonschema", "--builtin-schema", f"vendor.github-{name}", *map(str, found))
        for name, found in files.items()
    ]


def lint() -> list[Command]:
    return [
        tool("ruff", "ruff", "check", "."),
        tool("shellcheck", "shellcheck", ".ci/run"),
        tool("nox", "nox", "--no-venv", "-s", "extra-checks", "license-check", "antsibull-nox-config"),
        *schemas(),
        tool("antsibull-changelog", "antsibull-changelog", "lint"),
        tool("antsibull-docs", "antsibull-docs", "lint-collection-docs", "--plugin-docs", "."),
        tool("ansible-lint", "ansible-lint", "--offline", "--profile", "production", "-q"),
    ]


def types() -> list[Command]:
    return [
        typed("mypy, plugins", "-p", f"ansible_collections.{NAMESPACE}.{NAME}.plugins"),
        typed("mypy, emulator", "--python-version", f"3.{EMULATOR_MINORS[0]}", "-p", "netstorage_emulator"),
        typed("mypy, toolchain", str(ROOT / "tests/toolchain")),
    ]


def sanity(everywhere: bool = False) -> list[Command]:
    """In full on the newest ansible-core, the longest test by itself; on the oldest the tests whose verdict depends on it.

    Everywhere: in full on each.
    """
    newest, *others = venvs(everywhere)
    others = others if everywhere else others[:1]
    some = () if everywhere else (OUTERMOST_PYTHONS, "--", *(f"--test={name}" for name in CORE_DEPENDENT_SANITY))
    runs: list[tuple[Path, tuple[str, ...]]] = [(newest, ("--", "--test=pylint")), (newest, ("--", "--skip-test=pylint"))]
    runs += [(venv, some or WHOLE_SANITY.get(venv, ("--",))) for venv in others]
    commands = [script("sanity.py", venv.name, *options) for venv, options in runs]
    return [dataclasses.replace(command, takes_options=True, own_home=False) for command in commands]


def unit() -> list[Command]:
    """One run, so that options such as ``-k`` may choose tests of either folder."""
    return [suite("tests/unit", "tests/emulator/tests", workers=PROCESSORS + 1)]


def emulator() -> list[Command]:
    """The emulator's own tests with the oldest Python that it runs on; in ``unit`` they run with that of ``.venv``."""
    return [suite("tests/emulator/tests", venv=EMULATOR_VENV, workers=PROCESSORS + 1)]


def clients() -> list[Command]:
    """Programs of others against the emulator."""
    return [tool("clients of others", "python", "tests/clients/run.py")]


def contract() -> list[Command]:
    """Against a real account one request after the other, and with its NETSTORAGE_* variables. Many tests wait for a lag."""
    account = any(name.startswith(ACCOUNT_PREFIX) for name in os.environ)
    return [suite("tests/contract", workers=0 if account else 3 * PROCESSORS, keep_account=True)]


def integration(everywhere: bool = False) -> list[Command]:
    """In full on the newest ansible-core; on the oldest the tests with the marker ``every_core``.

    Those in between have these in ``core-VERSION``, which continuous integration runs for each. Everywhere: in full on each.
    """
    newest, *others = venvs(everywhere)
    whole = functools.partial(suite, "tests/integration", workers=PROCESSORS + 1)
    if everywhere:
        return [whole(venv=venv) for venv in (newest, *others)]
    marked = functools.partial(suite, "tests/integration", "-m", "every_core", workers=PROCESSORS + 1)
    return [whole(venv=newest), *(marked(venv=venv) for venv in others[:1])]


def targets(everywhere: bool = False) -> list[Command]:
    """``ansible-test integration``, as authors of collections run it, on every ansible-core."""
    commands = [script("targets.py", "integration", venv.name, "--") for venv in venvs(everywhere)]
    return [dataclasses.replace(command, takes_options=True) for command in commands]


def units() -> list[Command]:
    """``ansible-test units``. The environment with the tools of the project has what some of these tests compare with."""
    return [dataclasses.replace(script("targets.py", "units", VENV.name, "--"), takes_options=True, alone=True)]


def interop() -> list[Command]:
    return [suite("tests/interop", "--dist", "loadfile")]


def molecule() -> list[Command]:
    """Every scenario has an emulator of its own."""
    scenarios = sorted(file.parent.name for file in (ROOT / "extensions/molecule").glob("*/molecule.yml"))
    commands = [tool(f"molecule, {name}", "molecule", "test", "--scenario-name", name) for name in scenarios]
    return [dataclasses.replace(command, compiled_modules=True) for command in commands]


def importer() -> list[Command]:
    return [script("importer.py"), script("package_alone.py")]


def release() -> list[Command]:
    """A release of what is committed, in a clone."""
    return [script("release.py", "--dry-run")]


def docs() -> list[Command]:
    """The site, with every warning a failure; its tools have an environment of their own."""
    return [script("docs_site.py")]


def quickstart() -> list[Command]:
    return [script("quickstart.py")]


def smoke() -> list[Command]:
    """One playbook for real, whose every promise is held against the server: what the quickstart shows."""
    return quickstart()


Stage = t.Callable[[], list[Command]]
TEST: dict[str, Stage] = {
    stage.__name__: stage
    for stage in (lint, types, sanity, unit, contract, integration, interop, molecule, importer, quickstart)
}
CHECK: dict[str, Stage] = {stage.__name__: stage for stage in (lint, types, unit, contract, smoke)}
EVERYTHING: dict[str, Stage] = {
    **TEST,
    "sanity": functools.partial(sanity, everywhere=True),
    "integration": functools.partial(integration, everywhere=True),
    "targets": functools.partial(targets, everywhere=True),
    "release": release,
    "units": units,
    "emulator": emulator,
    "clients": clients,
    "docs": docs,
}


def of_core(core: Core) -> dict[str, Stage]:
    """What continuous integration runs on each ansible-core, beside ``make test`` on the newest."""
    marked = functools.partial(suite, "tests/integration", "-m", "every_core", venv=core.venv, workers=PROCESSORS + 1)
    return {
        "sanity": lambda: [
            dataclasses.replace(script("sanity.py", core.venv.name, *WHOLE_SANITY.get(core.venv, ())), own_home=False)
        ],
        "integration": lambda: [marked()],
        "targets": lambda: [script("targets.py", "integration", core.venv.name)],
    }


RUNS = {
    "test": TEST,
    "check": CHECK,
    "everything": EVERYTHING,
    **{f"core-{core.version}": of_core(core) for core in (*CORES, PREVIEW, DEVELOPMENT)},
}


def heading(text: str) -> None:
    print(f"\n=== {text} {'=' * max(3, 100 - len(text))}", flush=True)


def merged(stages: dict[str, Stage]) -> t.Iterator[tuple[str, list[Command]]]:
    """The stages with their commands; neighbours whose programs use one processor each are one, so that none waits idle."""
    made = [(name, stage()) for name, stage in stages.items()]
    for single, group in itertools.groupby(made, key=lambda item: is_single(item[1])):
        if single:
            names, commands = zip(*group, strict=True)
            yield ", ".join(names), list(itertools.chain.from_iterable(commands))
        else:
            yield from group


def is_single(commands: list[Command]) -> bool:
    """Whether they use one processor each."""
    return not any(command.alone for command in commands)


def run_stage(name: str, commands: list[Command], options: list[str]) -> Tally:
    heading(name)
    tally = Tally()
    for alone, group in itertools.groupby(commands, key=lambda command: command.alone):
        if alone:
            for command in group:
                tally.add(execute(command, options))
        else:
            tally.add(execute_together(list(group), options))
    return tally


def run_stages(stages: dict[str, Stage], options: list[str]) -> int:
    total, lines, waiting = Tally(), [], list(merged(stages))
    while waiting and not total.failed:
        name, commands = waiting.pop(0)
        started = time.monotonic()
        tally = run_stage(name, commands, options)
        lines.append(f"{name:<28} {time.monotonic() - started:6.1f} s   {tally}")
        total.add(tally)
    heading("summary")
    print("\n".join([*lines, *(f"{name:<28} not run" for name, _commands in waiting)]))
    print(total, flush=True)
    return int(total.failed > 0)


def chosen(names: list[str]) -> dict[str, Stage]:
    """The stages of a run, or those that are named; none where a name is unknown."""
    known = TEST | CHECK | {stage.__name__: stage for stage in (targets, units, emulator)}
    if len(names) == 1 and names[0] in RUNS:
        return RUNS[names[0]]
    return {name: known[name] for name in names} if all(name in known for name in names) else {}


def main(arguments: list[str]) -> int:
    split = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:split], arguments[split + 1 :]
    stages = chosen(names)
    if not stages:
        print(f"Runs: {', '.join(RUNS)}. Stages: {', '.join(EVERYTHING | CHECK)}")
        return 2
    # A polite kill unwinds the same way as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Whoever starts this in the background of a script (or with nohup) has Ctrl-C ignored, and all programs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return run_stages(stages, options)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
