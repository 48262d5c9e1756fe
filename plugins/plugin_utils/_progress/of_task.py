# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ticker of a task: what Ansible knows of the task decides whether, where and how its progress is shown."""

from __future__ import annotations

import os
import typing as t

from ...module_utils._execute.progress import Progress
from ...module_utils._model.masking import masked
from ...module_utils._model.paths import encoded
from .screen import VARIABLE, Facts, Manner, Screen, ansible_verbosity, manner, setting_of, stdout_callback, watched_columns
from .text import short_path
from .ticker import Named, Ticker

Variables = t.Mapping[str, t.Any]


def ticker_of(
    task: t.Any,  # noqa: ANN401  # Ansible's, which has no types
    variables: Variables,
    template: t.Callable[[t.Any], t.Any],
    secrets: t.Callable[[], t.Iterable[str]],
    progress: Progress | None,
    only_plans: bool = False,
) -> Ticker:
    """
    Args:
        task: Ansible's.
        variables: of the task, not templated.
        template: templates a value.
        secrets: gives what may not be shown.
        progress: of the run; None for a module that runs elsewhere.
        only_plans: the plan is for the call that follows, which shows its progress.
    """
    setting, unknown = setting_of(template(variables.get(VARIABLE)), os.environ)
    facts = Facts(
        setting=setting,
        is_silent=bool(task.no_log) or only_plans,
        is_job=bool(task.async_val),
        columns=watched_columns(),
        callback=stdout_callback(),
        environment=os.environ,
        verbosity=ansible_verbosity(),
        hosts=1 if task.run_once else len(variables.get("ansible_play_batch") or ()),
    )
    screen = Screen(manner(facts))
    known = [] if screen.how is Manner.OFF else list(secrets())
    if unknown and screen.how is not Manner.OFF:
        screen.debug(masked(f"{VARIABLE} is auto, lines or off, and not {unknown}: it is taken for auto", known))
    return Ticker(_named(task, variables, known), screen, progress)


def _named(task: t.Any, variables: Variables, secrets: t.Iterable[str]) -> Named:  # noqa: ANN401
    """The path is masked as a whole, because a part of a secret is not found any more."""
    path = task.args.get("path", task.args.get("dest"))
    text = masked(path, secrets) if isinstance(path, str) else ""
    host = str(variables.get("inventory_hostname", ""))
    return Named(str(task.action).rpartition(".")[2], host, short_path(encoded(text)) if text else "")
