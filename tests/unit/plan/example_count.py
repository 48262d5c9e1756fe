# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many examples a property is tried with: few and always the same ones, or, for a night, many and others each time.

``MORE_EXAMPLES=50 .venv/bin/python -m pytest tests/unit/plan -k properties`` tries fifty times as many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("MORE_EXAMPLES", "1"))


def examples(number: int) -> settings:
    """Settings for a property. A fixture of pytest is made once for all of its examples, and that is meant."""
    return settings(
        max_examples=number * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
