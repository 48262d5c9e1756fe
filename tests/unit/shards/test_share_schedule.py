# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host keeps of the steps of others: what it counts alone takes no memory."""

from __future__ import annotations

import tracemalloc

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Plan
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.share import Share
from ansible_collections.edgeops.netstorage.plugins.module_utils._shards.share_schedule import ShareSchedule

FILES = 20_000


def drafted(share: Share) -> tuple[Plan, int]:
    """The plan of a first deploy, and what it takes in bytes."""
    schedule = ShareSchedule(b"/1/s", share, Patterns(["*.key"]))
    planner = Planner(b"/1/s", Policy(last=(Patterns(["*.html"]),)), schedule)
    tracemalloc.start()
    for number in range(FILES):
        suffix = b"html" if number % 10 == 0 else b"css"
        planner.consider(Entry(b"d%06d.%b" % (number, suffix), Kind.FILE, 1000, mtime=number), None)
    plan = schedule.counted(planner.finish())
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return plan, taken


def test_memory_grows_with_the_share() -> None:
    (plan, taken), (_other, more) = drafted(Share(2, 8)), drafted(Share(1, 1))
    assert taken < more / 6
    assert len(plan.steps) + plan.others.objects == FILES
    assert plan.summary()["creates"] == FILES
    assert plan.summary()["bytes"] == 1000 * FILES
    assert FILES * 0.9 / 9 < len(plan.steps) < FILES * 0.9 / 7


def test_what_is_no_new_file_is_kept() -> None:
    schedule = ShareSchedule(b"/1/s", Share(256, 256), Patterns(["*.key"]))
    planner = Planner(b"/1/s", Policy(delete=True), schedule)
    file = Entry(b"b", Kind.FILE, 1)
    planner.consider(Entry(b"a", Kind.DIRECTORY), None)
    planner.consider(file, file._replace(size=2))
    planner.consider(Entry(b"c.key", Kind.FILE, 1), None)
    planner.consider(Entry(b"d", Kind.SYMLINK, target=b"b"), None)
    planner.consider(Entry(b"e.css", Kind.FILE, 5), None)
    planner.consider(None, Entry(b"f", Kind.FILE, 1))
    plan = schedule.counted(planner.finish())
    assert [step.entry.name for step in plan.steps] == [b"a", b"b", b"c.key", b"d", b"f"]
    assert plan.others == (1, 5)
