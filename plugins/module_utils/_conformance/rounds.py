# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays the scenes: all are made, then all is done in them, then all is looked at, with a pause between.

A scene in which something was not answered is played anew in another directory, in the next round. So what was found follows from
a scene in which the service has answered everything.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .asker import Asker, Unanswered
from .budget import Spent
from .scenes import Ask, Finding, Question, Reply, Scene, matching
from .words import text_of

ROUNDS = 4
UNLIKE = "answered, and like none of the answers that are thought of"
_LOOKS = 2  # more, where what is seen fits no answer: it may be an old state
_REFRESH = 1.2  # seconds between making and doing: times have no fraction, and one is to be a later one


@dataclasses.dataclass
class Played:
    """One scene in one round.

    said      what each reply says, by the name of its ask
    why       why it came to nothing, empty where it did not
    is_final  whether it would come to the same another time
    """

    scene: Scene
    place: bytes
    replies: dict[str, Reply] = dataclasses.field(default_factory=dict)
    said: dict[str, str] = dataclasses.field(default_factory=dict)
    texts: dict[str, str] = dataclasses.field(default_factory=dict)
    why: str = ""
    is_final: bool = False
    requests: int = 0

    def is_odd(self, question: Question) -> bool:
        """Whether what is seen fits no answer to one of its questions, or several."""
        names = {name for words in question.outcomes.values() for name in words}
        return question.scene == self.scene.name and names <= set(self.said) and len(matching(question, self.said)) != 1

    def seen(self, names: t.Container[str]) -> tuple[str, ...]:
        """What the replies to these said, each in a line."""
        found = []
        for name, word in self.said.items():
            if name in names:
                text = self.texts.get(name, "")
                found.append(f"{name}: {word}" + (f" ({text})" if text and word[:1].isdigit() else ""))
        return tuple(found)


def _found(question: Question, answer: t.Union[str, int, None], why: str, seen: tuple[str, ...], requests: int) -> Finding:
    return Finding(question.name, question.asked, question.is_knob, answer, why, seen, requests)


class Stage:
    """All scenes of a run.

    Args:
        asker: asks.
        work: the directory in which each scene gets its own.
        pause: seconds after which a look meets no old state.
        without: actions that the service refuses, so that they are not asked for.
    """

    def __init__(self, asker: Asker, work: bytes, pause: float, without: t.Container[str]) -> None:
        self._asker, self._work, self._pause, self._without = asker, work, pause, without
        self.played: dict[str, Played] = {}

    def play(self, scenes: t.Sequence[Scene], questions: t.Sequence[Question]) -> None:
        """Play them, again where they came to nothing. What was found is in ``played``, by the name of the scene.

        Raises:
            Stopped.
        """
        left = list(scenes)
        for number in range(ROUNDS):
            left = self._round(left, number, questions) if left else []

    def _round(self, scenes: t.Sequence[Scene], number: int, questions: t.Sequence[Question]) -> list[Scene]:
        """Those that have to be played again."""
        begun: list[Played] = []
        for scene in scenes:
            begun.append(self._begun(scene, number, [one.scene for one in begun if not one.why]))
        for played in begun:
            self._ask_all(played, played.scene.make)
        self._rest(max(self._pause, _REFRESH), begun)
        for played in begun:
            self._ask_all(played, (*played.scene.before, *played.scene.act))
        self._rest(self._pause, begun)
        for played in begun:
            self._ask_all(played, played.scene.look)
        self._look_again(begun, questions)
        return [played.scene for played in begun if played.why and not played.is_final]

    def _begun(self, scene: Scene, number: int, others: t.Sequence[Scene]) -> Played:
        """A scene that is about to be played together with others; or is not, where that would be too much."""
        name = scene.name if not number else f"{scene.name}-{number + 1}"
        before = self.played.get(scene.name)
        played = Played(scene, self._work + b"/" + name.encode(), requests=before.requests if before else 0)
        asked = [scene, *others]
        refused = self._asker.budget.refuses(sum(one.requests for one in asked), sum(one.objects for one in asked))
        if refused:
            played.why, played.is_final = before.why if before else f"not asked: {refused}", True
        self.played[scene.name] = played
        return played

    def _rest(self, seconds: float, begun: t.Sequence[Played]) -> None:
        if any(not played.why for played in begun):
            self._asker.sleep(seconds)

    def _ask_all(self, played: Played, asks: t.Sequence[Ask]) -> None:
        for ask in asks:
            if played.why:
                return
            if ask.action in self._without or (ask.resumes is not None and played.replies[ask.resumes[0]].resume is None):
                continue
            self._ask(played, ask)
            if not played.why and ask in played.scene.make and not played.replies[ask.name].is_done:
                played.why = f"not known: {ask.name} was answered with {played.replies[ask.name].status}"
                played.is_final = True

    def _ask(self, played: Played, ask: Ask) -> None:
        before = self._asker.budget.sent
        try:
            reply = self._asker.ask(ask, played.place, played.replies)
        except Unanswered as unanswered:
            played.why = f"not known: {ask.name} was not answered ({unanswered})"
            return
        except Spent as spent:
            played.why, played.is_final = f"not asked to the end: {spent}", True
            return
        finally:
            played.requests += self._asker.budget.sent - before
        played.replies[ask.name] = reply
        played.said[ask.name] = "not awaited" if ask.leaves else ask.tells(reply, played.place, played.replies)
        played.texts[ask.name] = text_of(reply.body) if not ask.is_read else ""

    def finding(self, question: Question) -> Finding:
        """What became of a question."""
        if question.needs in self._without and question.needs:
            return _found(question, None, f"not asked: the service refuses {question.needs}", (), 0)
        played = self.played[question.scene]
        names = {name for words in question.outcomes.values() for name in words}
        seen = played.seen(names)
        if played.why:
            return _found(question, None, played.why, (), played.requests)
        found = matching(question, played.said)
        if len(found) == 1:
            return _found(question, found[0], "", seen, played.requests)
        return _found(question, None, UNLIKE, seen, played.requests)

    def _look_again(self, begun: t.Sequence[Played], questions: t.Sequence[Question]) -> None:
        """At the scenes of which a question has no answer: longer after what was done an old state is seen no more."""
        for number in range(_LOOKS):
            odd = [played for played in begun if not played.why and any(map(played.is_odd, questions))]
            if not odd:
                return
            self._rest(self._pause * (number + 2), odd)
            for played in odd:
                if not self._asker.budget.refuses(len(played.scene.look)):
                    self._ask_all(played, played.scene.look)
