# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns: examples that a reader can check, and any pattern against a second, slow matcher."""

from __future__ import annotations

import time
import warnings

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.pattern_syntax import Places, literal
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns
from hypothesis import example, given, settings
from hypothesis import strategies as st

PARTS = [
    "a",
    "b",
    "c",
    ".",
    "*",
    "**",
    "?",
    "[ab]",
    "[!a]",
    "[a-c]",
    "[]a]",
    "[!]",
    "[",
    "]",
    "!",
    "^",
    "-",
    "\\",
    "\\",
    "{",
    "#",
    " ",
    "[^b]",
    "[[:alpha:]-]",
    "/",
    "/",
    "/**/",
    "(",
    "$",
]
patterns = st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join)
segments = st.text("abc.-]^![\\*{# \n", min_size=1, max_size=3)
names = st.lists(segments, min_size=1, max_size=4).map("/".join)
keys = st.tuples(names, st.sampled_from(["", "/"])).map(lambda parts: "".join(parts).encode())


@pytest.mark.parametrize(
    ("pattern", "match", "no_match"),
    [
        ("*.html", "index.html d/index.html .html x.html/ x.html/y", "index.htm html index.html5"),
        ("a", "a a/ a/b b/a b/a/c", "ab ba b/ab"),
        ("a/", "a/ a/b b/a/ b/a/c", "a b/a"),
        ("/a", "a a/ a/b", "b/a"),
        ("a/b", "a/b a/b/ a/b/c", "x/a/b a b"),
        ("a/b/", "a/b/ a/b/c", "a/b x/a/b/"),
        ("a/*", "a/b a/b/c", "a a/ b/a/c"),
        ("a/*/", "a/b/ a/b/c", "a a/ a/b"),
        ("*/a", "b/a b/a/c", "a c/b/a"),
        ("**", "a a/ a/b", ""),
        ("/**", "a a/ a/b", ""),
        ("**/", "a/ a/b", "a"),
        ("**/a", "a b/a c/b/a a/x", "ab"),
        ("a/**", "a/b a/b/ a/b/c", "a a/ b/a/c"),
        ("a/**/**", "a/b a/b/c", "a a/"),
        ("a/**/b", "a/b a/x/b a/x/y/b a/b/c", "b a ab a/xb"),
        ("a**b", "ab axb x/ab", "a/b"),
        ("?", "a b/c", "ab"),
        ("a?c", "abc", "a/c ac"),
        ("[ab]", "a b x/a", "c ab"),
        ("[!ab]", "c x/c x", "a b"),
        ("[a-c]x", "ax cx", "dx -x"),
        ("[+-0]", "+ - 0", "a"),
        ("[]a]", "] a", "b"),
        ("[^a]", "^ b", "a"),
        ("[^a-c]x", "dx ^x", "ax"),
        ("[a^]", "^ a", "b"),
        ("[[:digit:]_]", "7 _", "a : ["),
        ("[![:alnum:]]", "- [", "a 7"),
        ("[a\\]-]", "a ] -", "b \\"),
        ("x[]]y", "x]y", "x[]y xy"),
        (r"\[", "[", "a"),
        (r"\[slug\].html", "[slug].html a/[slug].html", "s.html"),
        (r"\*", "*", "a"),
        (r"\#x", "#x", "x"),
        (r"\!x", "!x", "x"),
        (r"\{a\}", "{a}", "a"),
        ("a\\b", "ab", "a\\b"),
        ("[{}]", "{ }", "a"),
        ("[a&&b||c~~d]", "a & | ~ d", "- e"),
        ("a.b", "a.b", "axb"),
        ("a\\*", "a*", "a a\\ a\\b"),
        ("(a|b)+$", "(a|b)+$", "a"),
    ],
)
def test_each_pattern_matches_its_examples_only(pattern: str, match: str, no_match: str) -> None:
    tested = Patterns([pattern])
    assert [key for key in match.split() if not tested.match(key.encode())] == []
    assert [key for key in no_match.split() if tested.match(key.encode())] == []


