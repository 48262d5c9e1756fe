# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may come otherwise, and why: under a knob of the emulator, or beside a fault of its. Nothing else may.

These tables are all there is. The suites excuse nothing that does not stand here, ``docs/knobs.md`` shows them to people, and
``test_deviations.py`` holds the two together.
"""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Setting

Outcome = t.Any
Row = tuple[str, ...]

READS = frozenset({"stat", "dir", "list", "du", "download"})
REFUSED = "auth_refused"
_FOREIGN = frozenset({"Content-Type", "Server"})


class Client(t.NamedTuple):
    """A call of the client that comes to something else: another value, or the code of an error."""

    settings: tuple[Setting, ...]
    outcomes: dict[str, Outcome]
    why: str


class Untold(t.NamedTuple):
    """Values of the entries of what only reads that are null."""

    settings: tuple[Setting, ...]
    values: frozenset[str]
    why: str


class Gaps(t.NamedTuple):
    """Under all of these settings together, so many objects are missing for the time of one request in a step of the story of
    ``flow/test_knobs.py``, and a note says so for each. Plan, result and tree are the same."""

    settings: frozenset[Setting]
    steps: dict[str, int]
    why: str


class OtherPlan(t.NamedTuple):
    """Under all of these settings together, these steps of the story have another plan. The tree that comes of it is the same."""

    settings: frozenset[Setting]
    steps: frozenset[str]
    why: str


class Excuse(t.NamedTuple):
    """A fault after which a run may be wrong, or less than wanted, without a failure.

    statuses, actions   of the fault; empty for all of them
    is_lie              the service tells what is not so. Otherwise directories may be less explicit than wanted

    A status is excused as the service itself gives it: not in a page, and not under the name of another server.
    """

    kind: str
    statuses: frozenset[int]
    actions: frozenset[str | None]
    is_lie: bool
    why: str

    def fits(self, fault: t.Mapping[str, t.Any]) -> bool:
        return (
            fault["kind"] == self.kind
            and _FOREIGN.isdisjoint(fault.get("headers", ()))
            and (not self.statuses or fault.get("status") in self.statuses)
            and (not self.actions or fault.get("action") in self.actions)
        )


_WRONG, _LESS = "a wrong picture is acted upon", "directories stay implicit"
_NO_RENAME, _NO_LINK = Setting("rename_existing", 409), Setting("symlink_existing", 409)
_NO_LIST = tuple(Setting("list_refused", status) for status in (400, 405, 501))
_RENAMED = {"a name that is taken": 1, "a name that a link has": 1}
_NO_MD5 = Setting("list_md5", "no")
_LISTS = ("list", "list of an empty directory", "list in any order")

CLIENT = (
    Client((_NO_RENAME,), {"rename onto a file": "conflict"}, "The modules rename the old object aside first."),
    Client((_NO_LINK,), {"symlink onto a link": "conflict", "symlink onto a file": "conflict"},
           "The modules rename a new link onto the old one."),
    Client(_NO_LIST, dict.fromkeys(_LISTS, "list_refused"), "The modules walk with dir."),
    Client((Setting("list_order", "per_directory"),), {"list": "listing_disorder"}, "The modules list again, and sort."),
    Client((Setting("list_empty_explicit", 404),), {"list of an empty directory": "not_found"},
           "The modules ask dir, too, before they believe it."),
    Client((Setting("upload_onto_symlink", "write_through"),), {"upload onto a link": "the link stays"},
           "No module uploads onto a link."),
    Client((Setting("upload_onto_symlink", 409),), {"upload onto a link": "conflict"}, "No module uploads onto a link."),
    Client((Setting("follow_links", 404),), {"download through a link": "not_found"}, "No module downloads through a link."),
    Client((Setting("delete_dir_noslash", "as_with_slash"),), {"delete of a directory": None},
           "Modules remove directories with rmdir alone."),
    Client((Setting("mtime_non_files", 404),), {"mtime of a link": "not_found"},
           "Modules set the time of files alone; that of a link comes with its making."),
    Client((Setting("links_in_path", "followed"),), {"stat through a link": [("file", b"one")]},
           "No module writes or deletes behind a link that stands."),
    Client((Setting("stat_root", "implicit"),), {"stat of the root": [("implicit", b"123456")]},
           "A CP code is there, whatever is said of it; nobody can make or remove it."),
    Client((_NO_MD5,), {"md5 of a file": "MD5 None"},
           "A row without an md5 is no proof that a file differs, or that it does not."),
    Client((Setting("path_check", "disallow"), Setting("path_check", "disallow_on_upload")), {"an unusual name": REFUSED},
           "Only with unusual_names: allow is such a name sent at all; the hint of the error names the option."),
)  # fmt: skip

UNTOLD = (
    Untold((_NO_MD5,), frozenset({"md5"}), "A listing is passed on as it is; nothing is asked about each file."),
)  # fmt: skip

GAPS = (
    Gaps(frozenset({_NO_RENAME}), {"changes": 1, "a file for the link": 1, **_RENAMED},
         "What comes to a name that is taken waits, or stands where it was; the old object is moved aside, the new one renamed."),
    Gaps(frozenset({_NO_RENAME, _NO_LINK}),
         {"changes": 2, "another link": 1, "a file for the link": 1, "a link for the file": 1, **_RENAMED},
         "Neither link nor rename replaces anything: the old object is moved aside, the new one made at once."),
)  # fmt: skip

OTHER_PLANS = (
    OtherPlan(frozenset({_NO_MD5, Setting("etag", "none")}), frozenset({"a place that is taken"}),
              "Nothing tells whether the file at the destination is the same, so it is replaced: the source is not deleted on a "
              "guess."),
)  # fmt: skip

EXCUSES = (
    Excuse("status", frozenset({404}), READS | {"delete", "rmdir"}, True,
           "404 is the service's word for nothing there, unless it is a page or comes from another server. (To a later page of a "
           "listing it is an error.)"),
    Excuse("stale", frozenset(), frozenset(), True, "The answer is whole and valid, and was true a moment ago."),
    Excuse("flicker", frozenset(), frozenset(), True, "An object that is in no page is as if it were not there."),
    Excuse("digest", frozenset(), frozenset(), True,
           "A row with another digest is that of another object. (verify: full reads what was sent.)"),
    Excuse("status", frozenset({403}), frozenset({"stat", None}), False,
           "403 above the path is how a restricted account sees the directories above its own; they are left alone."),
)  # fmt: skip


def outcomes_under(setting: Setting) -> dict[str, Outcome]:
    """What the client's calls come to under a setting, where it is something else than by default."""
    return {name: outcome for row in CLIENT if setting in row.settings for name, outcome in row.outcomes.items()}


