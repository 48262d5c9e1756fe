# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for get-pip.py, which ansible-test downloads where it has not cached one.

ansible-test runs it with pip's install options and the wanted packages as arguments. The Python that runs it brings its
own pip along (ensurepip), so nothing but the package index is needed. ensurepip gets a process of its own, because it
sets PIP_CONFIG_FILE=/dev/null in its environment.
"""

import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", *wanted]))
