# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of docs/assumptions.md: of each open question what is known, what the emulator assumes, what comes of it if that is
wrong, and what a conformance run takes to find out. ``python -m …assumptions`` prints it; ``test_assumptions.py`` holds the page
to it.
"""

from __future__ import annotations

import sys

from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.questions import QUESTIONS, SCENES
from ansible_collections.edgeops.netstorage.tests.bench.table import markdown
from ansible_collections.edgeops.netstorage.tests.contract.deviations import CLIENT, GAPS, OTHER_PLANS, UNTOLD
from netstorage_emulator.knobs import TABLE

HEADINGS = ("knob", "what is known", "assumed", "if it is otherwise", "found with")

KNOWN: dict[str, str] = {
    "path_check": "D: they are legal. W: `//` was refused twice. Of `.`, `..` nothing ([paths](usage-api.md#paths-and-names))",
    "success_status": "D: 204. W: 200 in all recordings ([responses](usage-api.md#responses))",
    "verify_failure": "D: it fails. Of the status nothing ([upload](usage-api.md#upload))",
    "rmdir_nonempty": "D, W: it is refused, with a text. Of the status nothing ([rmdir](usage-api.md#rmdir))",
    "rename_existing": "nothing ([rename](usage-api.md#rename))",
    "symlink_existing": "nothing ([symlink](usage-api.md#symlink))",
    "delete_nonempty_dir": "D: one page allows it, another one does not ([delete](usage-api.md#delete))",
    "delete_dir_noslash": "I ([delete](usage-api.md#delete))",
    "follow_links": "nothing ([download](usage-api.md#download))",
    "mtime_non_files": "C: one kit says that it is for files ([mtime](usage-api.md#mtime))",
    "mkdir_existing": "C: 200. Of the mtime nothing ([mkdir](usage-api.md#mkdir))",
    "replay": "D: an id must not repeat within a second. Of what follows nothing ([authentication](usage-api.md#authentication))",
    "dir_same_name": "D against D ([dir](usage-api.md#dir))",
    "dir_resume": "D: the name ([paging](usage-api.md#paging))",
    "page_size": "C: rclone never pages `dir`. Of `list` nothing ([paging](usage-api.md#paging))",
    "max_page": "D: a page may be cut anywhere ([list](usage-api.md#list))",
    "stat_root": "C: rclone relies on 200. Of the row nothing ([stat](usage-api.md#stat))",
    "stat_top": "C: one kit relies on 200 ([stat](usage-api.md#stat))",
    "quick_delete": "D: off unless it was enabled, and takes some ten minutes ([quick-delete](usage-api.md#quick-delete))",
    "propagation": "D: usually less than a second ([consistency](usage-api.md#consistency))",
    "list_order": "I: by the bytes of the key, as documented for `dir` ([list](usage-api.md#list))",
    "links_in_path": "nothing ([symlink](usage-api.md#symlink))",
    "upload_onto_symlink": "nothing ([symlink](usage-api.md#symlink))",
    "conditional_upload": "D: one phrase about 412 ([upload](usage-api.md#upload))",
    "list_refused": "W: it works. W: one account was refused ([list](usage-api.md#list))",
    "list_md5": "D, W: they have one ([list](usage-api.md#list))",
    "list_empty_explicit": "D: 404. W: its row ([list](usage-api.md#list))",
    "rmdir_lag": "D: one replica judges ([rmdir](usage-api.md#rmdir))",
    "zip_index": "D: in a comment. Of large archives nothing ([upload](usage-api.md#upload))",
    "etag": "W: MD5, time and fraction ([download](usage-api.md#download))",
    "dir_implicit_mtime": "D: they have one ([dir](usage-api.md#dir))",
    "clock_skew": "a matter of two clocks ([authentication](usage-api.md#authentication))",
    "clock_window": "D: 60 seconds ([authentication](usage-api.md#authentication))",
}
"""With the marks of docs/usage-api.md#evidence."""

ALONE: dict[str, int] = {
    "stat_root": 2, "stat_top": 1, "list_refused": 1, "replay": 4, "propagation": 10, "rmdir_lag": 4, "quick_delete": 2,
    "page_size": 4, "max_page": 4,
}  # fmt: skip
"""Requests of a question that has no scene, under the defaults."""

_OTHERWISE: dict[str, str] = {
    "success_status": "the status of all changes of a run; none of its own",
    "clock_skew": "the `Date` of all responses; up to 14 of its own",
    "clock_window": "4, or up to 24 where it is not a minute",
    "max_page": "4, those of `page_size`; not if it is longer than what a run makes",
    "page_size": "4; not if it is longer than what a run makes, so not the default",
    "propagation": "10, and more where there is something to measure",
    "rmdir_lag": "4, and more where there is something to measure",
    "quick_delete": "2, and more where it is on; not if it takes longer than 20 seconds",
}

_BESIDE = {"propagation": "[a run right after another one sees an old state](knobs.md#the-modules)"}
"""What comes of the nature of a service, and is no exception."""


def rows() -> list[tuple[str, ...]]:
    """A row for each knob."""
    names = [(knob.name, knob.default) for knob in TABLE]
    return [(f"`{name}`", KNOWN[name], f"`{default}`", otherwise(name), found_with(name)) for name, default in names]


def otherwise(knob: str) -> str:
    """What comes of it for the collection, and where that is described."""
    places = {
        "an object is missing for the time of one request": ("the-modules", GAPS),
        "another plan, where neither rows nor an ETag tell a digest": ("where-no-digest-is-told", OTHER_PLANS),
        "a value is null": ("what-only-reads", UNTOLD),
        "another response to the client": ("the-client", CLIENT),
    }
    told = [
        f"[{what}](knobs.md#{anchor})"
        for what, (anchor, table) in places.items()
        if any(setting.knob == knob for row in table for setting in row.settings)
    ]
    return ", ".join(told) or _BESIDE.get(knob, "nothing changes")


def found_with(knob: str) -> str:
    """How many requests tell."""
    if knob in _OTHERWISE:
        return _OTHERWISE[knob]
    scene = next((question.scene for question in QUESTIONS if question.name == knob), None)
    if scene is None:
        return str(ALONE[knob])
    requests = next(one.requests for one in SCENES if one.name == scene)
    others = sum(question.scene == scene and question.is_knob for question in QUESTIONS) - 1
    return f"{requests}, which {others} other knobs share" if others else str(requests)


def table() -> str:
    return markdown([HEADINGS, *rows()], texts=len(HEADINGS))


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
