# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the parameters of a module or a lookup to its options. Only options that are converted are named here."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._local.zip_archive import Members
from .._model.errors import BadOptions
from .._plan.render import DiffLimit
from .._tasks.options import DescribedSource, is_option, is_shared

Params = t.Mapping[str, t.Any]
Read = t.TypeVar("Read")


def read(declared: type[Read], params: Params) -> Read:
    """The options of a class out of ``_tasks/options.py``. Raises BadOptions.

    Args:
        params: by name; what an action plugin passes has an underscore before its name. An option that is not among them has its
            default, one that is None is None.
    """
    values: dict[str, t.Any] = {}
    for field in dataclasses.fields(declared):  # type: ignore[arg-type]  # they are dataclasses
        name = field.name
        if name in _READERS:
            values[name] = _READERS[name](params)
        elif is_shared(field):
            values[name] = read(_hints(declared)[name], params)  # type: ignore[arg-type]  # classes are hashable
        elif is_option(field) and name in params:
            values[name] = params[name]
        elif not is_option(field) and params.get(f"_{name}") is not None:
            values[name] = params[f"_{name}"]
    return declared(**values)


@functools.cache
def _hints(declared: type) -> dict[str, t.Any]:
    """Slow, and the same for each item of a loop."""
    return t.get_type_hints(declared)


def read_source(params: Params) -> str | DescribedSource | None:
    """The source that the action plugin passed, or ``src`` where the module runs."""
    described, file = params.get("_described"), params.get("_file")
    if described:
        return DescribedSource(
            size=int(described["size"]),
            md5=described["md5"],
            sha256=described["sha256"],
            mtime=int(described["mtime"]),
            is_text=bool(described["is_text"]),
            shipped=file,
            members=Members(*described["members"]) if described.get("members") else None,
        )
    given = [name for name in ("content", "content_b64") if params[name] is not None]
    if given or (params["src"] is not None and not params["remote_src"] and not file):
        raise BadOptions(
            f"{' and '.join(given) or 'src'} came to the module itself, without its action plugin on the controller",
            hint="Call ns_file by its full name, edgeops.netstorage.ns_file, or give a src with remote_src: true.",
        )
    source: str | None = file or params["src"]
    return source


def read_mode(params: Params) -> int | None:
    """A text is octal, with or without a leading zero; a number is what YAML made of ``0644``."""
    given = params["mode"]
    text = str(given)
    if given is None:
        return None
    mode = given if isinstance(given, int) and not isinstance(given, bool) else None
    if mode is None and 0 < len(text) <= 5 and not set(text) - set("01234567"):
        mode = int(text, 8)
    if mode is None or not 0 <= mode <= 0o777:
        raise BadOptions(f"mode: {given!r} is not a file mode", hint="Write it in quotes, such as '0644'.")
    return mode


def read_mtime(params: Params) -> str | int:
    """preserve, now, or seconds since the epoch."""
    text: str = params["mtime"]
    if text in ("preserve", "now"):
        return text
    if not text.isdecimal():
        raise BadOptions(f"mtime: {text!r} is neither preserve, nor now, nor seconds since the epoch")
    return int(text)


def read_diff_limit(params: Params) -> DiffLimit:
    limit = DiffLimit(**(params.get("diff_limit") or {}))
    if limit.files < 0 or limit.lines < 1:
        hint = "files: 0 and lines: 1 are the least."
        raise BadOptions(f"diff_limit: {limit._asdict()} has a number that is too small", hint=hint)
    return limit


_READERS: dict[str, t.Callable[[Params], t.Any]] = {
    "diff_limit": read_diff_limit,
    "source": read_source,
    "mode": read_mode,
    "mtime": read_mtime,
}
