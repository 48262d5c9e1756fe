# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That a module is experimental, which is a fact of the public surface."""

from __future__ import annotations


class ModuleDocFragment:
    """Without options."""

    DOCUMENTATION = r"""
attributes:
  stable:
    support: none
    description:
      - Experimental. Nobody has reported a run against a live account yet.
      - Until somebody has, its options, results and failure codes are outside of semantic versioning.
"""
