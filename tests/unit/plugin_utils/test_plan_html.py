# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of a plan says, from results and from documents."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_html import FilterModule, ns_plan_html
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_markdown import ns_plan_markdown
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page_contents import LINES
from ansible_collections.edgeops.netstorage.tests.unit.plan.case_reader import plan_of
from ansible_collections.edgeops.netstorage.tests.unit.plan.test_render import EVERYTHING
from ansible_collections.edgeops.netstorage.tests.unit.plugin_utils.report_documents import (
    BASE,
    Reader,
    Values,
    document,
    step,
    verdict,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (document(), "No changes"),
        (document(step("/1/a")), "Changes"),
        (document(step("/1/a"), guard={"code": "max_delete", "msg": "too many"}), "Refused"),
        (document(step("/1/a"), outcome={"state": "done", "done": 1}), "Deployed"),
        (document(step("/1/a"), outcome={"state": "failed", "done": 1, "left": 3}), "Failed half-way"),
        (document(step("/1/a"), outcome={"state": "stopped", "done": 0, "left": 3}), "Failed"),
        (document(step("/1/a"), outcome={"state": "refused"}), "Refused"),
        (result(Outcome(plan_of(EVERYTHING), {"list": 1})), "Changes"),
        (result(Outcome(plan_of(EVERYTHING), {"list": 1, "upload": 3})), "Deployed"),
        ({"failed": True, "changed": False, "msg": "no", "plan": {"steps": [{"path": "/1/a"}]}}, "Refused"),
        ({"failed": True, "changed": True, "msg": "no", "counts": {"done": 1, "left": 1}, "plan": {}}, "Failed half-way"),
        ({"failed": True, "msg": "wrong key", "failure": {"code": "unauthorized"}}, "Failed"),
        ([], "No changes"),
        ([document(), document(step("/1/a"))], "Changes"),
        ([document(step("/1/a"), outcome={"state": "done"}), document(guard={"code": "g", "msg": "m"})], "Failed half-way"),
        ({"results": [document(), {"skipped": True}, document(step("/1/a"), outcome={"state": "done"})]}, "Deployed"),
    ],
)  # fmt: skip
def test_the_verdict_is_the_first_word(value: t.Any, said: str) -> None:
    page = ns_plan_html(value, "Title")
    assert verdict(page) == said
    assert f"<title>{said}: Title</title>" in page


@pytest.mark.parametrize(("value", "said"), [(document(), "In sync"), (document(step("/1/a")), "Drift")])
def test_a_plan_made_to_find_drift_says_so(value: Values, said: str) -> None:
    assert verdict(ns_plan_html(value, purpose="drift")) == said


def test_results_and_documents_tell_the_same_steps() -> None:
    told = Reader(ns_plan_html(result(Outcome(plan_of(EVERYTHING), {})), "Site")).text
    assert "5 to create, 8 to change, 5 to delete; 8 bytes to send." in told
    for words in ("/123456/site/e/new", "implicit → explicit", "m → u (was t)", "1 bytes → 2 bytes", "file → symlink"):
        assert words in told


def test_a_loop_is_told_as_one_plan() -> None:
    loop = {"results": [document(step("/123456/www/a")), document(step("/123456/www/b", "-"), path="/123456/api")]}
    text = Reader(ns_plan_html([loop])).text
    assert "1 to create, 1 to delete; 10 bytes to send." in text
    assert "Plan for several directories" in text
    assert "/123456/www/a" in text and "/123456/www/b" in text


def test_deletes_are_grouped_and_whole_directories_come_first() -> None:
    whole = [step(f"{BASE}/old/{name}", "-") for name in ("a/x", "a/y", "z")]
    folders = [step(f"{BASE}/old/{name}", "-", step="rmdir", before={"kind": "directory"}) for name in ("a/", "")]
    page = ns_plan_html(document(step(f"{BASE}/a.txt", "-"), *whole, *folders))
    card = Reader(page.partition('id="attention"')[2].partition("</article>")[0].partition(">")[2]).text
    lines = [line.strip() for line in card.splitlines() if line.strip()]
    assert lines[:3] == ["Needs attention", "6 objects will be deleted", "old/ the whole directory, 5 objects, 15 bytes"]
    assert lines[3:] == ["a/x 5 bytes", "a/y 5 bytes", "z 5 bytes", "a/", "a.txt 5 bytes"]


def test_what_differs_from_the_reviewed_plan_is_named() -> None:
    differences = [
        {"path": f"{BASE}/index.html", "what": "before_differs", "reviewed": "md5 0cc1", "now": "md5 9d4e"},
        {"path": "", "what": "policy", "reviewed": "delete: False", "now": "delete: True"},
    ]
    failure = {"code": "expect_plan", "hint": "Make a new plan.", "differences": differences, "differences_total": 12}
    value = {"failed": True, "msg": "Not the plan.", "failure": failure, "plan": {"steps": [{"path": "/1/a"}]}, "path": BASE}
    text = Reader(ns_plan_html(value)).text
    for words in ("Refused: expect_plan", "Not the plan.", "Make a new plan.", "12 differences", "the policy differs"):
        assert words in text
    assert "… and 10 more differences." in text
    markdown = ns_plan_markdown(value)
    assert "* `/123456/www/index.html`: before differs; reviewed: md5 0cc1; now: md5 9d4e\n" in markdown
    assert "* 10 more differences" in markdown


