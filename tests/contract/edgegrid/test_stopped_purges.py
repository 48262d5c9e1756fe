# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_purge with stop_after against the emulator: lists in a directory are purged in parts, by one run after the other."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import PurgeScene

URL = "https://www.example.com"


def urls(number: int) -> list[str]:
    return [f"{URL}/{one:06d}-{'x' * 80}" for one in range(number)]


@pytest.mark.parametrize("is_down", [False, True])
def test_a_purge_that_is_stopped_goes_on_where_it_was(purging: PurgeScene, tmp_path: pathlib.Path, is_down: bool) -> None:
    """Each time one request, until the first lists are purged; then all of the list of what is planned."""
    lines = [f"/1/{url.rpartition('/')[2]}\n" for url in urls(1800)]
    (tmp_path / "1.planned.gz").write_text("".join(lines[1400:]), encoding="ascii")
    (tmp_path / "2.deployed.gz").write_text("".join(lines[:1400]), encoding="ascii")
    given = {"changed_paths_file": str(tmp_path), "url": URL, "base": "/1", "stop_after": 1e-9}
    purging.control.set_knobs(purge_seconds=3)
    sent: list[str | int] = []
    runs: list[tuple[bool, int]] = []
    while len(sent) < 1800 and len(runs) < 9:
        purging.control.clear_faults()
        if is_down:
            given["stop_after"] = 60
        if is_down and len(runs) < 3:
            purging.control.add_faults({"status": 400, "action": "ccu:*", "skip": 1})
        done = purging.run(**given)
        assert (done.error is not None) == (is_down and len(runs) < 3)
        runs.append((done.values["stopped"], done.values["request_count"]))
        sent += purging.objects()
        assert done.values["left_count"] == 1800 - len(sent)
    assert sent == urls(1800)
    assert runs[:2] == [(not is_down, 1)] * 2
    assert set(purging.slept) <= {3}
    assert done.error is None
    purging.control.clear_faults()
    again = purging.run(**given)
    assert (again.values["to_purge"], again.values["stopped"]) == (400, False)
