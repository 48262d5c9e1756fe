# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the figures ought to be, as data. Shown beside them and never judged by the exit status: times belong to a machine."""

from __future__ import annotations

import operator
import typing as t

from ansible_collections.edgeops.netstorage.tests.bench.cases import CASES
from ansible_collections.edgeops.netstorage.tests.bench.figures import Report, limit

Reports = t.Mapping[str, Report]


class Figure(t.NamedTuple):
    """Something that can be read off a report; ``of`` gives None where it was not measured."""

    of: t.Callable[[Report, Reports], float | None]

    def __mul__(self, factor: float) -> Figure:  # type: ignore[override]
        return _joined(self, fixed(factor), operator.mul)

    def __add__(self, other: Figure) -> Figure:  # type: ignore[override]
        return _joined(self, other, operator.add)

    def __truediv__(self, other: Figure) -> Figure:
        return _joined(self, other, operator.truediv)


def _joined(left: Figure, right: Figure, operation: t.Callable[[float, float], float]) -> Figure:
    def of(report: Report, reports: Reports) -> float | None:
        first, second = left.of(report, reports), right.of(report, reports)
        return None if first is None or second is None else operation(first, second)

    return Figure(of)


def fixed(value: float) -> Figure:
    return Figure(lambda _report, _reports: value)


def seconds(program: str) -> Figure:
    """The median of the whole process."""
    return Figure(lambda report, _reports: one.median if (one := report.of(program)) else None)


def peak(program: str) -> Figure:
    return Figure(lambda report, _reports: one.peak_mib if (one := report.of(program)) else None)


def start_up(program: str) -> Figure:
    return Figure(lambda report, _reports: one.start_up if (one := report.of(program)) else None)


def waiting(program: str) -> Figure:
    """Requests x latency / connections."""

    def of(report: Report, _reports: Reports) -> float | None:
        one = report.of(program)
        found = limit(report.case, one.runs[-1].admitted) if one else None
        return found.seconds if found else None

    return Figure(of)


def crowd(program: str) -> Figure:
    """Requests x the latency with all connections at work / connections: the time of a client that is never fewer at a time."""

    def of(report: Report, _reports: Reports) -> float | None:
        one = report.of(program)
        return one.runs[-1].admitted * report.case.latency_of_all_ms / 1000 / report.case.connections if one else None

    return Figure(of)


def most(action: str, program: str) -> Figure:
    """Requests of one action in the run that sent the most."""

    def of(report: Report, _reports: Reports) -> float | None:
        one = report.of(program)
        return max(run.requests.get(action, 0) for run in one.runs) if one else None

    return Figure(of)


def in_case(name: str, figure: Figure) -> Figure:
    """The same figure of another case, if that was measured too."""
    return Figure(lambda _report, reports: figure.of(reports[name], reports) if name in reports else None)


BEST = Figure(lambda report, _reports: report.best_peer)
CHANGED = Figure(lambda report, _reports: len(report.case.changed))


class Target(t.NamedTuple):
    """``figure`` ``relation`` ``bound``, in ``unit``."""

    case: str
    what: str
    figure: Figure
    relation: str
    bound: Figure
    unit: str = ""


def _share(case: str, program: str, most_of_best: float) -> Target:
    """A program's time as part of that of rclone's best."""
    return Target(case, f"{program}, of rclone's best", seconds(program) / BEST, "<=", fixed(most_of_best))


def _throughput(case: str, program: str, least: float) -> Target:
    """The same bytes, so the throughputs are as the times turned round."""
    return Target(case, f"{program}: throughput, of rclone's best", BEST / seconds(program), ">=", fixed(least))


def _peak(case: str, most_mib: float) -> Target:
    return Target(case, "module: peak memory", peak("module"), "<=", fixed(most_mib), "MiB")


TARGETS = (
    Target("first-30ms", "module: 1.25 x limit + start-up", seconds("module"), "<=",
           waiting("module") * 1.25 + start_up("module"), "s"),
    _share("first-30ms", "play", 0.15),
    Target("first-64", "module: 1.6 x limit + start-up", seconds("module"), "<=",
           waiting("module") * 1.6 + start_up("module"), "s"),
    _share("first-64", "play", 0.08),
    _share("first-0ms", "play", 0.10),
    Target("noop-30ms", "play: rclone-fast + idle-play + 0.2 s", seconds("play"), "<=",
           seconds("rclone-fast") + seconds("idle-play") + fixed(0.2), "s"),
    Target("noop-100k", "module, of rclone-fast", seconds("module") / seconds("rclone-fast"), "<=", fixed(0.7)),
    _peak("noop-100k", 150),
    Target("noop-1m", "module: 11 x noop-100k", seconds("module"), "<=", in_case("noop-100k", seconds("module")) * 11, "s"),
    _peak("noop-1m", 250),
    _peak("first-1m", 500),
    _share("changed-10k", "play", 0.5),
    Target("changed-10k", "play: uploads are the changed files", most("upload", "play"), "=", CHANGED),
    Target("changed-10k", "module: uploads are the changed files", most("upload", "module"), "=", CHANGED),
    _throughput("one-large", "play", 0.8),
    _throughput("one-large", "module", 0.8),
    _peak("one-large", 60),
    _throughput("many-large", "play", 0.9),
    _throughput("many-large", "module", 0.9),
    _share("deletes", "play", 0.15),
    Target("first-30ms-tls", "module: of first-30ms, without TLS", seconds("module") / in_case("first-30ms", seconds("module")),
           "<=", fixed(1.1)),
    Target("first-64-tls", "module: of first-64, without TLS", seconds("module") / in_case("first-64", seconds("module")), "<=",
           fixed(1.3)),
    _throughput("one-large-tls", "module", 0.8),
    Target("crowded", "module, of all connections at work", seconds("module") / crowd("module"), "<=", fixed(0.8)),
)  # fmt: skip
_RELATIONS: dict[str, t.Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}


class Verdict(t.NamedTuple):
    """``met``: None where something is missing that was not measured."""

    case: str
    what: str
    target: str
    measured: str
    met: bool | None


def verdicts(reports: t.Sequence[Report], targets: t.Sequence[Target] = TARGETS) -> list[Verdict]:
    """One for each target of the cases that were measured as they stand, not with another latency or number of files."""
    known = {report.case.name: report for report in reports if report.case == CASES.get(report.case.name)}
    return [_verdict(target, known) for target in targets if target.case in known]


def _verdict(target: Target, known: Reports) -> Verdict:
    report = known[target.case]
    figure, bound = target.figure.of(report, known), target.bound.of(report, known)
    met = None if figure is None or bound is None else _RELATIONS[target.relation](figure, bound)
    shown = f"{target.relation} {_number(bound, target.unit)}"
    return Verdict(target.case, target.what, shown, _number(figure, target.unit), met)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "?"
    digits = 0 if unit == "MiB" or isinstance(value, int) else 2 if unit else 3
    number = f"{value:.{digits}f}"
    return f"{number} {unit}".rstrip()
