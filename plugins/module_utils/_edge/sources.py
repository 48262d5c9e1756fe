# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task expects of edges, however it is given: as often as it is asked for, and only what the sample takes."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._model.errors import BadOptions
from .._model.paths import is_within, shown
from .._purge.delivery import Delivery, delivery_of
from .._purge.objects import checked_url
from .deployed_plan import Deployed, opened
from .expectations import Expectation, expected, is_page, served
from .sample import Sample
from .verify_options import VerifyOptions

_KEPT = 1000
_OUTSIDE = "Correct base, or set outside: skip if another host name delivers it."


@dataclasses.dataclass(frozen=True)
class Expected:
    """
    sample  how many are looked at, and how many not
    read    gives those that are
    notes   what cannot be looked at at all
    """

    sample: Sample
    read: t.Callable[[], t.Iterator[Expectation]]
    notes: t.Sequence[str] = ()


@contextlib.contextmanager
def opened_expectations(options: VerifyOptions) -> t.Iterator[Expected]:
    """What the options say, completely checked.

    Raises:
        BadOptions: a URL or a digest that is none, or a path that no URL is known of.
        BadSource: the plan document cannot be read.
    """
    if options.plan_file is None:
        listed = served(options.urls) if options.urls is not None else expected(options.expect or ())
        entries = sum(one.is_entry for one in listed)
        sample = Sample(entries, len(listed) - entries, options.sample)
        yield Expected(sample, _reading(sample, lambda: listed))
        return
    delivery = delivery_of(options.url or "", options.base or "", options.index)
    with opened(options.plan_file) as plan:

        def read(paths: t.Iterable[Deployed]) -> t.Iterator[Expectation]:
            return _of_paths(paths, delivery, options.outside == "skip")

        counts = {True: 0, False: 0}
        for one in read(plan.checked()):
            counts[one.is_entry] += 1
        sample = Sample(counts[True], counts[False], options.sample)
        yield Expected(sample, _reading(sample, lambda: read(plan.read())), plan.notes)


def _reading(sample: Sample, read: t.Callable[[], t.Iterable[Expectation]]) -> t.Callable[[], t.Iterator[Expectation]]:
    """A few are kept, so that a long plan is not read for each round of looks; many are read again."""

    def sampled() -> t.Iterator[Expectation]:
        sample.again()
        return (one for one in read() if sample.takes(one.is_entry))

    if sample.count > _KEPT:
        return sampled
    kept = list(sampled())
    return lambda: iter(kept)


def _of_paths(paths: t.Iterable[Deployed], delivery: Delivery, skip: bool) -> t.Iterator[Expectation]:
    for one in paths:
        if not is_within(one.path, delivery.base):
            if skip:
                continue
            raise BadOptions(f"plan_file: not below {shown(delivery.base)}", path=one.path, hint=_OUTSIDE)
        for url in delivery.urls(one.path):
            is_entry = one.is_entry or (is_page(url) and not one.is_absent)
            yield Expectation(checked_url(url, "plan_file"), one.md5, one.sha256, one.size, one.is_absent, is_entry=is_entry)
