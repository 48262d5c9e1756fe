# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that grow for ever, by things that a parser passes over or keeps: each has a limit of its own.

Most limits are lower here than they are: what is tested is that there are any.
"""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.march import march, with_implicit
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import xml_parser
from ansible_collections.edgeops.netstorage.tests.contract.hostile.bounded_calls import (
    call_in_process,
    call_in_subprocess,
    is_bounded,
)
from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import Stream, answered, endless, numbered

MEGABYTE = 1 << 20
KEPT: dict[str, Stream] = {
    "tags, each of another name": answered(b"<list>", lambda: numbered(b"<a%d/>")),
    "attributes, each of another name": answered(b"<list>", lambda: numbered(b'<file type="dir" name="1" a%d=""/>')),
    "attributes of tags that nobody knows": answered(b"<list>", lambda: numbered(b'<a b%d="c"/>')),
}
PASSED_OVER: dict[str, Stream] = {
    "blanks": answered(b"<list>", lambda: endless(b" \n")),
    "text": answered(b"<list>", lambda: endless(b"text ")),
    "comments": answered(b"<list>", lambda: endless(b"<!-- x -->")),
    "rows of a type that nobody knows": answered(b"<list>", lambda: endless(b'<file type="socket" name="a"/>')),
    "rows within a row": answered(b'<list><file type="dir" name="a">', lambda: endless(b"<file/>")),
    "rows": answered(b"<list>", lambda: numbered(b'<file type="dir" name="%012d"/>')),
    "ordinary rows": answered(
        b"<list>", lambda: numbered(b'<file type="file" name="%012d" size="1" md5="' + b"0" * 32 + b'" mtime="1"/>')
    ),
    "rows with long names": answered(b"<list>", lambda: numbered(b'<file type="dir" name="%012d' + b"x" * 16_000 + b'"/>')),
}


@pytest.mark.parametrize("case", KEPT)
def test_words_that_the_parser_keeps(case: str) -> None:
    """A gigabyte of these took 18 GiB of memory and minutes."""
    measured = call_in_subprocess(KEPT[case], "list")
    assert (measured.error, measured.requests) == ("BadReply", 1), measured
    assert measured.sent < 16 * MEGABYTE
    is_bounded(measured)


@pytest.mark.parametrize("case", PASSED_OVER)
@pytest.mark.parametrize(("limit", "value"), [("MAX_PAGE", 8 * MEGABYTE), ("MAX_ROWS", 20_000)])
def test_a_page_has_an_end(monkeypatch: pytest.MonkeyPatch, case: str, limit: str, value: int) -> None:
    assert getattr(xml_parser, limit) > value
    monkeypatch.setattr(xml_parser, limit, value)
    if limit == "MAX_ROWS" and case in ("blanks", "text", "comments"):
        monkeypatch.setattr(xml_parser, "MAX_PAGE", 32 * MEGABYTE)  # they are no elements, so only the bytes count
    if limit == "MAX_ROWS" and "long" in case:
        monkeypatch.setattr(xml_parser, "MAX_ROWS", 500)
    measured = call_in_process(PASSED_OVER[case], "list")
    assert (measured.error, measured.requests) == ("BadReply", 1), measured
    assert measured.sent < 64 * MEGABYTE


def test_the_longest_name_as_deep_as_it_can_be() -> None:
    """Each directory on the way is an entry of its own, and all of them wait until it is clear whether they go."""
    deep = b"a/" * (xml_parser.MAX_VALUE // 2 - 4)
    entries = [Entry(b"%06d/%sf" % (number, deep), Kind.FILE, 1, "0" * 32, 1) for number in range(3)]
    planner = Planner(b"/123456/site", Policy(delete=True))
    for want, have in march([], with_implicit(entries)):
        planner.consider(want, have)
    assert len(planner.finish().steps) == 3
