# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan documents for tests of reports, and a page read back by an HTML parser."""

from __future__ import annotations

import re
import typing as t
from html.parser import HTMLParser

Values = dict[str, t.Any]

BASE = "/123456/www"


class Reader(HTMLParser):
    """Tags, attributes and text of a page, and the text of its one script and style."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.own = {"script": "", "style": ""}
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag if tag in self.own else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.own[self._inside] += data
        else:
            self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _tag, attribute, value in self.attributes if attribute == name]


def step(key: str, sign: str = "+", **more: t.Any) -> Values:
    side = {"kind": "file", "size": 5, "md5": "0" * 32}
    sides = {"before": None if sign == "+" else side, "after": None if sign == "-" else side}
    kind = "delete" if sign == "-" else "upload"
    words = {"why": "absent", "detail": "absent, 5 bytes", "phase": "deletes" if sign == "-" else "assets"}
    return {"n": 1, "step": kind, "sign": sign, "key": key, **sides, **words, **more}


def document(*steps: Values, **more: t.Any) -> Values:
    signs = [one["sign"] for one in steps]
    counts = {"creates": signs.count("+"), "changes": signs.count("~"), "deletes": signs.count("-"), "unchanged": 40, "bytes": 5}
    head = {"schema": "edgeops.netstorage/plan/1", "collection": "1.0.0", "made": "2026-11-29T21:30:00Z", "check": True}
    place = {"host": "example-nsu.akamaihd.net", "path": BASE, "policy": {"delete": True}, "revision": ""}
    rest = {"digest": "sha256:" + "ab" * 32, "guard": None, "unknown": [], "notes": [], "texts": [], "images": []}
    return {**head, **place, "steps": list(steps), "summary": counts, **rest, "outcome": None, **more}


def verdict(page: str) -> str:
    found = re.search(r'class="verdict"><strong>(.*?)<', page)
    assert found
    return found.group(1)
