# Copyright (c) edgeops.netstorage contributors
# MIT License (see LICENSES/MIT.txt or https://opensource.org/license/mit)
# SPDX-License-Identifier: MIT

"""An embedded Akamai NetStorage (ObjectStore) for tests; see docs/emulator.md."""

from __future__ import annotations

__version__ = "1.0.0"
