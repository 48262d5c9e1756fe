# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The account's key is in no output, however much is printed, and whatever goes wrong."""

from __future__ import annotations

import json

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playing import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import KEY

WRONG = "a-key-that-nobody-should-see"


@pytest.mark.parametrize("options", [("--check", "--diff"), ()], ids=["check", "real"])
def test_the_key_of_a_play_that_works(player: Player, options: tuple[str, ...]) -> None:
    outcome = player.play("whole_site.yml", "-vvvv", *options)
    assert outcome.status == 0, outcome.output
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in outcome.output
    assert KEY not in outcome.output
    assert KEY not in json.dumps(outcome.results)


def test_the_key_of_a_play_that_does_not(player: Player) -> None:
    """Refused options, a wrong key, a host that is none: messages, warnings and tracebacks."""
    arguments = {"path": "a.txt", "content": "a", "max_retries": 0}
    cases = [{"key": WRONG}, {"host": "127.0.0.1:9"}, {"path": ""}, {"account": "a,b"}, {"mtime": "never"}]
    tasks = [
        {
            "name": f"Task {number}",
            "edgeops.netstorage.ns_file": {**arguments, **case},
            "register": "refused",
            "ignore_errors": True,
        }
        for number, case in enumerate(cases)
    ]
    outcome = player.play(player.write("refused.json", tasks), "-vvvv", environment={"ANSIBLE_DISPLAY_TRACEBACK": "always"})
    assert set(outcome.became.values()) == {"failed"}, outcome.output
    for key in (KEY, WRONG):
        assert key not in outcome.output
        assert key not in json.dumps(outcome.results)


def test_content_that_holds_the_key_is_masked_in_the_diff(player: Player) -> None:
    outcome = player.task("ns_file", "--check", "--diff", path="a.txt", content=f"key = {KEY}\n")
    assert outcome.status == 0
    assert KEY not in outcome.output
    assert "key = ****" in outcome.output