def untold_under(setting: Setting) -> frozenset[str]:
    """The values that are null under a setting in what only reads."""
    return frozenset().union(*(row.values for row in UNTOLD if setting in row.settings))


def gaps_under(chosen: t.Collection[Setting]) -> t.Mapping[str, int]:
    """Under these settings together: those of the most specific row."""
    rows = [row for row in GAPS if row.settings <= set(chosen)]
    return max(rows, key=lambda row: len(row.settings)).steps if rows else {}


def other_plans_under(chosen: t.Collection[Setting]) -> frozenset[str]:
    """The steps of the story that have another plan."""
    return frozenset(step for row in OTHER_PLANS if row.settings <= set(chosen) for step in row.steps)


def tables() -> dict[str, list[Row]]:
    """As ``docs/knobs.md`` shows them, by the heading above."""
    return {
        "The modules": [
            ("setting", "objects that are missing for the time of one request", "how it goes"),
            *((_spelled(row.settings, " with "), _counted(row.steps), row.why) for row in GAPS),
        ],
        "Where no digest is told": [
            ("setting", "what has another plan", "how it goes"),
            *((_spelled(row.settings, " with "), ", ".join(sorted(row.steps)), row.why) for row in OTHER_PLANS),
        ],
        "The client": [
            ("setting", "what comes otherwise", "why no module minds"),
            *((_spelled(row.settings, ", "), _outcomes(row.outcomes), row.why) for row in CLIENT),
        ],
        "What only reads": [
            ("setting", "what is null", "why"),
            *((_spelled(row.settings, ", "), ", ".join(sorted(row.values)), row.why) for row in UNTOLD),
        ],
        "Faults": [
            ("fault", "what may be, without a failure", "why"),
            *((_fault(row), _WRONG if row.is_lie else _LESS, row.why) for row in EXCUSES),
        ],
    }  # fmt: skip


def markdown(rows: t.Sequence[Row]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def _spelled(settings: t.Iterable[Setting], between: str) -> str:
    return between.join(f"`{setting}`" for setting in sorted(settings, key=str))


def _counted(steps: t.Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in steps.items())


def _outcomes(outcomes: t.Mapping[str, Outcome]) -> str:
    return ", ".join(f"{name}: {_told(outcome)}" for name, outcome in outcomes.items())


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, list):
        return ", ".join(f"{kind} {name.decode()}" for kind, name in outcome)
    return "it is carried out" if outcome is None else f"`{outcome}`" if " " not in outcome else str(outcome)


def _fault(row: Excuse) -> str:
    statuses = "".join(f" {status}" for status in sorted(row.statuses))
    return f"`{row.kind}{statuses}`" + (f" to {', '.join(sorted(filter(None, row.actions)))}" if row.actions else "")
