# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small fuzzer that is guided by coverage: an input that reaches a new line is kept, and changed further.

    report = fuzz(target, corpus, [parser.__file__], seconds=3, seed=1)
    assert report.crashes == [], report

``target`` takes bytes and returns; whatever it raises is a crash, and so is an execution that does not come back. What a
target may raise it has to catch itself. ``corpus`` is a folder, each file of which is an input to begin with.
"""

from __future__ import annotations

import contextlib
import random
import re
import signal
import sys
import threading
import time
import traceback
import types
import typing as t
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 5.0  # of the processor: others may be at work on it
_ASLEEP = 10  # times as long for what only waits
LARGEST = 64 * 1024
MOST_CRASHES = 10
_WORD = re.compile(rb"[A-Za-z0-9_.-]+|[^A-Za-z0-9_.-]{1,4}")
_NUMBER = re.compile(rb"[0-9]+")
_NUMBERS = (b"0", b"1", b"-1", b"255", b"65536", b"2147483648", b"9223372036854775807", b"18446744073709551616", b"9" * 40)
_BYTES = (0, 1, 9, 10, 13, 32, 34, 37, 38, 43, 47, 58, 61, 127, 128, 255)


class Hanging(BaseException):
    """The target did not come back. No exception of the ordinary kind, so that a target does not swallow it."""


@dataclass(frozen=True)
class Crash:
    """An input that the target could not stand."""

    data: bytes
    error: str
    place: str

    def __str__(self) -> str:
        return f"{self.data!r}\n{self.error}"


@dataclass
class Report:
    """``lines`` are places such as ``/a/parser.py:17``; ``kept`` counts the inputs that reached something new."""

    executions: int = 0
    kept: int = 0
    lines: set[str] = field(default_factory=set)
    crashes: list[Crash] = field(default_factory=list)

    def __str__(self) -> str:
        found = "\n".join(map(str, self.crashes))
        return f"{self.executions} executions, {self.kept} inputs kept, {len(self.lines)} lines reached\n{found}"


class Tracer:
    """Notes the lines of some files that are reached for the first time. A function that has no new line left is not watched."""

    def __init__(self, files: Sequence[str | Path]) -> None:
        self.files = frozenset(str(file) for file in files)
        self._left: dict[types.CodeType, set[int]] = {}
        self.lines: set[str] = set()

    def __call__(self, frame: types.FrameType, _event: str, _argument: object) -> t.Any:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            lines = {line for _start, _end, line in code.co_lines() if line} if code.co_filename in self.files else set()
            left = self._left[code] = lines - {code.co_firstlineno}
        return self._line if left else None

    def _line(self, frame: types.FrameType, event: str, _argument: object) -> t.Any:
        left = self._left[frame.f_code]
        if event == "line" and frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self.lines.add(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return self._line


class Mutator:
    """Makes inputs from others. Words are cut out of all inputs, so that it speaks the language of the corpus."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._words: list[bytes] = []
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._byte, self._delete, self._repeat, self._insert, self._replace_number, self._replace_word,
            self._noise)

    def learn(self, data: bytes) -> None:
        self._words = sorted({*self._words, *_WORD.findall(data)})

    def mutated(self, data: bytes, other: bytes) -> bytes:
        """A few changes to an input; sometimes it goes on like another one."""
        if self._chance.random() < 0.15:
            data = data[:self._place(data)] + other[self._place(other):]
        for _time in range(1 << self._chance.randrange(4)):
            data = self._chance.choice(self._ways)(data)
        return data[:LARGEST]

    def _place(self, data: bytes) -> int:
        return self._chance.randrange(len(data) + 1)

    def _span(self, data: bytes) -> tuple[int, int]:
        start = self._place(data)
        return start, min(len(data), start + int(self._chance.expovariate(1 / 8)) + 1)

    def _flip(self, data: bytes) -> bytes:
        at = self._place(data)
        return data[:at] + bytes(byte ^ 1 << self._chance.randrange(8) for byte in data[at:at + 1]) + data[at + 1:]

    def _byte(self, data: bytes) -> bytes:
        at = self._place(data)
        return data[:at] + bytes([self._chance.choice(_BYTES)]) + data[at + self._chance.randrange(2):]

    def _delete(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:start] + data[end:]

    def _repeat(self, data: bytes) -> bytes:
        start, end = self._span(data)
        times = self._chance.choice((2, 2, 2, 3, 300))
        return data[:start] + data[start:end] * times + data[end:]

    def _insert(self, data: bytes) -> bytes:
        at = self._place(data)
        return data[:at] + self._chance.choice(self._words or [b""]) + data[at:]

    def _replace_number(self, data: bytes) -> bytes:
        found = list(_NUMBER.finditer(data))
        return self._replaced(data, found, _NUMBERS)

    def _replace_word(self, data: bytes) -> bytes:
        return self._replaced(data, list(_WORD.finditer(data)), self._words)

    def _replaced(self, data: bytes, found: list[re.Match[bytes]], by: Sequence[bytes]) -> bytes:
        if not found or not by:
            return data
        start, end = self._chance.choice(found).span()
        return data[:start] + self._chance.choice(by) + data[end:]

    def _noise(self, data: bytes) -> bytes:
        at = self._place(data)
        return data[:at] + self._chance.randbytes(self._chance.randrange(1, 9)) + data[at:]