def test_kinds_of_the_two_sides_say_what_a_document_does_not() -> None:
    made = step(f"{BASE}/d/", "~", step="mkdir", before={"kind": "implicit_directory"}, after={"kind": "directory"}, detail="")
    other = step(f"{BASE}/l", "~", step="replace", before={"kind": "symlink", "target": "a"}, why="type differs", detail="")
    text = Reader(ns_plan_html(document({**made, "why": "implicit"}, other, masked=True))).text
    assert "implicit → explicit" in text and "type differs: symlink → file" in text
    assert "is masked because it is a secret" in text


def test_what_needs_attention_is_named() -> None:
    page = step(f"{BASE}/index.html", "~", phase="entry_points")
    film = step(f"{BASE}/film.mp4", after={"kind": "file", "size": 50_000_001})
    sides = {"before": {"kind": "symlink", "target": "r/1"}, "after": {"kind": "symlink", "target": "r/2"}}
    link = step(f"{BASE}/live", "~", step="symlink", **sides)
    value = document(page, film, link, unknown=[{"name": "private", "why": "Permission denied"}], notes=["a note"], check=False)
    text = Reader(ns_plan_html(value)).text
    for words in ("1 entry point changes", "1 file over 50 MB", "1 link leads", "1 region could not be read", "2 notes"):
        assert words in text
    assert "live → r/2 (was r/1)" in text and "has not written down how it ended" in text


def test_failed_steps_and_the_outcome_are_told() -> None:
    failed = [{"path": f"{BASE}/a", "step": "upload", "status": 507, "why": "The storage group is full."}]
    outcome = {"state": "failed", "done": 7, "failed": failed, "left": 2, "seconds": 12.3, "ended": "2026-11-29T21:31:00Z"}
    text = Reader(ns_plan_html(document(step(f"{BASE}/a"), outcome={**outcome, "api_calls": {"upload": 8, "list": 1200}}))).text
    assert "7 steps carried out, 1 failed, 2 not started." in text
    assert "upload a: status 507, The storage group is full." in text
    assert "list 1,200, upload 8" in text and "12.3" in text and "2026-11-29 21:31:00 UTC" in text


def test_texts_are_unified_diffs_whose_lines_are_lines() -> None:
    changed = {"key": f"{BASE}/a.html", "before": "a\n<b>\nc\n", "after": "a\n<i>\nc\n"}
    texts = [changed, {"key": "x", "prepared": "(binary content)"}]
    page = ns_plan_html(document(step(f"{BASE}/a.html", "~"), texts=texts))
    assert "<del>-&lt;b&gt;\n</del><ins>+&lt;i&gt;\n</ins>" in page
    assert "Not shown: binary content." in page
    long = [{"key": f"{BASE}/a.html", "before": "", "after": "line\n" * (LINES + 500)}]
    cut = ns_plan_html(document(texts=long))
    assert cut.count("<ins>") == LINES - 1
    assert "… and 501 more lines, which are not shown here." in cut


def test_the_diff_of_a_result_has_its_texts_too() -> None:
    diff = [
        {"prepared": "~ upload index.html\n"},
        {"before_header": "/1/a (absent)", "after_header": "/1/a", "before": "", "after": "new\n"},
        {"prepared": "(binary content is not shown)\n"},
    ]
    text = Reader(ns_plan_html({"changed": True, "plan": {"steps": []}, "diff": diff})).text
    assert "/1/a (new) (+1)" in text and "+new" in text and "Not shown: binary content is not shown." in text
    assert "~ upload index.html" not in text


def test_images_stand_side_by_side() -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    images = [{"key": f"{BASE}/a.png", "before": url, "after": url}, {"key": f"{BASE}/b.png", "before": None, "after": url}]
    page = ns_plan_html(document(images=images))
    assert page.count("<img ") == 3
    assert 'alt="Before: a.png"' in page and "Before: 16 bytes" in page and "Before: nothing" in page


@pytest.mark.parametrize("schema", ["edgeops.netstorage/plan/2", "edgeops.netstorage/drift/1", "<b>", 1, None])
def test_a_document_of_another_schema_is_refused(schema: object) -> None:
    for report in (ns_plan_html, ns_plan_markdown):
        with pytest.raises(AnsibleFilterError, match=r"this version reads edgeops.netstorage/plan/1"):
            report({**document(), "schema": schema})


def test_a_document_of_a_newer_minor_is_read() -> None:
    newer = {**document(step("/1/a")), "schema": "edgeops.netstorage/plan/1.7", "extra": {"a": 1}}
    assert verdict(ns_plan_html(newer)) == "Changes"


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        ({"rc": 0}, {}, "ns_plan_html: This is not the result of a task"),
        ("plan.json", {}, r"A plan document has to be read from its file: lookup\('ansible.builtin.file', name\) \| from_json"),
        (document(), {"purpose": "fun"}, "purpose"),
    ],
)
def test_what_makes_no_page_is_refused(value: object, options: Values, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        ns_plan_html(value, **options)
    assert list(FilterModule().filters()) == ["ns_plan_html"]
