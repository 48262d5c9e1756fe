# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of any size needs little memory, in a process of its own: only there a peak can be measured."""

from __future__ import annotations

import pathlib
import subprocess
import sys

PATHS = 250_000
LARGEST = 64  # MiB, of the whole process; a million paths take 52 (docs/purge.md)
PROGRAM = """
import sys
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.purging import PURGE

def peak():  # not ru_maxrss, which begins with that of the process that started this one
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))

before = peak()
given = {"changed_paths_file": sys.argv[1], "url": "www.example.com", "base": "/123456/www", "purge_limit": 0}
params = ArgumentSpecValidator(PURGE.spec).validate(given).validated_parameters
done = PURGE.carry_out(params, check=True, diff=False)
print(before, peak(), done.values["to_purge"], done.values["least_seconds"])
"""


def test_a_long_list_of_paths_needs_little_memory(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "changed.txt"
    with file.open("w", encoding="ascii") as lines:
        for number in range(PATHS):
            name = "index.html" if number % 10 == 0 else "photo-large.jpg"
            lines.write(f"/123456/www/section-{number % 997:03d}/article-number-{number:07d}/{name}\n")
    environment = {"HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, check=True, env=environment)
    before, peak, objects, seconds = map(int, ran.stdout.split())
    assert (objects, seconds) == (275_000, 1325)
    assert peak <= LARGEST
    assert peak - before <= 16, "eight bytes a place, and at most three places of four are taken"
