# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read of a plan."""

from __future__ import annotations

import difflib
import random

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.render import (
    DiffLimit,
    Item,
    Texts,
    diffs,
    is_text,
    limited,
    prepared,
    shown_text,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import (
    Counts,
    Phase,
    Plan,
    Step,
    StepKind,
    Why,
)
from ansible_collections.edgeops.netstorage.tests.unit.plan.case_reader import Case, plan_of

BASE = b"/123456/site"
MD5 = "0123456789abcdef0123456789abcdef"

EVERYTHING: Case = {
    "ancestors": {"/123456/site": "implicit"},
    "want": [
        "d/",
        "e/",
        "e/new = xyz",
        "i.html = xx",
        "s = y",
        "l -> t",
        "m -> u",
        "n -> v",
        "o",
        "c = x @ 5",
        "r/",
        "r/x",
    ],
    "have": ["e/old = long", "i.html", "s", "m -> t", "n", "o -> w", "c = x @ 6", "p", "q/", "r -> far", "v -> t"],
    "policy": {"delete": True, "last": ["*.html"], "mtime": 5, "replace_links": True},
}
LINES = """\
- delete r (obstructs a directory)
~ mkdir /123456/site/ (implicit → explicit)
+ mkdir d/ (absent)
~ mkdir e/ (implicit → explicit)
+ mkdir r/ (absent)
~ mtime c (mtime differs: 6 → 5)
+ upload e/new (absent, 3 bytes)
+ upload r/x (absent, 1 bytes)
~ upload s (content differs: 1 bytes, md5 9dd4e461268c → 415290769594)
~ upload i.html (size differs: 1 → 2 bytes)
+ symlink l -> t (absent)
~ symlink m -> u (was -> t)
~ replace n -> v (file → symlink)
~ replace o (symlink → file)
- delete v (extraneous)
- delete e/old (extraneous, 4 bytes)
- delete p (extraneous, 1 bytes)
- rmdir q/ (extraneous)
"""


def one_step(kind: StepKind, before: Entry | None, after: Entry | None) -> Plan:
    return Plan(BASE, (Step(kind, BASE, before, after, Why.CONTENT, Phase.ASSETS),), Counts())


def file(name: bytes = b"a", size: int = 1) -> Entry:
    return Entry(name, Kind.FILE, size, MD5, 5)


def test_one_line_for_each_step_in_the_order_of_the_plan() -> None:
    assert prepared(plan_of(EVERYTHING)) == LINES


def test_a_diff_begins_with_the_lines_of_the_plan() -> None:
    assert diffs(plan_of(EVERYTHING), {}) == [{"prepared": LINES}]


def test_no_plan_no_diff() -> None:
    assert diffs(plan_of({}), {}) == []


@pytest.mark.parametrize(
    ("before", "after", "headers"),
    [
        (None, file(), ("/123456/site/a (absent)", "/123456/site/a")),
        (file(), file(), ("/123456/site/a", "/123456/site/a")),
        (file(), None, ("/123456/site/a", "/123456/site/a (absent)")),
    ],
)
def test_text_is_shown_for_creates_changes_and_deletes(
    before: Entry | None, after: Entry | None, headers: tuple[str, str]
) -> None:
    plan = one_step(StepKind.UPLOAD if after else StepKind.DELETE, before, after)
    texts = Texts(b"old\n" if before else None, b"new\n" if after else None)
    assert diffs(plan, {BASE + b"/a": texts})[1:] == [
        {
            "before_header": headers[0],
            "after_header": headers[1],
            "before": "old\n" if before else "",
            "after": "new\n" if after else "",
        }
    ]


def test_an_empty_file_has_a_diff() -> None:
    shown = diffs(one_step(StepKind.UPLOAD, None, file(size=0)), {BASE + b"/a": Texts(None, b"")})
    assert shown[1] == {
        "before_header": "/123456/site/a (absent)",
        "after_header": "/123456/site/a",
        "before": "",
        "after": "",
    }


def test_what_is_not_shown_is_said_once() -> None:
    plan = plan_of({"want": ["a", "b", "c"]})
    note = "binary content is not shown"
    shown = diffs(
        plan, {BASE + b"/" + name: Texts(None, None, note) for name in (b"a", b"b")} | {BASE + b"/c": Texts(None, b"x")}
    )
    assert [sorted(item) for item in shown] == [
        ["prepared"],
        ["after", "after_header", "before", "before_header"],
        ["prepared"],
    ]
    assert shown[-1] == {"prepared": f"({note})\n"}


def test_a_text_belongs_to_the_file_and_not_to_the_directory_of_its_name() -> None:
    plan = plan_of({"want": ["x/", "x/a"], "have": ["x"], "policy": {"delete": True}})
    shown = diffs(plan, {BASE + b"/x": Texts(b"old", None)})
    assert [item["after_header"] for item in shown[1:]] == ["/123456/site/x (absent)"]


def test_names_and_content_cannot_move_the_cursor() -> None:
    evil = b"a\x1b[2J\r\n\xff"
    link = Entry(evil, Kind.SYMLINK, target=evil)
    plan = one_step(StepKind.SYMLINK, None, link)
    content = Texts(b"a\x1b[31m\tb\r\nc\x9b\n", "\u202e\n".encode())
    text = str(diffs(plan, {BASE + b"/" + evil: content}))
    assert "\\x1b" in text
    assert not set(text) & set("\x1b\r\x9b\u202e")
    assert prepared(plan).count("\n") == 1
    shown = diffs(plan, {BASE + b"/" + evil: content})[1]
    assert shown["before"] == "a\\x1b[31m\tb\\x0d\nc\\x9b\n"


def test_the_lines_are_capped_and_the_rest_is_counted() -> None:
    plan = plan_of({"want": [f"{number:04}" for number in range(1002)]})
    lines = prepared(plan).splitlines()
    assert len(lines) == 1001
    assert lines[-1] == "… and 2 more"
    assert len(prepared(plan_of({"want": [f"{number:04}" for number in range(1000)]})).splitlines()) == 1000


def lines_shown(items: list[Item]) -> int:
    """Without headers, and without the last item, which says what is left out."""
    total = 0
    for item in items:
        if "prepared" in item:
            total += item["prepared"].count("\n") if item is items[0] else 0
            continue
        before, after = (item[side].splitlines(keepends=True) for side in ("before", "after"))
        hunks = list(difflib.unified_diff(before, after))[2:]
        one_sided = not before or not after
        total += len(hunks) - (one_sided and bool(hunks))  # the line with the numbers
    return total


def a_text(rng: random.Random, lines: int) -> str:
    return "".join(f"{rng.choice('abcdefgh')}\n" for _number in range(lines))


@pytest.mark.parametrize("seed", range(200))
def test_a_diff_has_no_more_lines_than_its_limit_and_says_what_is_left_out(seed: int) -> None:
    rng = random.Random(seed)
    items: list[Item] = [{"prepared": "".join(f"+ {number}\n" for number in range(rng.randrange(1, 10)))}]
    for _number in range(rng.randrange(1, 6)):
        old = rng.choice(["", a_text(rng, rng.randrange(60))])
        new = rng.choice(["", a_text(rng, rng.randrange(60)), old.replace("a", "x", 2)])
        items.append({"before_header": f"{len(items)}", "after_header": "a", "before": old, "after": new})
    most = rng.randrange(items[0]["prepared"].count("\n"), 150)
    result = limited(items, most)
    shown = lines_shown(result)
    is_cut = lines_shown(items) > most
    assert ("left out" in result[-1].get("prepared", "")) is is_cut
    # the rest of a text that was cut may have changed lines that match it, and so be another diff, of as many lines or fewer
    assert shown <= most + 10
    if is_cut:
        for item in (item for item in result if "before" in item):
            whole = items[int(item["before_header"])]
            assert whole["before"].startswith(item["before"]) and whole["after"].startswith(item["after"])
    else:
        assert result == items


def test_content_has_the_room_that_the_lines_of_the_plan_leave() -> None:
    plan = plan_of({"want": [f"{number:04}" for number in range(30)]})
    texts = {BASE + b"/0003": Texts(None, b"line\n" * 50), BASE + b"/0004": Texts(None, b"line\n" * 50)}
    first, one, told = diffs(plan, texts, 70)
    assert (first["prepared"].count("\n"), one["after"].count("\n")) == (30, 40)
    assert told == {"prepared": "(60 lines of the content of 2 files are left out: diff_limit.lines is 70)\n"}
    first, told = diffs(plan, texts, 20)
    assert first["prepared"].endswith("… and 10 more\n")
    assert told == {"prepared": "(100 lines of the content of 2 files are left out: diff_limit.lines is 20)\n"}
    assert DiffLimit() == (20, 1000)


def test_a_long_line_is_cut_and_still_tells_that_it_changed() -> None:
    old, new = shown_text(b"x" * 100_000 + b"a\nshort"), shown_text(b"x" * 100_000 + b"b\nshort")
    assert old != new
    assert max(map(len, old.splitlines())) < 2100
    assert old.splitlines()[0].startswith("x" * 2000 + " … (98001 more characters, SHA-256 ")
    assert old.endswith("\nshort")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", True),
        (b"abc\n", True),
        ("é".encode(), True),
        (b"a\0b", False),
        (b"\xff\xfe", False),
        ("é".encode("latin-1"), False),
    ],
)
def test_what_is_text(content: bytes, text: bool) -> None:
    assert is_text(content) is text


@pytest.mark.parametrize("invisible", ["\ufeff", "\u200b", "\u200d", "\u00ad", "\ufe0f", "\U000e0041"])
def test_what_has_no_width_is_visible_in_a_diff(invisible: str) -> None:
    """In the content, in its headings and in the plan: a difference that nobody sees is none to the reader."""
    written = f"\\u{ord(invisible):04x}" if ord(invisible) < 0x10000 else f"\\U{ord(invisible):08x}"
    name = f"a{invisible}b"
    plan = plan_of({"want": [name]})
    prepared_lines, text = diffs(plan, {BASE + b"/" + name.encode(): Texts(b"x", f"{invisible}x\u00e9".encode())})
    assert prepared_lines["prepared"] == f"+ upload a{written}b (absent, 1 bytes)\n"
    assert (text["before"], text["after"]) == ("x", f"{written}x\u00e9")
    assert f"a{written}b" in text["after_header"]
