# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document of a plan: what is written is what is read, and whatever was edited, cut or made by another program is refused."""

from __future__ import annotations

import json
import os
import pathlib
import random
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Counts, Phase, Plan, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.document import COLLECTION, write_document
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.reviewed_plan import ReviewedPlan
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.step_record import Subject, digest_of, record_of

BASE = b"/123456/www"
POLICY = {"delete": True, "mtime": "preserve", "exclude": ["caf\u00e9", "\udcff"]}
SUBJECT = Subject("example-nsu.akamaihd.net", BASE, POLICY)
NAMES = [b"a", b"a\xff", b"\xe2\x80\xa8line", b"\\x0a", b"\n", b'"quoted"', b"</script>", b"d/e/f"]
NAMES += ["caf\u00e9".encode(), b"\xf0\x9f\x8c\x8a"]


def random_step(chance: random.Random, number: int) -> Step:
    name = chance.choice(NAMES) + b"%d" % number
    md5 = f"{chance.getrandbits(128):032x}"
    file = Entry(name, Kind.FILE, chance.randrange(2**40), md5, chance.randrange(2**33))
    directory = Entry(name, Kind.DIRECTORY)
    link = Entry(name, Kind.SYMLINK, target=chance.choice(NAMES))
    return chance.choice([
        Step(StepKind.UPLOAD, BASE, None, file, Why.ABSENT, Phase.ASSETS),
        Step(StepKind.UPLOAD, BASE, file._replace(md5=None), file, Why.SIZE, Phase.ENTRY_POINTS),
        Step(StepKind.SYMLINK, BASE, None, link, Why.ABSENT, Phase.LINKS),
        Step(StepKind.REPLACE, BASE, link, file, Why.TYPE, Phase.LINKS),
        Step(StepKind.DELETE, BASE, file, None, Why.EXTRANEOUS, Phase.DELETES),
        Step(StepKind.RMDIR, BASE, directory, None, Why.EXTRANEOUS, Phase.DELETES),
        Step(StepKind.MKDIR, b"", directory._replace(implicit=True), directory, Why.IMPLICIT, Phase.DIRECTORIES),
        Step(StepKind.MTIME, BASE, file, file._replace(mtime=5, md5=None), Why.MTIME, Phase.ASSETS),
    ])  # fmt: skip


def random_plan(seed: int) -> Plan:
    chance = random.Random(seed)
    steps = [random_step(chance, number) for number in range(chance.randrange(12))]
    return Plan(BASE, steps, Counts(), pins=chance.randbytes(48 * len(steps)))


def written(path: pathlib.Path, plan: Plan, **tail: t.Any) -> None:
    given: dict[str, t.Any] = {"summary": plan.summary(), "digest": digest_of(plan, SUBJECT), "guard": None, **tail}
    head = {"collection": COLLECTION, "made": "2026-11-30T12:00:00Z", "check": True}
    write_document(os.fsencode(path), head, SUBJECT, plan, given, "the-secret").close()


def read(path: pathlib.Path) -> ReviewedPlan:
    return ReviewedPlan(os.fsencode(path), lambda _name: False)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_written_is_what_is_read(tmp_path: pathlib.Path, seed: int) -> None:
    plan, path = random_plan(seed), tmp_path / "plan.json"
    written(path, plan)
    document = json.loads(path.read_bytes())
    assert len(path.read_bytes().splitlines()) == len(document["steps"]) + len(document) + 1
    reviewed = read(path)
    assert list(reviewed.records()) == [record_of(step) for step in plan.pinned_steps()]
    assert (reviewed.digest, reviewed.made) == (digest_of(plan, SUBJECT), 1_796_040_000)
    assert reviewed.subject == SUBJECT._replace(policy=json.loads(json.dumps(POLICY)))
    assert [reviewed.find(step.key) for step in plan.steps] == list(range(len(plan.steps)))
    assert reviewed.find(b"/elsewhere") is None
    reviewed.close()


@pytest.mark.parametrize("indent", [None, 2])
def test_a_reformatted_document_is_read_as_well(tmp_path: pathlib.Path, indent: int | None) -> None:
    plan, path = random_plan(7), tmp_path / "plan.json"
    written(path, plan)
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=indent, sort_keys=True))
    reviewed = read(path)
    assert list(reviewed.records()) == [record_of(step) for step in plan.pinned_steps()]
    reviewed.close()


