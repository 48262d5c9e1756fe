# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a plan as such: nothing from outside becomes more than text; its policy, contrast and size."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_html import ns_plan_html
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_markdown import ns_plan_markdown
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.reviewed_plan import ReviewedPlan
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page_contents import image_of
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page_script import SCRIPT
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page_style import DARK, LIGHT, ON, STYLE
from ansible_collections.edgeops.netstorage.tests.browser.report_sample import DOCUMENT, PICTURES, SCENES, reports
from ansible_collections.edgeops.netstorage.tests.unit.plugin_utils.report_documents import (
    BASE,
    Reader,
    Values,
    document,
    step,
)
from hypothesis import given, settings
from hypothesis import strategies as st

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
ATTRIBUTES = {
    "alt", "aria-expanded", "aria-label", "aria-pressed", "autocomplete", "charset", "class", "colspan", "content", "data-t",
    "hidden", "href", "http-equiv", "id", "lang", "name", "open", "placeholder", "role", "scope", "src", "type",
}  # fmt: skip


# -- nothing from outside is more than text

HOSTILE = [
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("\"'><img src=x onerror=alert(1)>", "\"'><img src=x onerror=alert(1)>"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("</style></title></pre><b>", "</style></title></pre><b>"),
    ("<!--", "<!--"),
    ("&lt;b&gt;&#60;", "&lt;b&gt;&#60;"),
    ("a\u202egnp.exe", "a\\u202egnp.exe"),
    ("a\u2066b\u2069", "a\\u2066b\\u2069"),
    ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
    ("\U0001f6a2 ferry", "\U0001f6a2 ferry"),
    ("line\nend\x00\x1b[31m", "line\\x0aend\\x00\\x1b[31m"),
    ("half \udcff", "half \\udcff"),
]


def everywhere(text: str) -> Values:
    """A document with the text wherever a text may stand."""
    odd = step(f"{BASE}/{text}", "~", why=text, detail=text, phase=text, step=text, source=f"{BASE}/{text}")
    odd["after"] = {"kind": "symlink", "target": text}
    odd["before"] = {"kind": "symlink", "target": text + "old"}
    return document(
        odd,
        step(f"{BASE}/{text}/gone", "-"),
        host=text, made=text, digest=text, revision=text, collection=text, policy={text: [text]}, notes=[text],
        guard={"code": text, "msg": text, "hint": text + "!"},
        unknown=[{"name": text, "why": text}],
        texts=[{"key": f"{BASE}/{text}", "before": text, "after": text + "new"}, {"key": text, "note": text}],
        images=[{"key": f"{BASE}/{text}", "before": f"data:image/png;base64,{text}", "after": text}],
        outcome={
            "state": text, "ended": text, "seconds": text, "done": 1, "left": 0, "api_calls": {text: 3},
            "failed": [{"path": text, "step": text, "status": text, "why": text}], "error": {"code": text, "msg": text},
        },
    )  # fmt: skip


def failing(text: str) -> Values:
    difference = {"path": text, "what": text, "reviewed": text, "now": text}
    failure = {"code": text, "hint": text, "differences": [difference], "differences_total": 30}
    diff = [{"prepared": text}, {"before_header": text, "after_header": text, "before": text, "after": "x"}, {"prepared": text}]
    return {"failed": True, "msg": text, "failure": failure, "plan": {"summary": {}, "steps": []}, "diff": diff, "notes": [text]}


def is_harmless(page: str) -> bool:
    """Whether all that acts in a page is of our own making."""
    read = Reader(page)
    assert read.own == {"script": SCRIPT, "style": STYLE}
    assert {name for _tag, name, _value in read.attributes} <= ATTRIBUTES
    assert all(re.fullmatch(r"#[a-z]+", value) for value in read.values("href"))
    assert all(re.fullmatch(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]*", value) for value in read.values("src"))
    assert all(re.fullmatch(r"[a-z -]*", value) for value in [*read.values("class"), *read.values("id")])
    return True


@pytest.mark.parametrize(("text", "seen"), HOSTILE)
def test_hostile_text_stays_text_wherever_it_stands(text: str, seen: str) -> None:
    usual = Reader(ns_plan_html([everywhere("name"), failing("name")], "name", revision="name"))
    page = ns_plan_html([everywhere(text), failing(text)], text, revision=text)
    assert is_harmless(page)
    read = Reader(page)
    assert seen in read.text
    assert read.text.count(seen) >= 25 if "&" not in text else True
    assert [tag for tag in read.tags if tag in ("script", "style", "img", "title")] == [
        tag for tag in usual.tags if tag in ("script", "style", "img", "title")
    ]
    assert not set(read.tags) - set(usual.tags)
    assert "\u202e" not in page and "\u200b" not in page and "\x00" not in page and "\x1b" not in page


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab<>&\"'`/\\=:;-\n\r\t\x85\u2028\u202eé日\U0001f6a2") | st.characters(), max_size=14))
def test_no_text_leaves_its_element(text: str) -> None:
    assert is_harmless(ns_plan_html([everywhere(text), failing(text)], text, revision=text))


def test_a_name_that_is_no_text_is_read_from_its_bytes() -> None:
    raw = base64.b64encode(b"/123456/www/\xff\xfe<b>").decode()
    page = ns_plan_html(document(step("/123456/www/??", key_b64=raw)))
    assert "\\xff\\xfe&lt;b&gt;" in page and "??" not in page
    assert "\\xff\\xfe" in ns_plan_markdown(document(step("/123456/www/??", key_b64=raw)))
    assert "as it is" in ns_plan_html(document(step("/123456/www/as it is", key_b64="no base64!")))


