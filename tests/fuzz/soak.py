# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that reads what strangers send, for minutes: the collection's reader of responses beside http.client, its parser of
answers, and the emulator's of requests. And patterns beside git."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import random
import time
import typing as t
from pathlib import Path

import netstorage_emulator
import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests import in_memory_emulator
from ansible_collections.edgeops.netstorage.tests.fuzz import answers, differential, gitignore, response_grammar
from ansible_collections.edgeops.netstorage.tests.fuzz.guided import Report, fuzz
from ansible_collections.edgeops.netstorage.tests.soak.rows import Failure, Progress, Row

SECONDS = 150.0  # of one run at full scale
RUNS = 2  # of each parser
_SHORTEST = 2.0


class Fuzzed(t.NamedTuple):
    """One run; crashes as texts."""

    parser: str
    seed: int
    executions: int
    lines: int
    crashes: list[str]


def _fuzzed(parser: str, seed: int, report: Report) -> Fuzzed:
    return Fuzzed(parser, seed, report.executions, len(report.lines), [str(crash) for crash in report.crashes])


def of_answers(seed: int, seconds: float) -> Fuzzed:
    return _fuzzed("answers", seed, fuzz(answers.target, answers.CORPUS, answers.TRACED, seconds, seed))


def of_responses(seed: int, seconds: float) -> Fuzzed:
    """Guided for the first half; the second half takes twenty times as many inputs, because nothing watches what they reach."""
    half, grown = seconds / 2, response_grammar.response
    report = fuzz(differential.target, answers.CORPUS, differential.TRACED, half, seed, grown=grown)
    blind = fuzz(differential.target, answers.CORPUS, (), half, seed, grown=grown)
    report.executions += blind.executions
    report.crashes += blind.crashes
    return _fuzzed("responses", seed, report)


def of_requests(seed: int, seconds: float) -> Fuzzed:
    traced = sorted(Path(netstorage_emulator.__file__).parent.rglob("*.py"))
    with pytest.MonkeyPatch.context() as patched, contextlib.closing(in_memory_emulator.Emulator(patched, None)) as emulator:
        return _fuzzed("requests", seed, fuzz(emulator.take, in_memory_emulator.CORPUS, traced, seconds, seed))


def of_patterns(seed: int, seconds: float) -> Fuzzed:
    """Pairs of a pattern and a path are the executions."""
    chance, pairs, crashes = random.Random(seed), 0, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for case, _git, otherwise in gitignore.compared(chance.randrange(2**32), gitignore.AT_ONCE):
            pairs += len(case.keys)
            crashes += [otherwise] if otherwise else []
    return Fuzzed("patterns", seed, pairs, 0, crashes)


def stage(seed: int, scale: float, progress: Progress) -> Row:
    begun, seconds = time.monotonic(), max(_SHORTEST, SECONDS * scale)
    seeds = range(seed, seed + (RUNS if scale else 1))
    done: list[Fuzzed] = []
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count() or 2, context) as pool:
        runs = [pool.submit(of, one, seconds) for one in seeds for of in (of_responses, of_answers, of_requests, of_patterns)]
        for run in concurrent.futures.as_completed(runs):
            done.append(run.result())
            progress(f"{sum(one.executions for one in done):,} executions, {sum(len(one.crashes) for one in done)} crashes")
    failures = tuple(Failure(one.seed, f"{one.parser}: {crash}") for one in done for crash in one.crashes)
    names = ("responses", "answers", "requests", "patterns")
    spread = "; ".join(_figures(name, [one for one in done if one.parser == name]) for name in names)
    survived = sum(not one.crashes for one in done)
    executions = sum(one.executions for one in done)
    what = "any bytes for the reader of responses, beside http.client, the parsers of answers and requests; patterns beside git"
    return Row("fuzz", what, len(done), executions, survived, failures, time.monotonic() - begun, spread)


def _figures(parser: str, done: t.Sequence[Fuzzed]) -> str:
    lines = max(one.lines for one in done)
    reached = f", {lines} lines reached" if lines else ""
    return f"{parser}: {sum(one.executions for one in done):,} executions{reached}"
