# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as Markdown, read back by a Markdown parser: no name leaves its cell."""

from __future__ import annotations

import html
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_markdown import FilterModule, ns_plan_markdown
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.figures import size
from ansible_collections.edgeops.netstorage.tests.unit.plan.case_reader import plan_of
from ansible_collections.edgeops.netstorage.tests.unit.plan.test_render import EVERYTHING
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

Values = dict[str, t.Any]

EXPECTED = """\
### Site

**5 creates, 8 changes, 5 deletes**, 8 bytes to send

| | step | path | why | size |
| --- | --- | --- | --- | ---: |
| `-` | delete | `/123456/site/r` | obstructs a directory |  |
| `~` | mkdir | `/123456/site/` | implicit |  |
| `+` | mkdir | `/123456/site/d/` | absent |  |
| `~` | mkdir | `/123456/site/e/` | implicit |  |
| `+` | mkdir | `/123456/site/r/` | absent |  |
| `~` | mtime | `/123456/site/c` | mtime differs |  |
| `+` | upload | `/123456/site/e/new` | absent | 3 bytes |
| `+` | upload | `/123456/site/r/x` | absent | 1 bytes |
| `~` | upload | `/123456/site/s` | content differs | 1 bytes |
| `~` | upload | `/123456/site/i.html` | size differs | 2 bytes |
| `+` | symlink | `/123456/site/l` → `t` | absent |  |
| `~` | symlink | `/123456/site/m` → `u` (was `t`) | target differs |  |

… and 6 more.
"""


def rows(markdown: str) -> list[list[str]]:
    """The cells of the table, as text that a reader sees."""
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in found]
    return [[html.unescape(re.sub(r"</?code>", "", cell)) for cell in row] for row in cells]


def plan(*steps: Values, **summary: int) -> Values:
    counts = {"creates": len(steps), "changes": 0, "deletes": 0, "unchanged": 0, "protected": 0, "shadowed": 0, "bytes": 0}
    return {"changed": bool(steps), "plan": {"summary": {**counts, **summary}, "steps": list(steps), "truncated": False}}


def upload(path: str, **more: t.Any) -> Values:
    return {"sign": "+", "step": "upload", "path": path, "why": "absent", "detail": "absent", "size": 5, **more}


def test_every_kind_of_step() -> None:
    assert ns_plan_markdown(result(Outcome(plan_of(EVERYTHING), {})), "Site", limit=12) == EXPECTED
    assert len(rows(EXPECTED)) == 12


def test_nothing_to_do() -> None:
    assert ns_plan_markdown(plan(unchanged=40, protected=1)) == "**No changes**; 40 unchanged; 1 protected\n\n"


def test_results_are_told_together() -> None:
    loop = {"results": [plan(upload("/1/a"), bytes=5), plan(upload("/1/b"), bytes=1500)]}
    text = ns_plan_markdown([loop, {"skipped": True}])
    assert text.startswith("**2 creates**, 1.5 kB to send\n")
    assert [row[2] for row in rows(text)] == ["/1/a", "/1/b"]


def test_a_refused_plan_says_why() -> None:
    failure = {"failed": True, "msg": "31 of 40 would be\ndeleted. <b>", "failure": {"code": "max_delete"}}
    text = ns_plan_markdown({**plan(upload("/1/a")), **failure})
    assert "**Failed** (`max_delete`): 31 of 40 would be deleted. &#60;b&#62;\n" in text
    assert len(rows(text)) == 1


def test_nothing_in_a_message_becomes_a_link() -> None:
    told = "See https://x.example, www.x.example and a@x.example: _no_ *b* #1 !2"
    text = ns_plan_markdown({**plan(), "failed": True, "msg": told})
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "https&#58;//x.example, www&#46;x.example and a&#64;x.example: &#95;no&#95; &#42;b&#42; &#35;1 &#33;2" in text
    assert "<a" not in page and "<em" not in page


def test_a_rename_has_both_names() -> None:
    step = {"sign": "~", "step": "rename", "source": "/1/a", "path": "/1/b", "why": "absent"}
    assert "| `/1/a` → `/1/b` |" in ns_plan_markdown(plan(step))


