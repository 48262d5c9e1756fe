# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ``ansible-test`` with one of the project's environments: ``targets.py integration|units [VENV] [-- OPTIONS]``.

integration  the targets in tests/integration/targets
units        tests/unit, with the Python of the environment

The packages are those of the environment, so neither asks an index: authors elsewhere add ``--venv`` or ``--docker``.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from collection_tree import fresh_copy, track_all
from sanity import ansible_test, chosen
from surroundings import clean_environment


def version_options(command: str, venv: Path) -> list[str]:
    """Without a version, units would run with every Python that ansible-test knows."""
    (library,) = venv.glob("lib/python3.*")
    return ["--python", library.name.removeprefix("python")] if command == "units" else []


def main(arguments: list[str]) -> int:
    command = arguments[0]
    venv, options = chosen(arguments[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # ansible-test makes a key in the home; runs side by side would take it from one another.
        with fresh_copy() as copy, tempfile.TemporaryDirectory(prefix="ns-targets-") as home:
            link = Path(home) / "venv"  # its programs begin with the path of Python, where no blank may be
            link.symlink_to(venv)
            environment = {name: value for name, value in clean_environment(link).items() if not name.startswith("ANSIBLE_")}
            environment["HOME"] = home
            track_all(copy)
            return ansible_test(link, copy, environment, command, *version_options(command, venv), *options)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
