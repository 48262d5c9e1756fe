# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the environments of this project: ``prepare.py runtime|dev|cores|preview|docs|emulator|core-VERSION``.

runtime  .venv with what the playbooks need, the emulator, and the checkout linked in as the collection
dev      the same with the test and lint tools
cores    one environment more for each other ansible-core that is supported
preview  one environment more for the release candidate of the next ansible-core
docs     one for the documentation's site
emulator one with the oldest Python that the emulator runs on, for its own tests
core-... one environment for this ansible-core alone; ``devel`` is its development branch, which is on GitHub

A stamp in each environment records what went into it, so that a second run only compares.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import pythons
from surroundings import CACHE, DOCS_VENV, EMULATOR_VENV, NAME, NAMESPACE, ROOT, VENV, clean_environment, venv_bin

TOOLCHAIN = ROOT / "tests/toolchain"
EMULATOR = ROOT / "roles/emulator/files"
CONSTRAINTS = ROOT / "constraints.txt"
PYTEST_REQUIREMENTS = TOOLCHAIN / "requirements-pytest.txt"
# Not sys.executable: that is .venv itself where .venv is active.
THIS_PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--quiet")


@dataclasses.dataclass(frozen=True)
class Core:
    """A version of ansible-core, and the minor versions of Python 3 that its controller runs on."""

    version: str
    minors: range

    @property
    def venv(self) -> Path:
        """The environment: ``.venv`` has the newest ansible-core for the Python that builds it (requirements.txt)."""
        return VENV if self.version == DEFAULT_VERSION else ROOT / f".venv-{self.version}"

    @property
    def requirements(self) -> Path:
        return TOOLCHAIN / f"requirements-core-{self.version}.txt"


CORES = (
    Core("2.18", range(11, 14)),
    Core("2.19", range(11, 14)),
    Core("2.20", range(12, 15)),
    Core("2.21", range(12, 15)),
)
PREVIEW = Core("2.22", range(13, 16))
EMULATOR_MINORS = range(10, 15)
DEVELOPMENT = Core("devel", range(13, 16))
DEFAULT_VERSION = "2.19" if sys.version_info < (3, 12) else "2.21"


def say(text: str) -> None:
    print(text, flush=True)


def digest(*parts: object) -> str:
    """One line that changes when any of these files, folders or values does."""
    state = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            state.update(f"{part}\0".encode())
            continue
        for file in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if file.is_file() and not {"__pycache__", "build", "dist"}.intersection(file.parts):
                state.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return state.hexdigest()


@contextlib.contextmanager
def step(venv: Path, name: str, wanted: str, announcement: str) -> t.Iterator[bool]:
    """Yield whether this step is still to be done; stamp it when its body ended well."""
    stamp = venv / f".prepared-{name}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        yield False
        return
    say(announcement)
    stamp.unlink(missing_ok=True)
    yield True
    stamp.write_text(wanted, encoding="utf-8")


def run(venv: Path, *arguments: str | Path) -> None:
    """With pip's cache inside the checkout: nothing is left in the user's home."""
    environment = {"PIP_CACHE_DIR": str(CACHE / "pip")} | clean_environment(venv, own_home=False)
    subprocess.run([venv_bin(venv) / "python", *arguments], env=environment, cwd=ROOT, check=True)


def make_venv(venv: Path, python: Path) -> None:
    """An environment does not survive a move: its own path is part of the stamp."""
    with step(venv, "python", digest(str(venv), str(python)), f"Making {venv.name} with {python} ...") as needed:
        if needed:
            shutil.rmtree(venv, ignore_errors=True)
            subprocess.run([python, "-m", "venv", venv], env=clean_environment(venv, own_home=False), check=True)


def install(venv: Path, name: str, *requirements: Path) -> None:
    files = [option for file in requirements for option in ("-r", file)]
    names = ", ".join(str(file.relative_to(ROOT)) for file in requirements)
    wanted = digest(CONSTRAINTS, PYTEST_REQUIREMENTS, *requirements)
    with step(venv, name, wanted, f"Installing {names} into {venv.name} ...") as needed:
        if needed:
            run(venv, *PIP, *files)


