# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ns_content as a function, against the emulator."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.content import NotAFile, NotText, TooLarge, texts
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import ContentOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

SITE = {
    "a.txt": "grüße\n",
    "empty": "",
    "current": "-> releases/2",
    "releases/2": "-> ../a.txt",
    "absolute": "-> {place}/s/a.txt",
    "dangling": "-> nowhere",
    "outside": "-> ../../../../../etc/passwd",
    "loop": "-> loop-2",
    "loop-2": "-> loop",
    "d/1": "1",
}


@pytest.fixture
def site(scene: Scene) -> Scene:
    scene.there({name: what.format(place=scene.place.decode()) for name, what in SITE.items()})
    return scene


def read(scene: Scene, *paths: str, max_size: int = 1000, **more: t.Any) -> list[str | None]:
    found: list[str | None] = texts(ContentOptions(scene.common, paths, max_size, **more), Cancellation()).values["texts"]
    return found


def test_texts_come_in_the_order_asked_for(site: Scene) -> None:
    assert read(site, "s/a.txt", "s/nothing", "s/empty", "s/a.txt") == ["grüße\n", None, "", "grüße\n"]
    assert read(site) == []


@pytest.mark.parametrize("knob", ["follow", 404])
def test_links_are_followed_here(site: Scene, knob: t.Any) -> None:
    site.control.set_knobs(follow_links=knob)
    assert read(site, "s/current", "s/absolute", "s/dangling", "s/outside") == ["grüße\n", "grüße\n", None, None]


def test_links_that_lead_nowhere_else(site: Scene) -> None:
    with pytest.raises(NotAFile, match="from link to link"):
        read(site, "s/loop")


def test_a_directory_has_no_text(site: Scene) -> None:
    with pytest.raises(NotAFile, match="is a directory"):
        read(site, "s/d")


def test_a_text_is_decoded_by_the_encoding_named(site: Scene) -> None:
    assert read(site, "s/a.txt", encoding="latin-1") == ["grÃ¼Ã\x9fe\n"]
    with pytest.raises(NotText, match=r"a\.txt is not ascii \(at byte 2\)"):
        read(site, "s/a.txt", encoding="ascii")
    assert read(site, "s/a.txt", encoding="ascii", undecodable="ignore") == ["gre\n"]
    assert read(site, "s/a.txt", encoding="ascii", undecodable="replace") == ["gr" + "\ufffd" * 4 + "e\n"]
    for wrong in ("utf-9", "base64", "rot13"):
        with pytest.raises(BadOptions, match="encoding: "):
            read(site, "s/a.txt", encoding=wrong)


def test_what_is_too_large_is_not_downloaded(site: Scene) -> None:
    assert read(site, "s/a.txt", max_size=8) == ["grüße\n"]
    site.sent()
    with pytest.raises(TooLarge, match="has 8 bytes, more than max_size"):
        read(site, "s/a.txt", max_size=7)
    assert [request.action for request in site.sent()] == ["stat"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "digest", "how": "body"},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 503},
        {"kind": "truncate", "how": "consistent"},
        {"kind": "content_length", "how": "larger", "by": 7},
        {"kind": "reset", "when": "in_answer", "bytes": 3},
    ],
)
def test_no_other_text_than_what_is_there(site: Scene, fault: dict[str, t.Any]) -> None:
    site.control.add_faults({**fault, "action": "download", "times": None})
    site.common = dataclasses.replace(site.common, idle_timeout=0.3)
    with pytest.raises(NetStorageError):
        read(site, "s/a.txt")


def test_a_file_that_is_replaced_meanwhile(site: Scene) -> None:
    site.control.add_faults({"kind": "digest", "how": "body", "action": "download"})
    assert read(site, "s/a.txt") == ["grüße\n"]


def test_what_the_client_noted_comes_with_the_texts(site: Scene) -> None:
    site.control.add_faults({"status": 429, "times": 1, "action": "stat", "path": "*"})
    answer = texts(ContentOptions(site.common, ["s/empty"], 10), Cancellation())
    assert answer.values == {"texts": [""]}
    assert [note[:30] for note in answer.notes] == ["The service throttled requests"]
