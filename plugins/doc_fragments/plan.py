# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several of the modules with a plan share."""

from __future__ import annotations


class ModuleDocFragment:
    """A group of options each; a module extends C(edgeops.netstorage.plan.<group>)."""

    CHANGED_PATHS = r"""
options:
  changed_paths_file:
    description:
      - A file that gets the complete list of changed paths, however many there are; one a line, absolute and percent-encoded. In
        check mode, what would change. RV(changed_paths) says what is in it.
      - It is written where the module runs, into a directory that exists and is no part of what is sent. Only its owner may
        read it.
      - Each run replaces it as a whole. Before the first change it gets all that the plan would change, so that it is not too
        short if the task is killed; at the end, what changed. A run that changes nothing leaves an empty list.
    type: path
"""

    PENDING_PATH = r"""
options:
  pending_path:
    description:
      - A directory on NetStorage for lists of changed paths that wait for a purge, such as C(www.purge); relative to O(root), or
        absolute with the CP code. So what is to be purged outlives the machine that deploys, and any other can make up for it.
      - Before its first change a run stores C(<run>.planned.gz) there, with all that the plan would change, and at its end
        C(<run>.deployed.gz) in place of it, with what changed. A list that cannot be stored fails the task; the first one before
        anything is changed.
      - They have one path a line, absolute and percent-encoded, for O(edgeops.netstorage.ns_purge#module:changed_paths_file).
        Whoever has purged one removes it.
      - The directory is for nothing else. It may lie below the directory of a sync, which then leaves it alone. Nothing is
        stored in check mode, or where nothing is to be purged.
    type: str
"""

    PARALLEL = r"""
options:
  parallel:
    description: How many requests run side by side, 1 to 256.
    type: int
    default: 16
  on_error:
    description:
      - V(continue) still tries the others of its phase when a file or link fails, V(stop) starts nothing more.
      - Whatever is chosen, the task fails and no later phase starts. Nothing is deleted after a failure to send, fetch or rename,
        and no directory is removed after any. The result names what is RV(done), RV(failed_paths) and RV(left), and the next
        run does only what is left.
    type: str
    choices: [continue, stop]
    default: continue
"""

    TREES = r"""
options:
  exclude:
    description: Entries that match take no part, on both sides; so an excluded file of the destination is never deleted.
    type: list
    elements: str
    default: []
  protect:
    description: What matches and is there is neither changed nor deleted. It is counted, and no failure.
    type: list
    elements: str
    default: []
  max_delete:
    description:
      - The most that may be deleted, as a count or as a percentage of the objects in the destination. A percentage judges from
        20 objects up. More fails before the first change.
    type: str
    default: 50 %
  max_replace:
    description: The most that may be overwritten, as a count or a percentage. No cap by default.
    type: str
  allow_empty_source:
    description: Whether a source without any file may empty the destination with O(delete=true).
    type: bool
    default: false
  adopt:
    description:
      - Whether the destination may hold content that has nothing in common with the source. What an interrupted run has left
        does not count.
    type: bool
    default: false
"""

    FILES = r"""
options:
  remote_src:
    description: Whether O(src) lies where the module runs.
    type: bool
    default: false
  compare:
    description:
      - What decides whether a file differs. V(checksum) compares size and MD5.
      - V(size_mtime) trusts size and modification time, and looks at the MD5 only where the time differs.
      - V(size) trusts the size alone.
      - Where the service lists no MD5, the one in the file's ETag counts. Where that has none, a file with the time that it was
        sent with counts as the same, and a warning says so; what has another time is read back.
    type: str
    choices: [checksum, size_mtime, size]
    default: checksum
  mtime:
    description:
      - The modification time to send; V(preserve) that of the source, V(now) the time of the run, or seconds since the epoch.
        The latest is 253402300799, the end of the year 9999.
      - V(preserve) and V(now) are sent with uploads and are never by themselves a reason to change. A number is part of the
        wanted state, and the time of a file that differs is corrected.
    type: str
    default: preserve
"""