def install_emulator(venv: Path, *, constrained: bool = True) -> None:
    """From a copy, because pip would leave its build files in the checkout."""
    versions = ("--constraint", CONSTRAINTS) if constrained else ()
    with step(venv, "emulator", digest(EMULATOR), f"Installing the NetStorage emulator into {venv.name} ...") as needed:
        if needed:
            with tempfile.TemporaryDirectory(prefix="netstorage-emulator-") as scratch:
                copy = Path(scratch) / "emulator"
                shutil.copytree(EMULATOR, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist"))
                run(venv, *PIP, *versions, copy)


def link_collection(venv: Path) -> None:
    """Ansible, mypy and pytest then find the checkout as edgeops.netstorage, wherever it lies."""
    site = next((venv / "lib").glob("python3.*/site-packages"))
    link = site / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.readlink() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)


def prepare_runtime() -> None:
    make_venv(VENV, THIS_PYTHON)
    install(VENV, "runtime", ROOT / "requirements.txt")
    install_emulator(VENV)
    link_collection(VENV)


def prepare_dev() -> None:
    prepare_runtime()
    install(VENV, "dev", ROOT / "requirements-dev.txt")


def python_for(core: Core) -> Path | None:
    """This very Python where it will do; else for the newest cores the newest that will, and for others the oldest.

    So the cores run on different Pythons, as far as these are installed.
    """
    if sys.version_info.minor in core.minors:
        return THIS_PYTHON
    minors = reversed(core.minors) if core in (CORES[-1], PREVIEW) else core.minors
    return next(filter(None, map(pythons.installed_python, minors)), None)


def prepare_core(core: Core) -> None:
    python = python_for(core)
    if python is None:
        say(f"No Python 3.{core.minors[0]} to 3.{core.minors[-1]} here: ansible-core {core.version} is left out.")
        return
    make_venv(core.venv, python)
    install(core.venv, "core", core.requirements, PYTEST_REQUIREMENTS)
    install_emulator(core.venv)
    link_collection(core.venv)


def prepare_preview() -> None:
    """A registry may not have the release candidate, or no longer."""
    try:
        prepare_core(PREVIEW)
    except subprocess.CalledProcessError:
        say(f"ansible-core {PREVIEW.version} could not be installed: it is left out.")


def prepare_docs() -> None:
    """The tools of the site want other versions of packages than those of the tests now and then."""
    make_venv(DOCS_VENV, THIS_PYTHON)
    install(DOCS_VENV, "docs", ROOT / "requirements-docs.txt")
    link_collection(DOCS_VENV)


def prepare_emulator() -> None:
    """The pinned test tools do not run on that Python any more, so it has versions of its own."""
    python = next(filter(None, map(pythons.installed_python, EMULATOR_MINORS)), None)
    if python is None:
        say(f"No Python 3.{EMULATOR_MINORS[0]} or newer here: the environment of the emulator alone is left out.")
        return
    make_venv(EMULATOR_VENV, python)
    install(EMULATOR_VENV, "emulator-tests", TOOLCHAIN / "requirements-emulator.txt")
    install_emulator(EMULATOR_VENV, constrained=False)
    link_collection(EMULATOR_VENV)


def prepare_one(core: Core) -> None:
    if core.venv != VENV:
        prepare_core(core)


PREPARATIONS: dict[str, list[t.Callable[[], None]]] = {
    "runtime": [prepare_runtime],
    "dev": [prepare_dev],
    "cores": [functools.partial(prepare_one, core) for core in CORES],
    "preview": [prepare_preview],
    "docs": [prepare_docs],
    "emulator": [prepare_emulator],
    **{f"core-{core.version}": [functools.partial(prepare_one, core)] for core in (*CORES, PREVIEW, DEVELOPMENT)},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(PREPARATIONS), nargs="+")
    wanted = parser.parse_args().what
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "prepare.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:  # each makes another environment
                for done in [pool.submit(prepare) for what in wanted for prepare in PREPARATIONS[what]]:
                    done.result()
        except subprocess.CalledProcessError as failure:
            say(f"Could not prepare the environment: this command ended with status {failure.returncode}:")
            say(f"    {' '.join(map(str, failure.cmd))}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