@pytest.mark.parametrize("pattern", ["", " ", "/", "//", "/ ", "[b-a]", "x[z-a]y/*", "!a", "!a/b", "a\nb", "a\r", "a\0"])
def test_a_pattern_that_nobody_can_mean(pattern: str) -> None:
    with pytest.raises(BadOptions, match="exclude"):
        Patterns([pattern], "exclude")


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("./uploads/", "/uploads/"),
        ("./a/b", "/a/b"),
        ("a//b", "a/b"),
        ("a//", "a/"),
        ("//a", "/a"),
        ("a/./b/", "a/b/"),
        ("a/.", "a/"),
        ("a/../b", "/b"),
        ("./", "**"),
        (".", "**"),
        ("/.", "**"),
        ("*.{png,jpg}", "*.jpg"),
        ("{a,b}/{c,d}.js", "b/d.js"),
    ],
)
def test_what_can_match_nothing_is_refused_with_the_spelling_that_would(pattern: str, spelled: str) -> None:
    with pytest.raises(BadOptions) as refusal:
        Patterns(["*.txt", pattern], "protect")
    assert refusal.value.message.startswith(f"protect: '{pattern}'")
    assert f"'{spelled}'" in refusal.value.hint
    assert Patterns([spelled])


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("..", "takes no part"),
        ("../x", "takes no part"),
        ("**/../x", "takes no part"),
        ("{id}.html", r"written \{"),
        ("a}", r"written \{"),
        ("*.{png", "pattern of its own"),
        ("{a,b,c}{d,e,f}", "pattern of its own"),
        ("[a", r"written \["),
        ("a/[b/", r"written \["),
        ("[]", r"written \["),
        ("[!]", r"written \["),
        ("[[:alpha:]", r"written \["),
        ("[[:letter:]]", "alnum, alpha"),
        ("a\\", r"written \\"),
        ("a\\/", r"written \\"),
        ("# maps", r"'\# maps'"),
        ("!a", r"'\!a'"),
        ("a\nb", "element of its own"),
    ],
)
def test_a_refusal_says_what_to_do(pattern: str, told: str) -> None:
    with pytest.raises(BadOptions) as refusal:
        Patterns([pattern], "include")
    assert told in refusal.value.hint


def test_a_backslash_says_that_an_odd_component_is_meant() -> None:
    assert Patterns([r"\../x"]).match(b"../x")
    assert Patterns([r"a/\./x"]).match(b"a/./x")
    assert Patterns(["a/\\/b"]).match(b"a//b")
    assert not Patterns([r"\../x"]).match(b"x")


@given(st.text("ab./ *?[]{}\\!#-é", min_size=1, max_size=6).map(str.encode))
def test_each_name_can_be_written_as_a_pattern(key: bytes) -> None:
    pattern = literal(key)
    if key.strip(b"/"):
        assert Patterns([pattern], "exclude").match(key)
        assert not Patterns([pattern]).match(b"x/" + key)


@pytest.mark.parametrize(("pattern", "name"), [("a ", b"a"), ("a\\  ", b"a "), (" a", b" a"), ("a\t", b"a\t")])
def test_blanks_at_the_end_count_behind_a_backslash_only(pattern: str, name: bytes) -> None:
    assert Patterns([pattern]).match(name)
    assert not Patterns([pattern]).match(name + b" ")


PLACES = Places(b"/123456/site/new", b"/srv/build")


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("/123456/site/new/uploads/", "'/uploads/'"),
        ("123456/site/new/uploads/", "'/uploads/'"),
        ("/123456/site/new/a/*.txt", "'/a/*.txt'"),
        ("/123456/site/new", "'**'"),
        ("/123456/site/new/", "'**'"),
        ("/123456/site/*/uploads/", "comes below"),
        ("/123456/other/", "comes below"),
        ("123456/x", "comes below"),
        ("/srv/build/drafts/", "'/drafts/'"),
    ],
)
def test_an_absolute_pattern_is_refused_with_its_relative_spelling(pattern: str, spelled: str) -> None:
    with pytest.raises(BadOptions) as refusal:
        Patterns([pattern], "protect", PLACES)
    assert refusal.value.message.startswith(f"protect: '{pattern}'")
    assert spelled in refusal.value.hint


RELATIVE = ["123456/", "123456", "/site/new/a", r"/\123456/a", "/1234567/a", "/srv/a", "srv/build/a", "/2026/a"]


@pytest.mark.parametrize("pattern", RELATIVE)
def test_what_only_looks_absolute_is_not_refused(pattern: str) -> None:
    assert Patterns([pattern], "protect", PLACES)


def test_a_local_place_of_one_component_may_be_there_twice() -> None:
    assert Patterns(["/srv/a"], "exclude", Places(b"/1/a", b"/srv"))


DENSE = st.lists(st.sampled_from(["a", "b", "?", "*", "/", "**/", "/**/", "ab"]), min_size=1, max_size=9).map("".join)


@settings(max_examples=800)
@example("**/a/**/b", b"x/a/b/y/a/c")
@example("**/a*b/**/c", b"a/ab/xaxb/x/c")
@example("*ab*b", b"aab")
@given(DENSE, st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=6).map(lambda parts: "/".join(parts).encode()))
def test_patterns_of_many_wildcards_against_the_slow_matcher(pattern: str, key: bytes) -> None:
    if not naive_patterns.is_broken(pattern):
        assert Patterns([pattern, "never"]).match(key) is naive_patterns.matches(pattern, key)


BUSY = ["*-*-*-*.js", "**/a/**/b/**/c", "**/*a*/**/*b*/**/*c*d", "a*b*c*d*e", "*?*?*?*x", "[!x]*-*[!x]*-*"]