def test_members_that_are_not_known_are_ignored(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan.json"
    written(path, random_plan(7), later={"a": 1})
    document = json.loads(path.read_bytes())
    document["steps"][0]["later"] = document["later"] = {"a": [1]}
    path.write_text(json.dumps(document))
    read(path).close()


def edit_steps(change: t.Callable[[list[dict[str, t.Any]]], object]) -> t.Callable[[dict[str, t.Any]], object]:
    return lambda document: change(document["steps"])


EDITS: dict[str, t.Callable[[dict[str, t.Any]], object]] = {
    "a step less": edit_steps(lambda steps: steps.pop()),
    "a step twice": edit_steps(lambda steps: steps.append(steps[0])),
    "two steps exchanged": edit_steps(list.reverse),
    "another key": edit_steps(lambda steps: steps[0].update(key="/123456/other")),
    "another digest of content": edit_steps(lambda steps: steps[0]["after"].update(sha256="0" * 64)),
    "another size": edit_steps(lambda steps: steps[0]["after"].update(size=1)),
    "another kind": edit_steps(lambda steps: steps[0].update(step="delete")),
    "a kind that is none": edit_steps(lambda steps: steps[0].update(step="explode")),
    "no reason": edit_steps(lambda steps: steps[0].pop("why")),
    "a side that is a list": edit_steps(lambda steps: steps[0].update(after=[])),
    "a size that is a text": edit_steps(lambda steps: steps[0]["after"].update(size="5")),
    "bytes that the text does not show": edit_steps(lambda steps: steps[0].update(key_b64="L2V2aWw=")),
    "bytes that are no base64": edit_steps(lambda steps: steps[0].update(key_b64="?")),
    "another path": lambda document: document.update(path="/1/x"),
    "another host": lambda document: document.update(host="other"),
    "another policy": lambda document: document["policy"].update(delete=False),
    "another digest": lambda document: document.update(digest="sha256:" + "0" * 64),
    "no digest": lambda document: document.pop("digest"),
    "no schema": lambda document: document.pop("schema"),
    "another schema": lambda document: document.update(schema="edgeops.netstorage/drift/1"),
    "a later schema": lambda document: document.update(schema="edgeops.netstorage/plan/2"),
    "a time that is none": lambda document: document.update(made="yesterday"),
    "no steps": lambda document: document.pop("steps"),
    "steps that are a text": lambda document: document.update(steps="none"),
}


@pytest.mark.parametrize("reformatted", [False, True])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_document_is_refused(tmp_path: pathlib.Path, edit: str, reformatted: bool) -> None:
    path = tmp_path / "plan.json"
    file = Entry(b"a", Kind.FILE, 5, "0" * 32)
    steps = [Step(StepKind.UPLOAD, BASE, None, file._replace(name=name), Why.ABSENT, Phase.ASSETS) for name in (b"a", b"b")]
    written(path, Plan(BASE, steps, Counts(), pins=bytes(range(96))))
    document = json.loads(path.read_bytes())
    EDITS[edit](document)
    path.write_text(json.dumps(document) if reformatted else framed(document))
    with pytest.raises(BadSource, match="expect_plan"):
        read(path)


def framed(document: dict[str, t.Any]) -> str:
    """In the form in which it is written."""
    if not isinstance(document.get("steps"), list):
        return json.dumps(document)
    ahead = [name for name in document if name in ("schema", "collection", "made", "check", "host", "path", "policy")]
    lines = ",\n ".join(f"{json.dumps(name)}: {json.dumps(document[name])}" for name in ahead)
    steps = ",\n".join(json.dumps(step) for step in document["steps"])
    rest = ",\n ".join(f"{json.dumps(name)}: {json.dumps(document[name])}" for name in document if name not in (*ahead, "steps"))
    return "{" + lines + ',\n "steps": [\n' + steps + "\n ],\n " + rest + "}\n"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_document_that_was_cut_is_refused(tmp_path: pathlib.Path, share: float) -> None:
    path = tmp_path / "plan.json"
    written(path, random_plan(3))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadSource, match="plan document"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"\xff\xfe", b'"text"', b"[" * 5000, b"{}", b"-1"])
def test_what_is_no_document_is_refused(tmp_path: pathlib.Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(BadSource, match="is no plan document"):
        read(path)


@pytest.mark.parametrize("kind", ["missing", "directory", "fifo"])
def test_a_path_that_is_no_file_is_refused(tmp_path: pathlib.Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(BadSource, match=kind):
        read(path)


def test_the_document_names_the_version_of_the_collection() -> None:
    galaxy = yaml.safe_load((pathlib.Path(__file__).parents[3] / "galaxy.yml").read_text())
    assert galaxy["version"] == COLLECTION
