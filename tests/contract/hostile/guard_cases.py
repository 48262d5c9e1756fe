# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong places and wrong sources: for each guard of the design a task that it refuses, and the damage that it holds off."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.remote_steps import RemoteSteps
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan import guards
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks import sync
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.directory import DirectoryTask

LFS_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 12345\n"
Tree = t.Mapping[str, t.Optional[str]]
Options = t.Mapping[str, t.Any]


def nothing(*_arguments: object, **_options: object) -> None:
    """What stands in the place of a guard that is switched off."""


def onto_the_link(runner: RemoteSteps, step: t.Any) -> None:
    """How a file replaces a link where nobody thinks of it."""
    content = runner.source.content(step)
    runner.client.upload(step.path, content, None)


def beside_the_link(task: t.Any, client: t.Any, stats: t.Any, ordered: bool) -> t.Any:
    """How a directory is removed where nobody thinks of one."""
    return task._doomed(client, task.named(task.found(stats).directory), ordered)


@dataclasses.dataclass(frozen=True)
class Case:
    """One task, refused and not.

    code    the word of the failure; empty where the task works and only leaves alone what it must not touch
    there   what stands on the service, by whole key; ``here`` is the source of ns_sync. Content, None for a directory, ``->``
    task    options of the module (``sync`` unless ``module`` is another)
    off     other options, with which the guard lets it pass, or with what a tool without the guard would make of them
    patch   or the guard itself: object, name, and what takes its place
    damage  what then differs on the service: ``-`` is gone, ``~`` is another, ``+`` is there for all to see
    """

    name: str
    code: str
    there: Tree
    here: Tree
    task: Options
    damage: t.Sequence[str]
    off: Options = dataclasses.field(default_factory=dict)
    patch: tuple[object, str, object] | None = None
    module: str = "sync"
    knobs: Options = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


SITE = {"/123456/www/site/index.html": "live", "/123456/www/site/app.js": "live"}
RELEASES = {"/123456/www/1/index.html": "live", "/123456/www/2/index.html": "older", "/123456/www/current": "-> 1"}
OTHERS = {"/654321/shop/cart.html": "somebody else's", "/654321/shop/pay.js": "somebody else's"}
MANY = {f"/123456/www/site/{number}.ts": "live" for number in range(40)}
NEW = {"index.html": "new"}
PLAIN: Options = {"path": "www/site", "delete": True}
WHOLE_ROOT = ["- /123456/www/site/app.js", "+ /123456/index.html"]
FOLLOWED = {"links_in_path": "followed"}

EMPTY_VARIABLES = [
    Case("a release that is an empty variable", "adopt", RELEASES, NEW,
         {"path": "www/", "delete": True, "adopt": False},
         ["- /123456/www/1/index.html", "- /123456/www/current"], off={"adopt": True}),
    Case("a path that is an empty variable", "bad_options", SITE, NEW, {"path": "", "delete": True},
         WHOLE_ROOT, off={"path": "/123456", "allow_root": True}),
    Case("a folder in the middle that is an empty variable", "bad_options", SITE, NEW, {"path": "www//site", "delete": True},
         ["- /123456/www/site/app.js"], off={"path": "www/site"}),
    Case("a path that climbs", "bad_options", SITE, NEW, {"path": "other/../www/site", "delete": True},
         ["- /123456/www/site/app.js"], off={"path": "www/site"}),
    Case("a base that is an empty variable", "bad_options", SITE, NEW, {"path": "/www/site", "delete": True},
         ["- /123456/www/site/app.js"], off={"path": "www/site"}),
    Case("a root that is an empty variable", "bad_options", SITE, NEW, {**PLAIN, "root": ""},
         ["- /123456/www/site/app.js"], off={"root": "/123456"}),
    Case("a file whose name is an empty variable", "bad_options", {"/123456/www/site": "a file"}, {},
         {"path": "www/site/", "state": "absent"}, ["- /123456/www/site"], off={"path": "www/site"}, module="file"),
    Case("a directory whose name is an empty variable", "bad_options", SITE, {},
         {"path": "www/", "state": "absent", "recurse": True}, ["- /123456/www/site/app.js"],
         off={"path": "www"}, module="directory"),
]  # fmt: skip