@pytest.mark.parametrize("pattern", BUSY)
def test_no_name_keeps_a_pattern_busy(pattern: str) -> None:
    """Names come from servers, and may be made for the patterns of somebody's playbook."""
    tested = Patterns([pattern, *(f"{number}/{pattern}" for number in range(3))])
    begun = time.monotonic()
    for unit in (b"-", b"a/b/", b"a/", b"abcd", b"ab-", b"a-b/"):
        tested.match(unit * (16_384 // len(unit)))
    assert time.monotonic() - begun < 3


@settings(max_examples=600)
@example("a/*", b"a/")
@example("[!]a]", b"!")
@given(patterns, keys)
def test_any_pattern_against_the_slow_matcher(pattern: str, key: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if naive_patterns.is_broken(pattern):
            with pytest.raises(BadOptions):
                Patterns([pattern])
        else:
            assert Patterns([pattern]).match(key) is naive_patterns.matches(pattern, key)


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3), keys)
def test_any_filter_against_the_slow_matcher(include: list[str], exclude: list[str], key: bytes) -> None:
    include = [pattern for pattern in include if not naive_patterns.is_broken(pattern)]
    exclude = [pattern for pattern in exclude if not naive_patterns.is_broken(pattern)]
    assert Filter(include, exclude).takes(key) is naive_patterns.takes(include, exclude, key)


@given(patterns.filter(lambda pattern: not naive_patterns.is_broken(pattern)), names, names)
def test_a_match_on_a_directory_covers_everything_below(pattern: str, directory: str, below: str) -> None:
    tested = Patterns([pattern])
    if tested.match(directory.encode() + b"/"):
        assert tested.match(f"{directory}/{below}".encode())
        assert tested.match(f"{directory}/{below}/".encode())


def test_names_are_bytes() -> None:
    assert Patterns(["a?"]).match(b"a\xff")
    assert Patterns(["*.txt"]).match(b"\xff\xfe.txt")
    assert Patterns(["\udcff*"]).match(b"\xffx")
    assert not Patterns(["?"]).match(b"\xff\xfe")
    assert Patterns(["?"]).match("é".encode())


def test_no_pattern_matches_nothing_and_filters_nothing() -> None:
    assert not Patterns([])
    assert not Patterns([]).match(b"a")
    assert Filter().everything
    assert Filter().takes(b"a")
    assert not Filter(["a"]).everything
    assert not Filter((), ["a"]).everything


def test_a_directory_is_entered_unless_it_is_excluded() -> None:
    tested = Filter(["*.png"], ["cache/"])
    assert tested.enters(b"d/")
    assert not tested.takes(b"d/")
    assert not tested.enters(b"cache/")
    assert not tested.enters(b"d/cache/")


@pytest.mark.parametrize(
    ("include", "entered", "not_entered"),
    [
        (["/public/"], "public/ public/a/ public/a/b/", "private/ private/public/ publicly/"),
        (["/a/*/c"], "a/ a/b/ a/b/c/ a/b/c/d/", "b/ a/b/d/ a/b/d/c/"),
        (["a/b/*.png", "/c/"], "a/ a/b/ c/ c/d/", "b/ a/c/ d/c/"),
        (["/a/**/b"], "a/ a/x/ a/x/y/", "b/ x/a/"),
        (["/a/**"], "a/ a/x/ a/x/y/", "b/"),
        (["/a/", "*.png"], "a/ b/ b/c/", ""),
        (["**/a/b", "/c/"], "a/ x/ x/y/", ""),
        (["/a[x/y]/b", "/c/"], "ax/ ay/ c/", "a/ a/b/ x/"),
        (["/ab**c/d"], "ab/ x/", ""),
        (["/a/b**/c"], "a/ a/x/ a/x/y/", "b/"),
        (["a/[[:alpha:]/b]x/c"], "a/ a/bx/", "b/ a/2x/"),
        (["a/[]/]x/c"], "a/ a/]x/", "b/ a/x/"),
        ([r"a/\/b"], "a/ a/x/", "b/"),
        ([r"\[a\]/b"], "[a]/", "a/"),
        (["b/ "], "b/ a/ a/b/", ""),
    ],
)
def test_a_directory_is_entered_where_an_include_may_match(include: list[str], entered: str, not_entered: str) -> None:
    tested = Filter(include)
    assert [key for key in entered.split() if not tested.enters(key.encode())] == []
    assert [key for key in not_entered.split() if tested.enters(key.encode())] == []


@given(st.lists(patterns.filter(lambda pattern: not naive_patterns.is_broken(pattern)), max_size=3), names)
def test_every_directory_above_what_takes_part_is_entered(include: list[str], name: str) -> None:
    tested = Filter(include)
    parts = name.encode().split(b"/")
    for key in (name.encode(), name.encode() + b"/"):
        if tested.takes(key):
            assert all(tested.enters(b"/".join(parts[:depth]) + b"/") for depth in range(1, len(parts)))
