# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are, and the environment that every tool of this project runs in.

Nothing that a user has configured for Ansible or Python reaches the project's own runs, and what Ansible keeps for
itself stays in the git-ignored ``.cache`` of the checkout.
"""

from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
DOCS_VENV = ROOT / ".venv-docs"
EMULATOR_VENV = ROOT / ".venv-emulator"
NAMESPACE, NAME = "edgeops", "netstorage"

FOREIGN_PREFIXES = ("ANSIBLE_", "_ANSIBLE_", "GIT_DIR", "GIT_INDEX", "GIT_WORK_TREE", "MOLECULE_", "MYPY", "PYTEST_", "RUFF_")
FOREIGN_NAMES = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "VIRTUAL_ENV")
ACCOUNT_PREFIX = "NETSTORAGE_"

ANSIBLE_CFG = """\
[defaults]
localhost_warning = False
[inventory]
inventory_unparsed_warning = False
"""


def venv_bin(venv: Path = VENV) -> Path:
    return venv / "bin"


def ansible_environment() -> dict[str, str]:
    """Keep Ansible inside the checkout, and deaf to any ansible.cfg but ours."""
    home = CACHE / "ansible"
    config = CACHE / "ansible.cfg"
    home.mkdir(parents=True, exist_ok=True)
    if not config.exists() or config.read_text(encoding="utf-8") != ANSIBLE_CFG:
        config.write_text(ANSIBLE_CFG, encoding="utf-8")
    return {
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_REMOTE_TMP": str(home / "tmp"),
        # Searched before site-packages: a copy installed elsewhere must not shadow the checkout.
        "ANSIBLE_COLLECTIONS_PATH": str(home / "collections"),
    }


def locale_environment(inherited: t.Mapping[str, str]) -> dict[str, str]:
    """Ansible refuses to start where the locale is not UTF-8, as in many bare containers."""
    chosen = inherited.get("LC_ALL") or inherited.get("LC_CTYPE") or inherited.get("LANG") or ""
    if chosen.lower().replace("-", "").endswith("utf8"):
        return {}
    return {"LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}


def home_environment() -> dict[str, str]:
    """A home inside the checkout, for tools that leave logs and settings in the user's."""
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(home)}


def clean_environment(venv: Path = VENV, *, keep_account: bool = False, own_home: bool = True) -> dict[str, str]:
    """The caller's environment without what would change our results.

    ``keep_account`` leaves ``NETSTORAGE_*`` in: only the contract suite wants it, to talk to a real account.
    ``own_home=False`` is for what needs the user's settings for pip, or keeps its caches at home on purpose.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN_PREFIXES)
        and name not in FOREIGN_NAMES
        and (keep_account or not name.startswith(ACCOUNT_PREFIX))
        and not (own_home and name.startswith("XDG_"))
    }
    environment.update(home_environment() if own_home else {})
    environment.update(locale_environment(os.environ))
    environment.update(ansible_environment())
    environment["PATH"] = os.pathsep.join([str(venv_bin(venv)), os.environ.get("PATH", os.defpath)])
    # The emulator is on this machine: a proxy must not be asked for it.
    direct = ["127.0.0.1", "localhost", os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(filter(None, direct))
    return environment
