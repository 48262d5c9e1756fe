# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions as data: what an outcome says of is asked, no reply fits two answers, and every knob has its question."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance import conforming, pages
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.questions import QUESTIONS, SCENES
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.scenes import Question, Scene, matching
from netstorage_emulator.knobs import BY_NAME, TABLE

BY_SCENE = {scene.name: scene for scene in SCENES}
OTHERWISE = {"stat_root", "stat_top", "list_refused", "replay", "clock_skew", "clock_window"}
"""Those that are asked without a scene, or are a matter of time or of pages: the contract suite has their settings."""
OTHERWISE |= {name for name, _asked in (*conforming.WRITTEN, *pages.ASKED)}


def asks_of(scene: Scene) -> list[t.Any]:
    return [*scene.make, *scene.before, *scene.act, *scene.look]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_what_an_outcome_says_something_of_is_asked(question: Question) -> None:
    scene = BY_SCENE[question.scene]
    looks = {ask.name for ask in (*scene.act, *scene.look)}
    assert {name for words in question.outcomes.values() for name in words} <= looks


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_replies_fit_two_answers(question: Question) -> None:
    """Of each two answers there is a reply that says something else in one than in the other."""
    for one, other in itertools.combinations(question.outcomes.values(), 2):
        apart = [name for name in set(one) & set(other) if not words(one[name]) & words(other[name])]
        assert apart, (one, other)
    for answer, said in question.outcomes.items():
        assert matching(question, {name: sorted(words(word))[0] for name, word in said.items()}) == [answer]


def words(word: str | tuple[str, ...]) -> set[str]:
    return {word} if isinstance(word, str) else set(word)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_what_is_not_said_fits_no_answer(question: Question) -> None:
    assert matching(question, {}) == []


def test_every_knob_of_the_usage_api_has_its_question() -> None:
    asked = {question.name for question in QUESTIONS if question.is_knob}
    assert asked | OTHERWISE == {knob.name for knob in TABLE}
    assert asked & OTHERWISE == set()


def test_every_answer_is_a_setting_and_every_setting_an_answer() -> None:
    for question in QUESTIONS:
        if question.is_knob:
            assert set(question.outcomes) == set(BY_NAME[question.name].settings), question.name


def test_every_scene_is_of_use_and_every_name_in_it_stands_once() -> None:
    assert {question.scene for question in QUESTIONS} == set(BY_SCENE)
    for scene in SCENES:
        names = [ask.name for ask in asks_of(scene)]
        assert len(set(names)) == len(names), scene.name
        assert all(ask.is_read for ask in (*scene.before, *scene.look)), "what looks changes nothing"
        assert not any(ask.is_read for ask in (*scene.make, *scene.act))


def test_all_scenes_fit_into_one_budget() -> None:
    """With what removes them, the measurements and what only reads."""
    requests = sum(scene.requests for scene in SCENES)
    objects = sum(scene.objects for scene in SCENES)
    assert (requests, objects) == (111, 52)
    assert requests + objects * 5 // 4 + 100 < conforming.MOST


def test_no_path_of_a_scene_leads_out_of_it() -> None:
    paths = [(scene.name, ask.path) for scene in SCENES for ask in asks_of(scene)]
    assert not [one for one in paths if one[1].startswith("..") or one[1].count("..") > one[1].count("/")]
    dotted = {path for _scene, path in paths if ".." in path}
    assert dotted == {"q/../g"}, "which is in the scene, however it is read"
