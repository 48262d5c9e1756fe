# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run ``ansible-test integration`` with one of the project's environments: ``targets.py [VENV] [-- OPTIONS]``."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from collection_tree import fresh_copy, track_all
from sanity import ansible_test, chosen
from surroundings import clean_environment


def main(arguments: list[str]) -> int:
    venv, options = chosen(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # ansible-test makes a key in the home; runs side by side would take it from one another.
        with fresh_copy() as copy, tempfile.TemporaryDirectory(prefix="ns-targets-") as home:
            link = Path(home) / "venv"  # its programs begin with the path of Python, where no blank may be
            link.symlink_to(venv)
            environment = {name: value for name, value in clean_environment(link).items() if not name.startswith("ANSIBLE_")}
            environment["HOME"] = home
            track_all(copy)
            return ansible_test(link, copy, environment, "integration", *options)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
