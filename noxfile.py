# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# dependencies = ["nox>=2025.2.9", "antsibull-nox"]
# ///

"""The checks of antsibull-nox, as other collections have them; antsibull-nox.toml says which.

What each session needs, besides this repository:

extra-checks, license-check, antsibull-nox-config
    Nothing: ``make lint`` runs them with ``--no-venv`` and the packages of its environment.
codeqa, docs-check, ansible-lint, build-import-check
    A package index, for environments of their own: ``nox -R -s docs-check``. With ``--no-venv`` codeqa, docs-check and
    ansible-lint check nothing and report success, so ``make lint`` starts ruff, antsibull-docs and ansible-lint itself, and
    ``make importer`` Galaxy's importer.
ansible-test-*
    ansible-core from GitHub, and containers. They are not configured: ``make sanity``, ``make units`` and ``make targets`` run
    ansible-test with the environments of this repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import antsibull_nox
import nox

HERE = Path(__file__).parent

nox.options.envdir = str(HERE / ".cache/nox")
# The versions that `make lint` has, in the sessions' own environments as well.
os.environ.setdefault("PIP_CONSTRAINT", str(HERE / "constraints.txt"))

antsibull_nox.load_antsibull_nox_toml()

if __name__ == "__main__":
    nox.main()
