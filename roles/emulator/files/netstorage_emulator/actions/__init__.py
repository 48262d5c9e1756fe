# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The thirteen actions and the methods they are called with (docs/usage-api.md#methods)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..call import Call
from ..reply import Reply
from . import delete, dir_, download, du, links, list_, mkdir, mtime, quick_delete, rename, rmdir, stat, upload

READ = frozenset(("GET",))
CHANGE = frozenset(("PUT", "POST"))


@dataclass(frozen=True, slots=True)
class Action:
    """``names_a_file``: the path is the name of a file or symlink to be; ``creates`` is what "on upload" is about."""

    run: Callable[[Call], Reply]
    methods: frozenset[str]
    creates: bool = False
    names_a_file: bool = False


ACTIONS: Mapping[bytes, Action] = {
    b"stat": Action(stat.run, READ),
    b"dir": Action(dir_.run, READ),
    b"list": Action(list_.run, READ),
    b"du": Action(du.run, READ),
    b"download": Action(download.run, frozenset(("GET", "HEAD"))),
    b"upload": Action(upload.run, frozenset(("PUT",)), creates=True, names_a_file=True),
    b"mkdir": Action(mkdir.run, CHANGE, creates=True),
    b"rmdir": Action(rmdir.run, CHANGE),
    b"delete": Action(delete.run, CHANGE),
    b"quick-delete": Action(quick_delete.run, CHANGE),
    b"rename": Action(rename.run, CHANGE),
    b"symlink": Action(links.run, CHANGE, creates=True, names_a_file=True),
    b"mtime": Action(mtime.run, CHANGE),
}