WRONG_PLACES = [
    Case("a whole CP code", "allow_root", SITE, NEW, {"path": "/123456", "delete": True}, WHOLE_ROOT, off={"allow_root": True}),
    Case("the CP code of somebody else", "bad_options", OTHERS, NEW, {"path": "/654321/shop", "delete": True},
         ["- /654321/shop/pay.js"], off={"root": None}),
    Case("a place beside the root with its beginning", "bad_options", {"/123456/www2/app.js": "theirs"}, NEW,
         {"path": "/123456/www2", "root": "/123456/www", "delete": True}, ["- /123456/www2/app.js"], off={"root": "/123456"}),
    Case("a wrong CP code, where both are open", "adopt", OTHERS, NEW,
         {"path": "/654321/shop", "root": None, "delete": True, "adopt": False}, ["- /654321/shop/pay.js"], off={"adopt": True}),
    Case("content of somebody else, without delete", "adopt", OTHERS, NEW,
         {"path": "/654321/shop", "root": None, "adopt": False}, ["+ /654321/shop/index.html"], off={"adopt": True}),
    Case("a link into the live release", "link_in_the_way", RELEASES, NEW, {"path": "www/current"},
         ["~ /123456/www/1/index.html"], patch=(Planner, "ancestor", nothing), knobs=FOLLOWED),
    Case("a link on the way", "link_in_the_way", RELEASES, {"a.css": "new"}, {"path": "www/current/css"},
         ["+ /123456/www/1/css/a.css"], patch=(Planner, "ancestor", nothing), knobs=FOLLOWED),
    Case("a link inside", "link_in_the_way", RELEASES, {"current/index.html": "new"}, {"path": "www", "directories": "leave"},
         ["~ /123456/www/1/index.html"], patch=(Planner, "_way_there", nothing), knobs=FOLLOWED),
    Case("a link where a file is wanted", "", {"/123456/www/a": "-> b", "/123456/www/b": "live"}, {"a": "new", "b": "live"},
         {"path": "www"}, ["~ /123456/www/b"], patch=(RemoteSteps, "_replace", onto_the_link),
         knobs={"upload_onto_symlink": "write_through"}),
    Case("a directory beside a link of its name", "link_in_the_way",
         {**RELEASES, "/123456/www/current/": None, "/123456/www/current/left.html": "x"}, {},
         {"path": "www/current", "state": "absent", "recurse": True}, ["- /123456/www/current/left.html"],
         patch=(DirectoryTask, "have", beside_the_link),
         module="directory"),
]  # fmt: skip

WRONG_SOURCES = [
    Case("an empty source", "empty_source", SITE, {}, PLAIN, ["- /123456/www/site/index.html"], off={"allow_empty_source": True}),
    Case("a source that the filters leave empty", "empty_source", SITE, {"a.txt": "x"}, {**PLAIN, "exclude": ["*.txt"]},
         ["- /123456/www/site/index.html"], off={"allow_empty_source": True}),
    Case("too many deletes", "max_delete", MANY, {"1.ts": "live"}, {**PLAIN, "max_delete": "50 %"},
         ["- /123456/www/site/2.ts"], off={"max_delete": None}),
    Case("too many changes", "max_replace", MANY, {f"{number}.ts": "new" for number in range(40)},
         {"path": "www/site", "max_replace": "10"}, ["~ /123456/www/site/2.ts"], off={"max_replace": None}),
    Case("what must never change", "immutable", SITE, {"app.js": "new"}, {"path": "www/site", "immutable": ["*.js"]},
         ["~ /123456/www/site/app.js"], off={"immutable": []}),
    Case("a repository", "refuse", SITE, {**NEW, ".git/config": "password"}, {"path": "www/site"},
         ["+ /123456/www/site/.git/config"], off={"refuse": []}),
    Case("an encrypted file", "refuse", SITE, {**NEW, "a.yml": "$ANSIBLE_VAULT;1.1;AES256\n"}, {"path": "www/site"},
         ["+ /123456/www/site/a.yml"], patch=(sync.SyncTask, "inspect", nothing)),
    Case("a private key", "refuse", SITE, {**NEW, "a.txt": "-----BEGIN RSA PRIVATE KEY-----\n"}, {"path": "www/site"},
         ["+ /123456/www/site/a.txt"], patch=(sync.SyncTask, "inspect", nothing)),
    Case("a pointer of Git LFS", "refuse", SITE, {**NEW, "a.mp4": LFS_POINTER}, {"path": "www/site"},
         ["+ /123456/www/site/a.mp4"], off={"refuse": []}),
]  # fmt: skip

