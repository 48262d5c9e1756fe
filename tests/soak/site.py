# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deploy in which everything happens that can happen: what stands on the service at first, the local tree, the play.

Names are relative to the CP code. The site is at ``www/site``; what stands beside it is nobody's to touch.
"""

from __future__ import annotations

import random
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Content, Link

SITE = "www/site/"
LARGE = 3 * 1024 * 1024
Knobs = dict[str, t.Any]
_NO_RENAME: Knobs = {"rename_existing": 409}
_NO_LINK: Knobs = {"symlink_existing": 409}
KNOBS: tuple[Knobs, ...] = ({}, {}, {}, {}, {}, _NO_RENAME, _NO_RENAME, _NO_RENAME, _NO_LINK, {**_NO_LINK, **_NO_RENAME})
"""How the service may take replacements. What it does not replace may be missing for the time of one request."""

HERE: dict[str, t.Any] = {}
MODULE: dict[str, t.Any] = {"environment": {"SOME": "thing"}}
"""Keywords of the ns_sync task: in the task's own process, or as a module, which a variable of its own makes necessary."""

Contents = dict[str, Content]
PAGES = ["pages/*", "/index.html"]


def local_tree() -> Contents:
    """What is to be at ``www/site``."""
    tree: Contents = {f"assets/{n:02}.css": f"the same {n}" for n in range(30)}
    tree |= {f"assets/js/{n:02}.js": f"changed {n}" for n in range(30)}
    tree |= {f"fresh/{n % 4}/deep/{n:02}.txt": f"fresh {n}" for n in range(32)}
    tree |= {f"implicit/{n}.txt": f"implicit {n}" for n in range(8)}
    tree |= {f"large/{n}.bin": random.Random(n).randbytes(LARGE) for n in range(3)}
    tree |= {f"pages/{n:02}.html": f"<h1>page {n}</h1>" for n in range(20)}
    tree |= {f"now/{n}": Link(f"../fresh/{n}") for n in range(4)}
    tree |= {f"turned/{n:02}-file": f"a file at last {n}" for n in range(20)}
    tree |= {f"turned/{n:02}-link": Link(f"{n:02}-file") for n in range(4)}
    tree |= {"manual/page.txt": "was a file", "docs": Link("fresh"), "empty/": DIR, "new/empty/deep/": DIR}
    tree |= {"odd/a b+c%20.txt": "blank", "odd/\u00e4\u00f6\u00fc.txt": "umlauts", "odd/x&y=z;~.txt": "signs"}
    return tree | {"index.html": "<h1>new</h1>", "same-link": Link("fresh"), "robots.txt": "the same"}


def first_tree() -> Contents:
    """What stands there at first, below the CP code."""
    site: Contents = {"": DIR, "assets/": DIR, "assets/js/": DIR, "pages/": DIR, "old/": DIR, "old/deep/": DIR, "docs/": DIR}
    site |= {f"assets/{n:02}.css": f"the same {n}" for n in range(30)}
    site |= {f"assets/js/{n:02}.js": f"of old   {n}"[:9] for n in range(30)}
    site |= {f"implicit/{n}.txt": f"implicit {n}" for n in range(4)}
    site |= {"large/0.bin": "small as yet", "pages/00.html": "<h1>old</h1>", "pages/99.html": "<h1>no more</h1>"}
    site |= {f"now/{n}": Link(f"../old/{n}") for n in range(4)}
    site |= {f"turned/{n:02}-file": Link("../robots.txt") for n in range(20)}
    site |= {f"turned/{n:02}-link": f"a file {n}" for n in range(4)}
    site |= {f"old/{n:02}.txt": f"old {n}" for n in range(16)}
    site |= {f"old/deep/{n:02}.txt": f"old and deep {n}" for n in range(8)}
    site |= {"old/link": Link("deep"), "docs/a.txt": "a", "docs/b.txt": "b", "manual": "a file"}
    site |= {"index.html": "<h1>old</h1>", "same-link": Link("fresh"), "robots.txt": "the same", "uploads/theirs": "protected"}
    beside: Contents = {"": DIR, "current": Link("nowhere"), "settings.json": Link("old.json"), "site.html": "beside"}
    beside |= {"site-2/": DIR, "site-2/a": "beside", "site-2/.a.new-0123456789ab": "of others"}
    beside |= {"spool/": DIR, "spool/x": "beside"}
    return {f"www/{name}": what for name, what in beside.items()} | {f"{SITE}{name}": what for name, what in site.items()}


def build_local_tree(root: Path) -> Path:
    build(root, local_tree())
    return root


def tasks(source: Path, way: t.Mapping[str, t.Any], around: bool = True) -> list[dict[str, t.Any]]:
    """The play. ``around``: with the tasks before and behind the sync, each of which is a module to be started."""
    options = {
        "src": str(source), "path": SITE.rstrip("/"), "delete": True, "max_delete": "100%", "protect": ["uploads/**"],
        "publish_last": PAGES, "parallel": 4, "max_bandwidth": "24M",
    }  # fmt: skip
    site = {"name": "Site", "edgeops.netstorage.ns_sync": options, **way}
    if not around:
        return [site]
    return [
        {"name": "Directory", "edgeops.netstorage.ns_directory": {"path": "www/spool/in"}},
        {"name": "File", "edgeops.netstorage.ns_file": {"path": "www/settings.json", "content": {"season": "winter"}}},
        site,
        {"name": "Link", "edgeops.netstorage.ns_symlink": {"path": "www/current", "target": "site"}},
    ]
