# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule of a host that carries out a share: new files of other hosts are counted, so that memory grows with the share.

The guards see all of them even so: by their counts, and where a guard looks at names, the files that it may refuse are kept.
"""

from __future__ import annotations

from .._model.entries import Entry, Kind
from .._model.filters import Patterns
from .._model.paths import has_control
from .._plan.schedule import Schedule
from .._plan.steps import Amount, Plan, Step
from .share import Share, is_early


class ShareSchedule(Schedule):
    """``refuse`` are the patterns of the guard of that name."""

    def __init__(self, base: bytes, share: Share, refuse: Patterns) -> None:
        super().__init__(base)
        self._share, self._refuse = share, refuse
        self._others = self._bytes = 0

    def add(self, step: Step) -> None:
        new = step.after
        if step.before is None and new is not None and new.kind is Kind.FILE and self._is_for_others(step, new):
            self._others += 1
            self._bytes += new.size or 0
        else:
            super().add(step)

    def counted(self, plan: Plan) -> Plan:
        """The plan that was made with this schedule, with the number of steps that it lacks."""
        return plan._replace(others=Amount(self._others, self._bytes))

    def _is_for_others(self, step: Step, new: Entry) -> bool:
        name = new.name
        if is_early(step.phase) and self._share.owns(name):
            return False
        is_plain = name.isascii() and not has_control(name) and not name.endswith(b".rclonelink")
        return is_plain and not self._refuse.match(name)
