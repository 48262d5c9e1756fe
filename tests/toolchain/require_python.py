# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say in plain words whether this Python can prepare the project's environments.

Any Python 3 must be able to parse this file: an old one is exactly what it has to report.
"""

import importlib.util
import sys

OLDEST = (3, 11)
MISSING = """This Python has no {module}: {executable}
    Debian, Ubuntu:  apt-get install {package}
    or name another Python:  make PYTHON=/path/to/python3.12 ..."""
TOO_OLD = """Python {oldest} or newer is needed, this is {version}: {executable}
    Name a newer one:  make PYTHON=/path/to/python3.12 ..."""
PACKAGES = {
    "venv": "python3-venv",
    "ensurepip": "python3-venv",
    "ssl": "libssl3, and build this Python with it",
    "sqlite3": "libsqlite3-0, and build this Python with it",
}


def problem() -> "str | None":
    """What this Python lacks, or None."""
    if sys.version_info[:2] < OLDEST:
        return TOO_OLD.format(
            oldest="{0}.{1}".format(*OLDEST), version="{0}.{1}.{2}".format(*sys.version_info[:3]), executable=sys.executable
        )
    for module, package in PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            return MISSING.format(module=module, package=package, executable=sys.executable)
    return None


if __name__ == "__main__":
    sys.exit(problem())
