# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at the site of ``make docs``: no page may be wider than a phone; and pictures of three pages, for docs/pictures.

``.venv/bin/python tests/browser/site_pictures.py`` after ``make docs``, with chromium. Then look at the pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.browser.chromium import Browser, browser, program

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / ".cache/docs/html"
PICTURES = ROOT / "docs/pictures"
PHONE, DESKTOP = 390, 1280
# Name, page, width, dark, the heading that it begins at, and how high it is.
SCENES = (
    ("site-guide-light", "getting-started", DESKTOP, False, "", 760),
    ("site-guide-phone-dark", "getting-started", PHONE, True, "check-the-connection", 1000),
    ("site-model-dark", "model", DESKTOP, True, "", 900),
    ("site-model-phone-light", "model", PHONE, False, "directories-come-and-go", 1000),
    ("site-reference-dark", "reference/ns_sync_module", DESKTOP, True, "", 800),
    ("site-reference-phone-light", "reference/ns_sync_module", PHONE, False, "parameters", 1000),
)


def take_pictures(chromium: Browser) -> None:
    for name, place, width, dark, heading, height in SCENES:
        page = chromium.open(HTML / f"{place}.html", width=width, dark=dark)
        top = page.run(f"document.getElementById('{heading}').getBoundingClientRect().top - 16") if heading else 0
        picture = page.picture(top=max(top, 0), height=height)
        (PICTURES / f"{name}.png").write_bytes(picture)
        print(f"docs/pictures/{name}.png: {len(picture)} bytes")


def too_wide(chromium: Browser) -> list[str]:
    """The pages that a phone would have to scroll to the side, and those with an error of a script or a style."""
    found = []
    for file in sorted(HTML.rglob("*.html")):
        page = chromium.open(file, width=PHONE)
        width, complaints = page.run("document.documentElement.scrollWidth"), page.complaints()
        if width > PHONE or complaints:
            found.append(f"{file.relative_to(HTML)}: {width} pixels wide, {complaints}")
    return found


def main() -> int:
    if program() is None:
        print("There is no chromium here.")
        return 1
    with browser() as chromium:
        take_pictures(chromium)
        found = too_wide(chromium)
    print("\n".join(found) or "No page is wider than a phone.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