WRONG_NAMES = [
    Case("a name that macOS has respelled", "look_alikes", {"/123456/www/site/caf\u00e9.html": "live", **SITE},
         {**NEW, "app.js": "live", "cafe\u0301.html": "live"}, PLAIN, ["- /123456/www/site/caf\u00e9.html"],
         patch=(guards, "_guard_spelling", nothing)),
    Case("one name in two spellings", "look_alikes", SITE, {**NEW, "caf\u00e9": "a", "cafe\u0301": "b"}, {"path": "www/site"},
         ["+ /123456/www/site/cafe\u0301", "+ /123456/www/site/caf\u00e9"], off={"unusual_names": "allow"}),
    Case("a link that rclone wrote as a file", "rclonelink", SITE, {**NEW, "a.rclonelink": "b"}, {"path": "www/site"},
         ["+ /123456/www/site/a.rclonelink"], patch=(guards, "_guard_spelling", nothing)),
    Case("a name that others would take for a live one", "",
         {**SITE, "/123456/www/site//index.html": "never seen by anybody"}, {"index.html": "live", "app.js": "live"}, PLAIN,
         ["- /123456/www/site/index.html"], off={"unusual_names": "allow"}, knobs={"path_check": "canonical"}),
    Case("such a name in a directory that goes", "unusual_names", {**SITE, "/123456/www/old/..//site/index.html": "odd"}, {},
         {"path": "www/old", "state": "absent", "recurse": True}, ["- /123456/www/old/..//site/index.html"],
         off={"unusual_names": "allow"}, module="directory"),
]  # fmt: skip

SINGLE_ENTRIES = [
    Case("a directory with content", "not_empty", {"/123456/www/": None, **SITE}, {}, {"path": "www/site", "state": "absent"},
         ["- /123456/www/site/index.html"], off={"recurse": True}, module="directory"),
    Case("a file where a link is wanted", "exists", {"/123456/current": "a file of its own"}, {},
         {"path": "current", "target": "www/site"}, ["~ /123456/current"], off={"replace": "file"}, module="symlink"),
    Case("a file that is to be no link any more", "exists", {"/123456/current": "a file of its own"}, {},
         {"path": "current", "state": "absent"}, ["- /123456/current"],
         off={"module": "file"}, module="symlink"),
    Case("a link to nothing", "dangling", SITE, {}, {"path": "current", "target": "www/none", "allow_dangling": False},
         ["+ /123456/current"], off={"allow_dangling": True}, module="symlink"),
    Case("a file that is there already", "exists", SITE, {},
         {"path": "www/site/app.js", "on_existing": "fail"}, ["~ /123456/www/site/app.js"], off={"on_existing": "replace"},
         module="file"),
    Case("content that is not what was expected", "bad_source", SITE, {},
         {"path": "www/site/app.js", "sha256": "0" * 64}, ["~ /123456/www/site/app.js"], off={"sha256": None}, module="file"),
]  # fmt: skip

CASES = [*EMPTY_VARIABLES, *WRONG_PLACES, *WRONG_SOURCES, *WRONG_NAMES, *SINGLE_ENTRIES]
