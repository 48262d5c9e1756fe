# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An embedded Akamai NetStorage (ObjectStore) for tests; see docs/emulator.md."""

from __future__ import annotations

__version__ = "1.0.0"
