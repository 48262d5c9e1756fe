# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cancellation for tests: it sleeps as the test says, and is cancelled when the test says so."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation


class FakeCancellation(Cancellation):
    """Does not sleep at all where no ``sleep`` is given. ``reason`` is asked before that of anybody who cancels."""

    def __init__(
        self, sleep: t.Callable[[float], object] = lambda _seconds: None, reason: t.Callable[[], str | None] = lambda: None
    ) -> None:
        super().__init__()
        self._sleep, self._given = sleep, reason

    def reason(self) -> str | None:
        return self._given() or super().reason()

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)
