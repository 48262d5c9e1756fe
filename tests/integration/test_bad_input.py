# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input fails before the first packet, and says what to write instead."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player

TOLD = {
    "No path": "path is empty. An empty variable may have made it",
    "A path of blanks in a variable": "path is empty. An empty variable may have made it",
    "A path outside of the root": "/123456/elsewhere/a lies outside the root /123456/site",
    "A path beside the root": "/123456/site2 lies outside the root /123456/site",
    "A path without a CP code": "/site/a does not begin with a CP code",
    "A relative path without a root": "path site/a is relative, and no root is set",
    "A root without a CP code": "root: site does not begin with a CP code",
    "A root given twice": "The root is given twice",
    "A directory that is a CP code": "/123456 is a CP code",
    "A file that is a CP code": "/123456 is a CP code",
    "A path with a slash at the end": "Write it without one",
    "A path with dots": "has an empty, . or .. component",
    "A path with two slashes": "has an empty, . or .. component",
    "A short key": "key is shorter than 16 characters",
    "A key in the path": "The key is part of path",
    "No key": "key is empty",
    "No host": "host is empty",
    "A host with a protocol": "Write only the name",
    "An account with a comma": "which is not an upload account id",
    "A missing folder of certificates": "which does not exist",
    "No patience": "idle_timeout is not between 0 and 86,400 seconds",
    "A negative number of retries": "max_retries is not between 0 and 100",
    "Content twice": "content and content_b64",
    "No content": "needs src, content or content_b64",
    "Content that is no base64": "content_b64 is not base64",
    "A source that does not exist": "none.txt",
    "A source that is a directory": "ns_sync sends directories",
    "Content that is to be absent": "state: absent and content contradict each other",
    "A time that is none": "mtime: 'yesterday' is neither preserve, nor now, nor seconds",
    "Times that change on every run": "would change the file on every run",
    "A link without a target": "missing: target",
    "A link to nothing": "target is empty",
    "A link to itself": "would point to itself",
    "A tree that does not exist": "no-such-folder",
    "A tree that is a file": "is not a directory",
    "A tree that is nothing": "src is empty",
    "A tree for a whole CP code": "set allow_root: true",
    "A cap that is none": "Write 20 or 50 %",
    "A cap of too many percent": "neither a count nor a percentage",
    "An empty pattern": "the pattern '' is empty",
    "No request at a time": "is not between 1 and 256",
    "A time in nanoseconds": "are these milliseconds?",
    "A time of 5,000 digits": "mtime has more than 100 digits",
    "A bandwidth of 5,000 digits": "max_bandwidth has more than 100 digits",
    "A tree whose path is too long": "cannot be looked at: File name too long",
    "A date in the content": 'content.built[0] cannot become JSON: it is a date, as YAML reads it: 2026-11-29. Write it',
}
CODES = {"bad_options", "bad_source", "allow_root"}
REFUSED_BY_ANSIBLE = {"A link without a target"}


@pytest.fixture(scope="module")
def played(stage: Player) -> Outcome:
    stage.service.reset()
    return stage.play("bad_input.yml")


def test_not_one_packet_was_sent(played: Outcome) -> None:
    assert set(played.results) == set(TOLD), played.output[-3000:]
    assert played.requests == []


@pytest.mark.parametrize("task", TOLD)
def test_the_message_says_what_is_wrong(played: Outcome, task: str) -> None:
    result = played.results[task]
    assert played.became[task] == "failed"
    assert TOLD[task] in result["msg"], result["msg"]
    assert result["changed"] is False


@pytest.mark.parametrize("task", sorted(set(TOLD) - REFUSED_BY_ANSIBLE))
def test_a_playbook_can_branch_on_the_code(played: Outcome, task: str) -> None:
    assert played.results[task]["failure"]["code"] in CODES
    assert set(played.results[task]["failure"]) == {"code", "action", "path", "status", "hint"}
