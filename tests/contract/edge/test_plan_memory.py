# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan document of any size needs little memory, in a process of its own: only there a peak can be measured."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

from ansible_collections.edgeops.netstorage.plugins.module_utils._review.document import STEPS_BEGIN, STEPS_END, record_in
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.step_record import SCHEMA, PlanDigest, Subject

STEPS = 60_000
PROGRAM = """
import sys
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.sources import opened_expectations
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verify_options import VerifyOptions

def peak():  # not ru_maxrss, which begins with that of the process that started this one
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))

before = peak()
with opened_expectations(VerifyOptions(plan_file=sys.argv[1], url="www.example.com", base="/1/www", sample=100)) as wanted:
    print(before, sum(1 for _one in wanted.read()), wanted.sample.left_out, peak())
"""


def test_a_long_plan_needs_little_memory(tmp_path: pathlib.Path) -> None:
    policy = {"mtime": "preserve"}
    digest = PlanDigest(Subject("h", b"/1/www", policy))
    head = {"schema": SCHEMA, "host": "h", "path": "/1/www", "policy": policy}
    file = tmp_path / "plan.json"
    with file.open("wb") as lines:
        lines.write(json.dumps(head)[:-1].encode() + b",\n" + STEPS_BEGIN)
        for number in range(STEPS):
            after = {"kind": "file", "size": number, "md5": f"{number:032x}", "sha256": f"{number:064x}"}
            step = {"step": "upload", "key": f"/1/www/section-{number % 997:03d}/photo-{number:07d}.jpg", "before": None,
                    "after": after, "why": "absent", "phase": "assets"}  # fmt: skip
            digest.add(record_in(step))
            lines.write((b",\n" if number else b"") + json.dumps(step).encode())
        lines.write(b"\n" + STEPS_END + json.dumps({"digest": digest.text(), "outcome": None})[1:].encode())
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, check=True)
    before, looked_at, left_out, peak = map(int, ran.stdout.split())
    assert (looked_at, left_out) == (100, STEPS - 100)
    assert peak - before <= 8