def fuzz(target: Callable[[bytes], None], corpus: Path, traced: Sequence[str | Path], seconds: float, seed: int,
         most: int | None = None, grown: Callable[[random.Random], bytes] | None = None) -> Report:
    """Run the target for so long, or ``most`` times; the whole corpus runs first, however long it takes.

    ``grown`` makes inputs out of nothing, such as sentences of a grammar: then most inputs are these, changed or not. Where no
    file is traced, nothing guides it, and it is much quicker.

    The same seed gives the same inputs in the same order; how many there are in so many seconds is the machine's affair.
    """
    chance, tracer, report = random.Random(seed), Tracer(traced), Report()
    mutator, pool = Mutator(chance), []
    begun = time.monotonic()
    for file in sorted(corpus.iterdir()):
        pool.append(file.read_bytes())
        mutator.learn(pool[-1])
        _execute(target, pool[-1], tracer, report)
    if not pool:
        raise ValueError(f"{corpus} holds nothing to begin with")
    while time.monotonic() - begun < seconds and (most is None or report.executions < most):
        data = grown(chance) if grown is not None and chance.random() < 0.7 else _chosen(chance, pool)
        if grown is None or chance.random() < 0.5:
            data = mutator.mutated(data, chance.choice(pool))
        if _execute(target, data, tracer, report):
            pool.append(data)
            report.kept += 1
        if len(report.crashes) >= MOST_CRASHES:
            break
    report.lines = tracer.lines
    return report


def _chosen(chance: random.Random, pool: list[bytes]) -> bytes:
    """What was found lately is changed more often: it is where there may be more."""
    return pool[int(len(pool) * chance.random() ** 0.5)]


def _execute(target: Callable[[bytes], None], data: bytes, tracer: Tracer, report: Report) -> bool:
    """Whether something new was reached without a crash. A crash at a place that is known already is not told again."""
    report.executions += 1
    before, outside = len(tracer.lines), sys.gettrace()
    try:
        with _patience():
            sys.settrace(tracer if tracer.files else outside)
            try:
                target(data)
            finally:
                sys.settrace(outside)
    except (Exception, Hanging) as error:  # noqa: BLE001 - whatever it is, it is a find
        innermost = traceback.extract_tb(error.__traceback__)[-1]
        crash = Crash(data, "".join(traceback.format_exception(error)), f"{innermost.filename}:{innermost.lineno} {type(error)}")
        if crash.place not in {known.place for known in report.crashes}:
            report.crashes.append(crash)
        return False
    return len(tracer.lines) > before


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Breaks off what takes too long, where that is possible: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_long(_number: int, _frame: types.FrameType | None) -> None:
        raise Hanging(f"no end after {PATIENCE_SECONDS} seconds")

    before = {number: signal.signal(number, too_long) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, PATIENCE_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, _ASLEEP * PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
