# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

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
    version_added: 1.0.0
"""
