# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the paths that a task changed to the URLs that caches may hold.

A purge that lacks a URL leaves an old page in caches, unnoticed. So whatever makes the list incomplete is an error, and a shown
name that may stand for two names gives both URLs: one too many does no harm.
"""

from __future__ import annotations

import collections.abc as c
import typing as t

from ...module_utils._model.errors import BadOptions
from ...module_utils._model.paths import is_within, reached, shown
from ...module_utils._model.unescape import readings
from ...module_utils._plan.outcome import LISTED
from ...module_utils._plan.steps import Why
from ...module_utils._purge.delivery import Delivery
from .task_results import Result, mappings, results_of

ENVELOPE = len('{"objects": []}')


class Link(t.NamedTuple):
    """A symlink that was made, flipped or removed, and a place that it leads or led to: each name in all its readings."""

    paths: list[bytes]
    targets: list[bytes]


def one_of(option: str, word: str, words: t.Sequence[str]) -> str:
    """The word, where it is one that the option takes."""
    if word not in words:
        raise BadOptions(f"{option} is {word!r} and takes one of: {', '.join(words)}.")
    return word


def purge_urls(
    value: object, delivery: Delivery, behind: object = None, *, partial: bool = False, skip: bool = False
) -> list[str]:
    """The URLs of all results, each once, in the order of the changes.

    behind    what stands below the targets of links: paths, entries, or results with entries; None to leave links as they are
    partial   whether a list that was cut is taken all the same
    skip      whether what this host does not deliver is left out
    """
    results = list(results_of(value))
    if not partial:
        _refuse_cut(results, behind is not None)
    paths = [name for result in results for path in result.get("changed_paths") or [] for name in readings(str(path))]
    if behind is not None:
        paths += _behind_links(results, behind, partial)
    outside = [path for path in paths if not is_within(path, delivery.base)]
    if outside and not skip:
        hint = "Correct base, or set outside='skip' if another host name delivers it."
        raise BadOptions(f"Not below {shown(delivery.base)}", path=outside[0], hint=hint)
    left_out = set(outside)
    return list(dict.fromkeys(url for path in paths if path not in left_out for url in delivery.urls(path)))


def batches(urls: t.Sequence[str], most_bytes: int) -> list[list[str]]:
    """The URLs in lists that each fit into a request body of so many bytes, as JSON: ``{"objects": [...]}``."""
    found: list[list[str]] = []
    size = 0
    for url in urls:
        needed = len(url) + len('"", ')
        if not found or size + needed > most_bytes:
            found.append([])
            size = ENVELOPE
        found[-1].append(url)
        size += needed
    return found


def _refuse_cut(results: t.Sequence[Result], needs_steps: bool) -> None:
    for result in results:
        paths = result.get("changed_paths") or []
        if result.get("truncated") and len(paths) >= LISTED:
            raise BadOptions(f"More than {LISTED:,} paths changed, and the result lists only so many.", hint=_LISTED + _CUT)
        whole = [path for path in paths if str(path).endswith("/")]
        if whole:
            raise BadOptions(f"Everything below {whole[0]} was deleted, and the result does not list it.", hint=_CUT)
        if needs_steps and (result.get("plan") or {}).get("truncated"):
            raise BadOptions(f"The plan has more than {LISTED:,} steps, and changed links may be among the others.", hint=_CUT)


def _behind_links(results: t.Sequence[Result], behind: object, partial: bool) -> list[bytes]:
    """The paths under which visitors saw, or now see, what stands behind each changed link."""
    covered, visible = _standing(behind, partial)
    found: list[bytes] = []
    for link in _links(results):
        if not any(is_within(path, target) for target in link.targets for path in covered):
            hint = "List what is there (ns_find) and pass it to behind; for a target where nothing is, pass its path."
            where = shown(link.targets[0])
            raise BadOptions(f"behind has nothing about {where}, where a changed link leads", path=link.paths[0], hint=hint)
        for target in link.targets:
            rests = [path[len(target) :] for path in visible if is_within(path, target)]
            found += [path + rest for path in link.paths for rest in rests]
    return found


def _links(results: t.Sequence[Result]) -> t.Iterator[Link]:
    """Two for each that was flipped: to where it leads now, and to where it led; two for one that was renamed."""
    for result in results:
        for step in mappings((result.get("plan") or {}).get("steps")):
            if step.get("why") == Why.OBSTRUCTS.value:
                raise BadOptions(
                    f"It is not known where the link {step.get('path')} led, which obstructed a directory.", hint=_CUT
                )
            ends = [("path", "previous_target"), ("path", "target"), ("source", "target")]
            for place, target in ((step.get(place), step.get(target)) for place, target in ends):
                if place and target:
                    paths = readings(str(place))
                    yield Link(paths, [reached(path, name) for path in paths for name in readings(str(target))])


def _standing(behind: object, partial: bool) -> tuple[list[bytes], list[bytes]]:
    """What is known of, and the files and links among it."""
    covered: list[bytes] = []
    visible: list[bytes] = []
    for item in behind if isinstance(behind, list) else [behind]:
        if isinstance(item, str):
            covered += readings(item.rstrip("/"))
            continue
        if not isinstance(item, c.Mapping) or not ("entries" in item or "path" in item):
            raise BadOptions("behind takes paths, entries, and results of ns_find or ns_info, and was given something else.")
        if item.get("truncated") and not partial:
            raise BadOptions("A listing in behind was cut.", hint="Give ns_find a larger limit, or look into parts of the tree.")
        entries = mappings(item.get("entries")) if "entries" in item else [item]
        for entry in ([item] if "path" in item else []) + entries:
            names = readings(str(entry["path"]))
            covered += names
            visible += names if entry.get("kind") in ("file", "symlink") else []
    return covered, visible


_LISTED = "With the option changed_paths_file, the task writes all of them to a file. "
_CUT = (
    "A purge that is not complete leaves old pages with visitors. Purge by CP code or cache tag, deploy in parts, "
    "or set truncated='allow'."
)