def test_notes_are_told_and_capped() -> None:
    text = ns_plan_markdown({**plan(), "notes": [f"note {number} of @all" for number in range(14)]})
    assert text.count("* note ") == 10
    assert "* 4 more notes\n" in text
    assert "@" not in text


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a b.html", "`a b.html`"),
        ("www.example.com @all #1 <b>", "`www.example.com @all #1 <b>`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("a`b", "<code>a&#96;b</code>"),
        (" a", "<code>&#32;a</code>"),
        ("", "<code></code>"),
        ("line\nend", "`line\\x0aend`"),
        ("\u202egnp.exe", "`\\u202egnp.exe`"),
    ],
)
def test_a_name_is_quoted_for_a_cell(name: str, cell: str) -> None:
    assert f"| {cell} |" in ns_plan_markdown(plan(upload(name)))


SIGNS = st.text(st.sampled_from("ab |`\\*_~<>&#@!/[]().:$-=\n\r\t\x1b\x85\u2028\u202eé日") | st.characters(), max_size=12)


@given(SIGNS, SIGNS, SIGNS)
def test_no_name_leaves_its_cell(path: str, target: str, msg: str) -> None:
    odd = upload(path, target=target or "t", previous_target=path or "p")
    text = ns_plan_markdown({**plan(odd, upload("/1/next")), "failed": True, "msg": msg, "notes": [msg]})
    first, second = rows(text)
    names = [shown(name.encode("utf-8", "backslashreplace")) for name in (path, target or "t", path or "p")]
    assert first[2].strip() == "{} → {} (was {})".format(*names).strip()
    assert second == ["+", "upload", "/1/next", "absent", "5 bytes"]
    assert not [line for line in text.splitlines() if line[:1] not in ("*", "|", "")]


def test_a_long_table_fits_into_a_comment() -> None:
    steps = [upload("/1/" + "\u00fc|" * 2000 + str(number)) for number in range(1000)]
    text = ns_plan_markdown(plan(*steps, creates=5000), limit=1000)
    assert len(text) < 65_536
    assert f"… and {5000 - len(rows(text))} more." in text
    assert len(rows(text)) > 10


def test_what_is_left_out_for_length_is_said_in_the_last_line() -> None:
    steps = [upload(f"/1/{number:04}/{'x' * 60}") for number in range(400)]
    notes = [f"{number}{'n' * 400}" for number in range(14)]
    told = {**plan(*steps, creates=700), "failed": True, "msg": "*m" * 900, "notes": notes}
    text = ns_plan_markdown(told, "Title", limit=1000, characters=2000)
    assert len(text) <= 2000
    assert text.splitlines()[-1] == "… and 700 more. Left out for length: 7 notes."
    full = ns_plan_markdown(told, "Title", limit=1000, characters=200_000)
    assert len(rows(full)) == 400
    assert full.splitlines()[-1] == "… and 300 more."
    some = ns_plan_markdown({**told, "notes": []}, limit=1000, characters=8000)
    assert 7000 < len(some) <= 8000
    assert some.splitlines()[-1] == f"… and {700 - len(rows(some))} more."


@pytest.mark.parametrize("characters", [-1, 0, 999])
def test_too_few_characters_are_refused(characters: int) -> None:
    with pytest.raises(AnsibleFilterError, match=f"characters is (not a whole number|{characters})"):
        ns_plan_markdown(plan(), characters=characters)


def test_a_document_is_told_like_a_result() -> None:
    side = {"kind": "file", "size": 1500, "md5": "0" * 32}
    words = {"why": "absent", "phase": "assets", "detail": "absent, 1500 bytes"}
    new = {"n": 1, "step": "upload", "sign": "+", "key": "/1/a|b", "before": None, "after": side, **words}
    link = {"n": 2, "step": "symlink", "sign": "~", "key": "/1/l", "why": "target differs", "phase": "links", "detail": ""}
    link |= {"before": {"kind": "symlink", "target": "t"}, "after": {"kind": "symlink", "target": "u"}}
    document = {
        "schema": "edgeops.netstorage/plan/1", "steps": [new, link], "summary": {"creates": 1, "changes": 1, "bytes": 1500},
        "digest": "sha256:00ff", "guard": {"code": "max_delete", "msg": "Too many."}, "unknown": [{"name": "x", "why": "denied"}],
    }  # fmt: skip
    assert ns_plan_markdown({"results": [document]}) == (
        "**1 create, 1 change**, 1.5 kB to send\n\n**Failed** (`max_delete`): Too many.\n\n* Could not be read: `x`: denied\n\n"
        "Digest `sha256:00ff`\n\n| | step | path | why | size |\n| --- | --- | --- | --- | ---: |\n"
        "| `+` | upload | <code>&#47;1&#47;a&#124;b</code> | absent | 1.5 kB |\n"
        "| `~` | symlink | `/1/l` → `u` (was `t`) | target differs |  |\n"
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (10**15, "1000.0 TB")],
)
def test_a_size_has_a_decimal_unit(count: int, text: str) -> None:
    assert size(count) == text


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="ns_plan_markdown: This is not the result of a task"):
        ns_plan_markdown({"rc": 0})
    assert list(FilterModule().filters()) == ["ns_plan_markdown"]


@pytest.mark.parametrize("limit", [-1, 1.5, "many", None, True, "9" * 5000])
def test_a_limit_that_is_no_count_is_refused(limit: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="limit is not a whole number of at least 0"):
        ns_plan_markdown({"plan": {}}, limit=limit)
    assert ns_plan_markdown({"plan": {}}, limit="7") == ns_plan_markdown({"plan": {}}, limit=7)  # type: ignore[arg-type]
