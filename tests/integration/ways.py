# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way each task of the collection went in a play, held against what the play gives for a reason."""

from __future__ import annotations

import typing as t

OURS = "edgeops.netstorage."
_GIVEN = {
    "its connection is ": ("connection", "delegate_to", "hosts"),
    "become is set": ("become",),
    "async is set": ("async",),
    "environment is set": ("environment",),
    "its Python is ": ("ansible_python_interpreter", "ANSIBLE_PYTHON_INTERPRETER"),
    "keep_remote_files is set": ("ANSIBLE_KEEP_REMOTE_FILES",),
}
"""What a play must have in it, one of these words, for a module to run for that reason."""
_OTHER_PYTHON = "ansible_python_interpreter="


def ways_of(lines: t.Iterable[dict[str, t.Any]]) -> dict[str, list[str | None]]:
    """By the name of a task: for each of its calls why it needed the module, None for one in the task's own process."""
    ways: dict[str, list[str | None]] = {}
    for line in lines:
        if "unusual" in line:
            ways.setdefault(line["task"], []).append(line["unusual"])
    return ways


def prove_ways(lines: t.Sequence[dict[str, t.Any]], options: t.Sequence[str], play: str) -> None:
    """Each task of ours that succeeded went the way that the play asks for.

    A play that is told another Python by its options (``interpreters.by_the_module``) runs modules only. In all others a module
    runs for something unusual only, which stands in the play.

    Args:
        lines: what the callback wrote.
        options: of ansible-playbook.
        play: the texts of the playbook and of all that it is given.
    """
    ways = ways_of(lines)
    for line in lines:
        if line.get("became") != "ok" or not line["action"].startswith(OURS):
            continue
        name = line["task"]
        assert ways.get(name), f"nobody knows which way this task went: {name}"
        for why in ways[name]:
            if any(option.startswith(_OTHER_PYTHON) for option in options):
                assert why, f"it was to go to the module: {name}"
            assert why is None or _is_given(why, play), f"it went to the module: {name}, because {why}"


def _is_given(why: str, play: str) -> bool:
    return any(word in play for reason, words in _GIVEN.items() if why.startswith(reason) for word in words)
