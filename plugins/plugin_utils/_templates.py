# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the templates of a directory on the controller into a private one, by Ansible's own templating.

As ``ansible.builtin.template`` does it, with the same variables. What a template includes is looked for beside it, at the top of
the directory, and then where that module looks: in ``templates/`` of the role, of the play, and in those folders themselves.
"""

from __future__ import annotations

import os
import re
import traceback
import typing as t

from ansible import template as templating
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes
from jinja2.exceptions import TemplateError

from ..module_utils._ansible.signals import cancelled_by_signals
from ..module_utils._local.overlay import OnlyTemplates, templates_in, twins
from ..module_utils._local.walk import Tree
from ..module_utils._model.errors import BadSource, Stopped
from ..module_utils._model.filters import Filter, Patterns
from ..module_utils._model.paths import decoded, encoded, shown
from ..module_utils._plan.render import shown_text
from ._sources import Loader, opened
from ._vaulted import Variables, secrets_of

# Exceptions of filters, tests and lookups; only some versions of Ansible wrap them in its own errors.
_BROKEN = (
    AnsibleError, TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError,
)  # fmt: skip
_FEW = 5  # lines that may be meant
_LONGEST = 500  # characters of a reason: some versions of Ansible put the whole template into it


class Templar(t.Protocol):
    """What we need of Ansible's; ``do_template`` on 2.18, ``template`` on all others."""

    def copy_with_new_env(self, *, searchpath: list[str], available_variables: dict[str, t.Any]) -> Templar:
        ...

    def do_template(self, data: str, *, preserve_trailing_newlines: bool, escape_backslashes: bool) -> object:
        ...

    def template(self, variable: object, *, escape_backslashes: bool) -> object:
        ...


class Choice(t.NamedTuple):
    """The options of a task that say which files are templates."""

    templates: t.Sequence[str]
    include: t.Sequence[str]
    exclude: t.Sequence[str]
    links: str

    def found_in(self, src: str) -> t.Iterator[tuple[bytes, bytes]]:
        """Each template, and the name of its result. BadSource, BadOptions."""
        patterns = Patterns(self.templates, "templates")
        taken = OnlyTemplates(Filter(self.include, self.exclude), patterns)
        return templates_in(Tree(encoded(src), self.links, taken), patterns)


class Rendering:
    """Renders the templates of ``src``. ``templar`` is that of the task, ``variables`` are the task's."""

    def __init__(self, src: str, templar: Templar, loader: Loader, variables: Variables) -> None:
        self._src, self._templar, self._loader, self._variables = src, templar, loader, variables

    def into(self, folder: str, choice: Choice, watch: bool) -> list[str]:
        """Render everything, or raise BadSource with file and line. With ``watch`` the names are returned whose content came
        out of a vault, which takes the time to decrypt all vaulted variables."""
        names, secrets = [], list(secrets_of(self._variables)) if watch else []
        with cancelled_by_signals() as cancellation:
            for template, name in choice.found_in(self._src):
                if cancellation.reason():
                    raise Stopped(f"Stopped while templates were rendered: {cancellation.reason()}. Nothing was changed")
                content, vaulted = self._rendered(template, name)
                _write(os.path.join(encoded(folder), name), content, template, name)
                if watch and (vaulted or any(encoded(secret) in content for secret in secrets)):
                    names.append(decoded(name))
        return names

    def _rendered(self, template: bytes, name: bytes) -> tuple[bytes, bool]:
        """The content, and whether the template itself came out of a vault."""
        path = os.path.join(self._src, decoded(template))
        with opened(self._loader, path, True) as source, open(encoded(source.path), "rb") as stream:
            data = stream.read()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadSource(f"The template {shown(template)} is not UTF-8") from error
        try:
            return to_bytes(self._template(path, text, name), errors="surrogate_or_strict"), source.vaulted
        except _BROKEN as error:
            raise _broken(error, template, text) from error

    def _template(self, path: str, text: str, name: bytes) -> object:
        made = templating.generate_ansible_template_vars(path, path, decoded(name))
        own = {key: self._variables[key] for key in ("ansible_managed",) if key in self._variables}
        searched = self._templar.copy_with_new_env(
            searchpath=self._searched(path),
            available_variables={**self._variables, **made, **own},
        )
        trust = getattr(templating, "trust_as_template", None)
        if trust is None:  # ansible-core 2.18, whose template() would make values of some texts
            return searched.do_template(text, preserve_trailing_newlines=True, escape_backslashes=False)
        result = searched.template(trust(text), escape_backslashes=False)
        return "" if result is None else result

    def _searched(self, path: str) -> list[str]:
        folders = [os.path.dirname(path), self._src]
        for folder in (*self._variables.get("ansible_search_path", ()), self._loader.get_basedir()):
            folders += [os.path.join(folder, "templates"), folder]
        return folders


def _write(path: bytes, content: bytes, template: bytes, name: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise twins(template, b"another template", name) from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _broken(error: BaseException, template: bytes, text: str) -> BadSource:
    told, place = _located(error)
    reason = shown_text(encoded(str(told).strip().split("\n", maxsplit=1)[0]))[:_LONGEST]
    at = _in_words(*place) if place else _mentions(reason, text)
    return BadSource(f"The template {shown(template)}{at} cannot be rendered: {reason}", hint="Nothing was sent to the service.")


def _located(error: BaseException) -> tuple[BaseException, tuple[str, int] | None]:
    """The error, or the one below it, that was raised within a template; with its file, where it is another one, and line."""
    one: BaseException | None = error
    while one is not None:
        place = None
        for frame, line in traceback.walk_tb(one.__traceback__):
            compiled = frame.f_globals.get("__jinja_template__")
            if compiled is not None:
                place = (compiled.filename or "", compiled.get_corresponding_lineno(line))
            elif "__jinja_exception__" in frame.f_globals:  # a syntax error, from which jinja2 made a frame
                place = (frame.f_code.co_filename, getattr(one, "lineno", None) or 0)
        if place is not None:
            return one, place if place[1] else None
        one = one.__cause__ or one.__context__
    return error, None


def _in_words(file: str, line: int) -> str:
    return f", line {line}" + ("" if file.startswith("<") or not file else f" of {shown(encoded(file))}")


def _mentions(reason: str, text: str) -> str:
    """ansible-core 2.19 and newer do not report the line of an undefined variable: then, the lines where it is mentioned."""
    words = re.findall(r"['\"]([\w.]+)['\"]", reason)
    word = re.compile(rf"\b{re.escape(words[-1].split('.')[-1])}\b") if words else None
    lines = [str(number) for number, line in enumerate(text.split("\n"), 1) if word is not None and word.search(line)]
    return f", line {' or '.join(lines)}" if 0 < len(lines) <= _FEW else ""
