# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked without writing anything: of roots, of ``list``, of paths and of repeated signatures."""

from __future__ import annotations

import typing as t

from . import words
from .asker import Asker, Unanswered
from .budget import Spent
from .questions import STAT, UTF8
from .rounds import UNLIKE
from .scenes import Ask, Finding, Reply, Tell
from .words import NOTHING

_TRIES = 3
Setting = t.Union[str, int]
_BLIND = "not known: the account may not see the root of the CP code"

_EXPLICIT, _IMPLICIT = "directory with the name of the CP code", "implicit directory with the name of the CP code"
_NAMELESS = "directory with no name"
_ROOTS = {(_EXPLICIT, _EXPLICIT): "explicit", (_IMPLICIT, NOTHING): "implicit", (_NAMELESS, _NAMELESS): "empty_name"}
_LISTS: dict[int, Setting] = {200: "no", 404: "no", 400: 400, 405: 405, 501: 501}
_REPLAYS = {(True, False): "identical", (True, True): "time_and_id", (False, False): "accept"}


class Heard(t.NamedTuple):
    """What the replies to a question tell: its answer, or why there is none, and what was seen."""

    answer: Setting | None
    seen: t.Sequence[str]
    why: str = UNLIKE


def _stat(tells: Tell = words.read_status, path: str = "") -> Ask:
    return Ask("stat", "stat", path, tells, STAT)


def found(asker: Asker, name: str, asked: str, ask: t.Callable[[], Heard], is_knob: bool = True) -> Finding:
    """The answer to a question, which is asked anew as a whole where something of it was not answered.

    Raises:
        Stopped.
    """
    before, why = asker.budget.sent, ""
    for _number in range(_TRIES):
        refused = asker.budget.refuses(4)
        if refused:
            why = why or f"not asked: {refused}"
            break
        try:
            heard = ask()
        except Unanswered as unanswered:
            why = f"not known: not answered ({unanswered})"
            continue
        except Spent as spent:
            why = f"not asked to the end: {spent}"
            break
        said = "" if heard.answer is not None else heard.why
        return Finding(name, asked, is_knob, heard.answer, said, tuple(heard.seen), asker.budget.sent - before)
    return Finding(name, asked, is_knob, None, why, (), asker.budget.sent - before)


class Account:
    """The part of a run that only reads; each method is one question.

    Args:
        asker: asks.
        path: the scratch directory, in which nothing is.
        root: that of its CP code.
    """

    def __init__(self, asker: Asker, path: bytes, root: bytes) -> None:
        self._asker, self._path, self._root = asker, path, root
        self._sees_root = True

    def questions(self) -> list[Finding]:
        """All of them. Raises Stopped."""
        asked = (
            ("stat_root", "the row of the root of a CP code", self._stat_root),
            ("stat_top", "stat of /, above all CP codes", self._stat_top),
            ("list_refused", "whether list works", self._list_refused),
            ("path_check", "//, . and .. in paths, and a slash at the end of a name", self._path_check),
            ("replay", "a request that is repeated", self._replay),
        )
        return [found(self._asker, name, question, ask) for name, question, ask in asked]

    def _stat_root(self) -> Heard:
        """With and without ``implicit=yes``."""
        asks = _stat(words.root_row), _stat(words.root_row)._replace(parameters=STAT[1:])
        replies = [self._asker.ask(ask, self._root) for ask in asks]
        said = tuple(words.root_row(reply, self._root, {}) for reply in replies)
        self._sees_root = replies[0].status != 403
        seen = [f"stat: {said[0]}", f"stat without implicit=yes: {said[1]}"]
        return Heard(_ROOTS.get((said[0], said[1])), seen, UNLIKE if self._sees_root else _BLIND)

    def _stat_top(self) -> Heard:
        """Of an account that does not even see its CP code's root, a 403 says nothing."""
        status = self._asker.ask(_stat(), b"/").status
        if status == 403 and not self._sees_root:
            return Heard(None, ["stat: 403"], _BLIND)
        return Heard(status if status in (403, 404, 200) else None, [f"stat: {status}"])

    def _list_refused(self) -> Heard:
        """Of a directory in which nothing is, it is 404 at least."""
        ask = Ask("list", "list", "/", words.read_status, (*UTF8, ("end", self._path[1:] + b"0")))
        status = self._asker.ask(ask, self._path).status
        return Heard(_LISTS.get(status), [f"list: {status}"])

    def _path_check(self) -> Heard:
        """Where it is not refused to read such a path, only writing tells more."""
        reply = self._asker.ask(_stat(path="//x"), self._path)
        why = "not asked: it is not refused to read such a path, and nothing was written"
        return Heard("disallow" if reply.status == 403 else None, [f"stat of //x: {words.read_status(reply, b'', {})}"], why)

    def _replay(self) -> Heard:
        """A request again, to the letter; then another one with its time and id. The repetitions are of no consequence: they only
        read. At last an ordinary one, since a 403 might have any reason."""
        first = self._asker.sign(_stat(), self._path, STAT)
        self._asker.send(first)
        again = self._until_answered(lambda _number: self._asker.send(first))
        other = self._until_answered(
            lambda number: self._asker.send(self._asker.sign_as(first, self._path + f"/again-{number}".encode(), STAT))
        )
        control = self._asker.ask(_stat(), self._path).status
        seen = [f"the same request again: {again.status}", f"another request with its time and id: {other.status}"]
        return Heard(_REPLAYS.get((again.status == 403, other.status == 403)) if control != 403 else None, seen)

    @staticmethod
    def _until_answered(ask: t.Callable[[int], Reply]) -> Reply:
        """The number is another one each time, so that no request but the one that is meant to is a repetition."""
        for number in range(_TRIES - 1):
            try:
                return ask(number)
            except Unanswered:
                pass
        return ask(_TRIES)
