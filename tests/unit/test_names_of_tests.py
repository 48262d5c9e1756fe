# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name of a test says what holds, and names one test of its suite: it is what a failure shows, and what ``-k`` chooses by.

Two suites may hold the same promise under one name.
"""

from __future__ import annotations

import ast
import collections
import functools
import pathlib
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]["testpaths"]
FEWEST_WORDS = 3


@functools.cache
def names(suite: str) -> list[str]:
    """Of all tests of a suite, those of classes too."""
    nodes = [
        node
        for file in sorted((ROOT / suite).rglob("test_*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return [node.name for node in nodes if node.name.startswith("test_")]


@pytest.mark.parametrize("suite", SUITES)
def test_a_name_of_a_test_has_three_words_or_more(suite: str) -> None:
    assert names(suite)
    assert [name for name in names(suite) if len(name.removeprefix("test_").split("_")) < FEWEST_WORDS] == []


@pytest.mark.parametrize("suite", SUITES)
def test_a_name_of_a_test_stands_once_in_its_suite(suite: str) -> None:
    assert [name for name, count in collections.Counter(names(suite)).items() if count > 1] == []
