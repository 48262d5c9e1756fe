# Copyright (c) edgeops.netstorage contributors
# MIT License (see LICENSES/MIT.txt or https://opensource.org/license/mit)
# SPDX-License-Identifier: MIT

"""Fixtures for pytest: an emulator for each test that asks for one (docs/emulator-pytest.md).

``netstorage`` is one emulator for the whole run of a worker, which is as it was at the start before each test.
``netstorage_factory`` starts others, with settings of their own, which end with the test. The package registers this plugin.
"""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # who runs pytest without these fixtures does not wait for what they import
    from .control import Running

    Factory = Callable[..., Running]

USUAL: dict[str, Any] = {"account": "tester", "key": "a-key-for-tests-only", "cp_codes": ["123456"]}


class Kept:
    """The emulator of a run, begun with the first test that asks for it, and once more after a test that ended it."""

    def __init__(self, folder: pathlib.Path, options: dict[str, Any]) -> None:
        self._folder = folder
        self._options = options
        self._running: Running | None = None

    def anew(self) -> Running:
        """As it was at the start."""
        if self._running is None or self._running.process.poll() is not None:
            self.stop()
            self._running = _started(self._folder, self._options)
        else:
            self._running.control.reset()
        return self._running

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()


def _started(folder: pathlib.Path, options: dict[str, Any]) -> Running:
    from .control import start

    return start(folder, **{**USUAL, **options})


@pytest.fixture(scope="session")
def netstorage_options() -> dict[str, Any]:
    """The options of ``netstorage_emulator.control.start`` for all emulators of the run; a conftest.py may have its own."""
    return {}


@pytest.fixture(scope="session")
def _netstorage_kept(tmp_path_factory: pytest.TempPathFactory, netstorage_options: dict[str, Any]) -> Iterator[Kept]:
    kept = Kept(tmp_path_factory.mktemp("netstorage"), netstorage_options)
    try:
        yield kept
    finally:
        kept.stop()


@pytest.fixture
def netstorage(_netstorage_kept: Kept) -> Running:
    """A NetStorage of this test's own: what other tests stored, set or broke is not there."""
    return _netstorage_kept.anew()


@pytest.fixture
def netstorage_factory(tmp_path_factory: pytest.TempPathFactory, netstorage_options: dict[str, Any]) -> Iterator[Factory]:
    """Starts further ones, ``netstorage_factory(knobs={"page_size": 2})``; they end with the test."""
    with contextlib.ExitStack() as running:

        def start(**options: Any) -> Running:
            made = _started(tmp_path_factory.mktemp("netstorage"), {**netstorage_options, **options})
            running.callback(made.stop)
            return made

        yield start
