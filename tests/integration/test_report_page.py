# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of ns_plan_html in a real browser: quiet, self-contained, usable by keyboard, readable in both colour schemes.

Pictures of it are kept in tests/output/report. Without chromium (``apt-get install chromium``) these tests are skipped.
"""

from __future__ import annotations

import json
import re
import typing as t
import warnings
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.filter.ns_plan_html import ns_plan_html
from ansible_collections.edgeops.netstorage.tests.browser.chromium import Browser, Page, browser, program
from ansible_collections.edgeops.netstorage.tests.browser.report_sample import DOCUMENT, REVISION, TITLE

PICTURES = Path(__file__).resolve().parents[1] / "output/report"
SCENES = [(1280, False), (1280, True), (390, False), (390, True)]
# The lowest contrast of a text of the page with the ground that it is seen on, and what that text is. Large texts need less.
CONTRAST = """
(() => {
  const parsed = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parsed(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let lowest = [99, ''], texts = 0;
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || ['SCRIPT', 'STYLE'].includes(element.tagName) || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const [a, b] = [light(parsed(style.color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05) * (size >= 24 ? 1.5 : 1);
    texts += 1;
    if (contrast < lowest[0]) lowest = [contrast, text.slice(0, 60)];
  }
  return [lowest[0], lowest[1], texts];
})()
"""
HOSTILE = "</script><script>console.log('acted')</script><img src=https://evil.example/x onerror=console.log('acted')>"

Values = dict[str, t.Any]


@pytest.fixture(scope="module")
def chromium() -> t.Iterator[Browser]:
    if program() is None:
        reason = "NO CHROMIUM ON THIS MACHINE: nobody has looked at the page of ns_plan_html (apt-get install chromium)"
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    with browser() as started:
        yield started


def sample() -> Values:
    return t.cast(Values, json.loads(DOCUMENT.read_text(encoding="utf-8")))


def refused() -> Values:
    """A result with all that a page may have beside what the sample has."""
    differences = [
        {"path": "/123456/www/index.html", "what": "before_differs", "reviewed": "md5 0cc175b9c0f1", "now": "md5 9d4e1e23bd5b"},
        {"path": "/123456/www/late.html", "what": "not_reviewed", "reviewed": "", "now": "upload"},
    ]
    failure = {"code": "expect_plan", "hint": "Make and review a new plan.", "differences": differences, "differences_total": 7}
    steps = [{"sign": "-", "step": "delete", "path": f"/123456/www/old/{number}", "why": "extraneous"} for number in range(20)]
    counts = {"done": 0, "failed": 1, "left": 19}
    failed = [{"path": "/123456/www/a", "step": "upload", "status": 507, "why": "The storage group is full."}]
    plan = {"summary": {"deletes": 40}, "steps": steps, "truncated": True}
    told = {"failed": True, "msg": "Not the plan that was reviewed.", "failure": failure, "path": "/123456/www"}
    return {**told, "plan": plan, "counts": counts, "failed_paths": failed, "notes": ["A note."], "api_calls": {"list": 3}}


def written(folder: Path, value: t.Any, title: str = TITLE) -> Path:
    file = folder / "page.html"
    file.write_text(ns_plan_html(value, title, revision=REVISION), encoding="utf-8")
    return file


def is_quiet(page: Page) -> bool:
    """No message on the console, no request, and nothing wider than the window."""
    assert page.complaints() == []
    assert page.requests() == []
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    return True


@pytest.mark.parametrize(("width", "dark"), SCENES)
def test_a_page_is_quiet_and_has_contrast_in_every_scene(chromium: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    values = {"sample": sample()} | ({"refused": refused()} if (width < 600) == dark else {})  # once in each colour scheme
    for name, value in values.items():
        page = chromium.open(written(tmp_path, value), width=width, dark=dark)
        (PICTURES / f"{name}-{width}-{'dark' if dark else 'light'}.png").write_bytes(page.picture(quickly=True))
        contrast, text, texts = page.run(CONTRAST)
        assert texts > 50 and contrast >= 4.5, text
        assert is_quiet(page)


def test_the_filter_narrows_the_steps(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.open(written(tmp_path, sample()))
    shown = "Array.from(document.querySelectorAll('#steps tr[class]')).filter((row) => row.checkVisibility()).length"
    total = len(sample()["steps"])
    assert page.run(shown) == total
    page.run("document.getElementById('words').focus()")
    page.write("TIMETABLE pdf")
    assert page.run(shown) == 4
    assert page.run("document.getElementById('shown').textContent") == f"4 of {total} shown"
    assert page.run("Array.from(document.querySelectorAll('#steps tbody')).filter((one) => one.checkVisibility()).length") == 1
    page.press("Escape")
    assert page.run(shown) == total
    page.press("Tab")  # the first button: new
    page.press(" ")
    assert page.run("document.activeElement.getAttribute('aria-pressed')") == "false"
    assert page.run(shown) == total - sample()["summary"]["creates"]
    assert is_quiet(page)


def test_details_open_and_links_lead_by_keyboard(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.open(written(tmp_path, sample()))
    page.press("Tab")
    assert page.run("document.activeElement.textContent") == "Copy"
    page.press("Tab")
    page.press("Enter")
    assert page.run("location.hash") == "#attention"
    page.press("Tab")
    assert page.run("document.activeElement.tagName + document.activeElement.parentElement.open") == "SUMMARYfalse"
    page.press("Enter")
    assert page.run("document.activeElement.parentElement.open") is True
    page.run("document.querySelector('#tree .unfold').click()")
    assert page.run("document.querySelectorAll('#tree details:not([open])').length") == 0
    assert page.run("document.querySelector('#tree .unfold').textContent") == "Close all"
    assert is_quiet(page)


def test_images_are_shown_and_can_be_slid_over_each_other(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.open(written(tmp_path, sample()))
    assert page.run("Array.from(document.images).every((image) => image.complete && image.naturalWidth > 0)")
    page.run("document.querySelector('.pair details').open = true")
    move = "const range = document.querySelector('.slide input'); range.value = 80; range.dispatchEvent(new Event('input'))"
    page.run(f"(() => {{ {move} }})()")
    assert "20%" in page.run("document.querySelector('.swipe').lastChild.style.clipPath")
    assert is_quiet(page)


def test_hostile_names_do_nothing_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    odd = sample()
    odd["steps"][0].update(key=f"/123456/www/{HOSTILE}", why=HOSTILE, detail=HOSTILE, phase=HOSTILE)
    odd["texts"].append({"key": HOSTILE, "before": HOSTILE, "after": HOSTILE + "."})
    svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxzY3JpcHQ+Y29uc29sZS5sb2coMSk8L3NjcmlwdD48L3N2Zz4="
    odd["images"].append({"key": HOSTILE, "before": None, "after": f"data:image/svg+xml;base64,{svg}"})
    page = chromium.open(written(tmp_path, odd, HOSTILE))
    assert HOSTILE in page.run("document.body.innerText")
    assert page.run("document.scripts.length") == 1
    assert is_quiet(page)


@pytest.mark.parametrize("strict", ["", "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"])
def test_a_page_is_complete_without_scripts_and_styles(chromium: Browser, tmp_path: Path, strict: str) -> None:
    """As on a server that forbids what is inline (``strict``), or in a browser without scripts."""
    file = written(tmp_path, sample())
    file.write_text(file.read_text(encoding="utf-8").replace("<head>", f"<head>{strict}"), encoding="utf-8")
    page = chromium.open(file, scripts=bool(strict))
    assert page.run("Array.from(document.querySelectorAll('.js')).every((one) => !one.checkVisibility())")
    text = page.run("document.body.innerText")
    for step in sample()["steps"]:
        assert step["key"].removeprefix("/123456/www/") in text
    assert re.search(r"^-\s+--sea: #0d6f86;$", text, re.M), "lines of a diff are lines"
    assert page.requests() == []