@pytest.mark.parametrize(
    "odd",
    [
        {"steps": "none"}, {"steps": [1, None, {}]}, {"summary": []}, {"summary": {"creates": "many", "bytes": -1}},
        {"policy": [1]}, {"guard": "no"}, {"outcome": {"failed": 3, "api_calls": [], "done": "x", "seconds": []}},
        {"texts": [{"key": 1, "before": 2}]},
        {"images": [{"key": None, "before": 3, "after": "data:text/html;base64,QQ=="}]}, {"unknown": [[]]}, {"notes": {"a": 1}},
        {"steps": [step("/1/a", after=3, before="x", size="y", sign="<")]}, {"host": None, "path": {}, "digest": 1.5, "made": []},
        {"steps": [step("/" * 5000 + "x")]},
    ],
)  # fmt: skip
def test_a_document_of_an_odd_shape_is_still_a_page(odd: Values) -> None:
    value = {**document(), **odd}
    assert is_harmless(ns_plan_html(value))
    assert ns_plan_markdown(value).startswith("**")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("data:image/png;base64," + base64.b64encode(PNG).decode(), "image/png"),
        ("data:image/gif;base64," + base64.b64encode(b"GIF89a").decode(), "image/gif"),
        ("data:image/svg+xml;base64," + base64.b64encode(b"<svg onload='x'/>").decode(), "image/svg+xml"),
        ("data:image/jpeg;base64," + base64.b64encode(PNG).decode(), ""),
        ("data:text/html;base64,PGI+", ""),
        ("data:image/svg+xml,<svg/>", ""),
        ("https://example.com/a.png", ""),
        ("data:image/png;base64,QQ=='><b>", ""),
    ],
)
def test_only_images_of_a_known_kind_are_embedded(url: str, kind: str) -> None:
    assert image_of(url)[0] == kind
    page = ns_plan_html(document(images=[{"key": f"{BASE}/a", "before": None, "after": url}]))
    assert Reader(page).values("src") == ([url] if kind else [])


# -- the page as such


def test_the_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    (policy,) = [value for value in Reader(ns_plan_html(document())).values("content") if "default-src" in value]
    hashes = {
        name: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for name, text in (("style", STYLE), ("script", SCRIPT))
    }
    assert policy == (
        f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert "</" not in STYLE + SCRIPT and "url(" not in STYLE and "@import" not in STYLE


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(palette: dict[str, str]) -> None:
    for ink, grounds in ON.items():
        for ground in grounds:
            bright, dim = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, f"{ink} on {ground}"


def test_a_style_takes_its_colours_from_the_palette() -> None:
    """So that the test above sees every colour of a text."""
    inks = set(re.findall(r"[;{]color:([^;}]+)", STYLE.replace("color-scheme", "")))
    assert inks - {"inherit"} <= {f"var(--{word})" for word in ON}
    assert set(LIGHT) == set(DARK)


def test_the_same_input_gives_the_same_bytes() -> None:
    value = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    again = json.loads(json.dumps(value, sort_keys=True))
    assert ns_plan_html(value) == ns_plan_html(value) == ns_plan_html(again)


def test_the_sample_reports_are_what_their_command_writes() -> None:
    for file, text in reports().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: make report-sample"


def test_the_sample_is_a_document_that_could_be_applied() -> None:
    reviewed = ReviewedPlan(str(DOCUMENT).encode(), lambda _name: False)
    reviewed.close()
    assert reviewed.digest in next(iter(reports().values()))


def test_pictures_in_the_documentation_are_small() -> None:
    pictures = sorted(PICTURES.glob("*.png"))
    of_reports = [picture.stem for picture in pictures if picture.stem.startswith("report-")]
    assert of_reports == sorted(name for name, *_rest in SCENES)
    assert all(picture.stat().st_size < 150_000 for picture in pictures)


def test_five_thousand_steps_are_at_most_a_megabyte_and_a_half() -> None:
    names = [f"{BASE}/news/2026/{number // 50:03}/photograph-of-the-day-{number:05}.jpg" for number in range(5000)]
    steps = [step(name, "+~-"[number % 3]) for number, name in enumerate(names)]
    page = ns_plan_html(document(*steps))
    assert page.count("<tr class=") == 5000
    assert len(page.encode()) <= 1_500_000


def test_rows_are_limited_and_counts_and_deletes_are_not() -> None:
    steps = [step(f"{BASE}/d{number % 7}/{number:04}", "-" if number % 4 == 0 else "+") for number in range(1000)]
    page = ns_plan_html(document(*steps), limit=100)
    text = Reader(page).text
    assert page.count("<tr class=") == 100
    assert "The first 100 of 1,000 steps are shown." in text
    assert "+750 −250" in text
    deletes = page.partition('id="attention"')[2].partition("</article>")[0]
    assert deletes.count("<bdi>") == 250 + 7
    tree = page.partition('class="tree"')[2].partition("</section>")[0]
    below = sum(int(left.replace(",", "")) for left in re.findall(r"… and ([0-9,]+) more below", tree))
    assert below + len(re.findall('<li class="[ad]">', tree)) == 1000
    assert "<tr class=" not in ns_plan_html(document(*steps), limit=0)
