# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ``ansible-test sanity`` with one of the project's environments: ``sanity.py [VENV] [--outermost] [-- OPTIONS]``.

Every Python that starts on this machine takes part, so that the modules are compiled and imported on the oldest ones
too; with ``--outermost`` only the oldest one that modules run on, and the newest. No ignore file is allowed: what sanity
finds is repaired, not listed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pythons
from collection_tree import fresh_copy, track_all
from surroundings import CACHE, ROOT, VENV, clean_environment, venv_bin

STAND_IN = Path(__file__).with_name("get_pip_stand_in.py")
GET_PIP_CACHE = Path("~/.ansible/test/cache").expanduser()
LOCK = CACHE / "sanity.lock"
OUTERMOST_PYTHONS = "--outermost"
OLDEST_MINOR = 9  # tests/config.yml
# pip's talk while ansible-test makes its own environments.
NOISE = re.compile(
    r"Collecting |  +|WARNING: Location|Looking in |Processing |Installing |Successfully |Using cached |Requirement |\s*$"
)
# What ansible-test prints, with status 0, when it has tested nothing.
TESTED_NOTHING = "All targets skipped"


def get_pip_versions(venv: Path) -> list[str]:
    """The versions of get-pip.py that this ansible-test may ask for."""
    source = next((venv / "lib").glob("python3.*/site-packages/ansible_test/_internal/python_requirements.py"))
    return sorted(set(re.findall(r"pip='([0-9.]+)'", source.read_text(encoding="utf-8"))))


@contextlib.contextmanager
def get_pip(venv: Path) -> t.Iterator[None]:
    """Lend ansible-test our stand-in for each get-pip.py that it has not cached, and take it back.

    The lock on the folder is shared: the last of several runs takes the stand-ins away.
    """
    GET_PIP_CACHE.mkdir(parents=True, exist_ok=True)
    folder = os.open(GET_PIP_CACHE, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)
    stand_ins = [GET_PIP_CACHE / f"get_pip_{version.replace('.', '_')}.py" for version in get_pip_versions(venv)]
    try:
        for stand_in in stand_ins:
            if not stand_in.exists():
                shutil.copyfile(STAND_IN, stand_in)
        yield
    finally:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for stand_in in stand_ins:
                if stand_in.exists() and stand_in.read_bytes() == STAND_IN.read_bytes():
                    stand_in.unlink()
        os.close(folder)


def pythons_for(outermost: bool) -> dict[int, Path]:
    found = pythons.installed_pythons()
    if not outermost:
        return found
    outer = (min(minor for minor in found if minor >= OLDEST_MINOR), max(found))
    return {minor: found[minor] for minor in outer}


def sanity_environment(venv: Path, found: dict[int, Path]) -> dict[str, str]:
    """Real Python folders on PATH, ahead of any shim, and last the system's own, whatever Pythons are there."""
    environment = clean_environment(venv, own_home=False)
    folders = [venv_bin(venv), *(python.parent for python in found.values()), *pythons.sound_folders(found)]
    folders += map(Path, os.defpath.split(os.pathsep))
    environment["PATH"] = os.pathsep.join(map(str, folders))
    # ansible-test has its own configuration and its own idea of where collections are.
    return {name: value for name, value in environment.items() if not name.startswith("ANSIBLE_")}


def passed_on(process: subprocess.Popen[str], is_noise: t.Callable[[str], object]) -> bool:
    """Print what ansible-test says, without noise; whether it found anything to test."""
    assert process.stdout is not None
    tested = True
    for line in process.stdout:
        if not is_noise(line):
            print(line, end="", flush=True)
        tested = tested and TESTED_NOTHING not in line
    return tested


@contextlib.contextmanager
def alone() -> t.Iterator[None]:
    """One of several runs at a time."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prime(venv: Path, copy: Path, environment: dict[str, str], options: list[str]) -> None:
    """Have ansible-test make the environments of its tests, which it shares between runs without a lock."""
    command = [str(venv_bin(venv) / "ansible-test"), "sanity", "--venv", "--prime-venvs", "--color", "no", *options]
    with alone():
        subprocess.run(command, cwd=copy, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)  # fmt: skip  # the run itself says what is wrong


def run_sanity(venv: Path, outermost: bool, options: list[str]) -> int:
    found = pythons_for(outermost)
    environment = sanity_environment(venv, found)
    print("Pythons:", ", ".join(f"3.{minor}" for minor in sorted(found)), flush=True)
    with fresh_copy() as copy, get_pip(venv):
        track_all(copy)
        prime(venv, copy, environment, options)
        return ansible_test(venv, copy, environment, "sanity", "--venv", *options)


def ansible_test(venv: Path, copy: Path, environment: dict[str, str], command: str, *options: str) -> int:
    """Run one of its commands, in a session of its own because it starts many programs: they go together.

    Returns its status; 1 where it found nothing to test.
    """
    process = subprocess.Popen(
        [str(venv_bin(venv) / "python"), str(venv_bin(venv) / "ansible-test"), command, "--color", "no", *options],
        cwd=copy,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        tested = passed_on(process, NOISE.match if command == "sanity" else str.isspace)
        status = process.wait()
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    if not tested:
        print("ansible-test found nothing to test.")
    return status if tested else 1


def chosen(arguments: list[str]) -> tuple[Path, list[str]]:
    """The environment, and the options of ansible-test behind the dashes."""
    venv = ROOT / arguments[0] if arguments and arguments[0].startswith(".venv") else VENV
    return venv, arguments[arguments.index("--") + 1 :] if "--" in arguments else []


def main(arguments: list[str]) -> int:
    venv, options = chosen(arguments)
    ignore_files = sorted((ROOT / "tests/sanity").glob("ignore*.txt"))
    if ignore_files:
        print("Not allowed here:", *ignore_files)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run_sanity(venv, OUTERMOST_PYTHONS in arguments, options)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
