# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make report-sample`` writes: the reports of the plan document in docs/examples, and their pictures for docs/reports.md.

The reports are the same bytes on every machine, which a test holds. The pictures need chromium, and are left as they are without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.markdown import plan_markdown
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page import plan_html
from ansible_collections.edgeops.netstorage.tests.browser.chromium import Browser, browser, program

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/examples/plan.json"
PICTURES = ROOT / "docs/pictures"
TITLE = "Winter timetable for www.example.com"
REVISION = "4f1c2d9"
PAGE = ROOT / "docs/examples/plan.html"
# Name, width, dark, where it begins (the id of a part), and how high it is.
SCENES = (
    ("report-light", 1280, False, "", 1100),
    ("report-dark", 1280, True, "texts", 1000),
    ("report-images", 1280, False, "images", 760),
    ("report-phone-light", 390, False, "", 1150),
    ("report-phone-dark", 390, True, "tree", 1150),
)


def reports() -> dict[Path, str]:
    """The files, with what belongs into them."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    page = plan_html(document, title=TITLE, revision=REVISION)
    return {PAGE: page, PAGE.with_suffix(".md"): plan_markdown(document, title=TITLE, limit=20)}


def take_pictures(chromium: Browser) -> None:
    for name, width, dark, part, height in SCENES:
        page = chromium.open(PAGE, width=width, dark=dark)
        top = page.run(f"document.getElementById('{part}').getBoundingClientRect().top - 16") if part else 0
        picture = page.picture(top=max(top, 0), height=height)
        (PICTURES / f"{name}.png").write_bytes(picture)
        print(f"docs/pictures/{name}.png: {len(picture)} bytes")


def main() -> int:
    for file, text in reports().items():
        file.write_text(text, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(text.encode())} bytes")
    if program() is None:
        print("There is no chromium here: the pictures are left as they are.")
        return 0
    PICTURES.mkdir(exist_ok=True)
    with browser() as chromium:
        take_pictures(chromium)
    return 0


if __name__ == "__main__":
    sys.exit(main())
