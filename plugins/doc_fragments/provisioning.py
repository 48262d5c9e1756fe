# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all modules that ask the Configuration API, and the options of those that wait for propagation."""

from __future__ import annotations


class ModuleDocFragment:
    """The note comes with ``provisioning``, the options with ``provisioning.waiting``."""

    DOCUMENTATION = r"""
attributes:
  stable:
    support: none
    description:
      - Experimental. It is built from Akamai's documents and client sources; nobody has reported a run against a live account
        yet.
      - Until somebody has, its options, results and failure codes are outside of semantic versioning.
notes:
  - The API client needs a grant for C(NetStorage), READ-WRITE, or READ-ONLY where nothing is to be changed. The service allows 50
    requests a minute; a request beyond that waits for as long as it says.
  - C(docs/provisioning.md) of the collection leads from an empty contract to a first deploy, and lists what no document tells.
"""

    WAITING = r"""
options:
  wait:
    description:
      - Whether to wait until the change is known to the network, which takes 60 to 120 minutes. Without it RV(pending) says what
        is not known yet, and a later play may go on.
      - With it a task that has nothing to change waits as well, and so does one whose object cannot be edited yet.
      - For so long a wait C(async) is recommended.
    type: bool
    default: false
  wait_timeout:
    description: The most seconds to wait, 0 to 604,800. Then the task fails with the code C(not_propagated).
    type: float
    default: 10800.0
  wait_interval:
    description: Seconds between two looks, 1 to 3,600. Each is one request.
    type: float
    default: 120.0
"""
