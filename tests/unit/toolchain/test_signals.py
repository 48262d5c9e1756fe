# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stages hear Ctrl-C, and so do the programs that they start, whoever started them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]


def test_ctrl_c_is_heard_where_the_background_of_a_script_ignores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TESTS / "toolchain"))
    import stages

    heard: list[object] = []

    def run(*_given: object) -> int:
        heard.append(signal.getsignal(signal.SIGINT))
        return 0

    monkeypatch.setattr(stages, "run_stages", run)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert stages.main(["lint"]) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert heard == [signal.default_int_handler]
