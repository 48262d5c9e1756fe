# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The APIs beside the Usage API, at a port of their own and signed with EdgeGrid.

Fast Purge (CCU v3) is in ``purges.py``, and the Configuration API in ``storage/``, whose docstring lists paths and knobs.
"""
