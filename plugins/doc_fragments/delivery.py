# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say which URLs the paths of NetStorage have."""

from __future__ import annotations


class ModuleDocFragment:
    """A module extends C(edgeops.netstorage.delivery)."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - The host name that visitors ask, such as C(www.example.com), with or without a scheme and a directory;
        C(https://www.example.com/shop). For a file of paths, and required with it.
    type: str
  base:
    description:
      - The directory of NetStorage that O(url) shows, with the CP code; C(/123456/www). For a file of paths, and required
        with it.
    type: str
  index:
    description: Names that are also delivered as their directory. Of C(/123456/www/news/index.html) this adds C(/news/).
    type: list
    elements: str
    default: [index.html]
  outside:
    description: What becomes of a changed path that does not lie below O(base). V(fail) is an error, V(skip) leaves it out.
    type: str
    choices: [fail, skip]
    default: fail
"""
