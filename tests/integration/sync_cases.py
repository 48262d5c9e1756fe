# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trees of the playbook sync.yml: for each task what lies here, what stands there, and what is to come of it."""

from __future__ import annotations

import dataclasses

from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import Case
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link

SITE = {
    "index.html": "<h1>index</h1>",
    "css/site.css": "body {}",
    "img/a.png": "\x89PNG",
    "news/feed.xml": "<feed/>",
    "news/index.html": "<h1>news</h1>",
    "empty/": DIR,
    "latest": Link("news/index.html"),
}
MADE = {**SITE, "": DIR, "css/": DIR, "img/": DIR, "news/": DIR}
OLD, NEW = "the old text", "the new text"


def _case(folder: str, task: str, **more: object) -> Case:
    return dataclasses.replace(Case(folder, task, path=folder, pages=1), **more)  # type: ignore[arg-type]


CASES = [
    _case(
        "first", "A tree where nothing is", source=SITE, after=MADE,
        steps=[
            "mkdir first/ (absent)", "mkdir first/css/ (absent)", "mkdir first/empty/ (absent)", "mkdir first/img/ (absent)",
            "mkdir first/news/ (absent)", "upload first/css/site.css (absent)", "upload first/img/a.png (absent)",
            "upload first/news/feed.xml (absent)", "upload first/index.html (absent)", "upload first/news/index.html (absent)",
            "symlink first/latest (absent)",
        ],
    ),
    _case("no-op", "A tree that is there", source=SITE, before=MADE),
    _case(
        "changed", "A tree of which one file has changed", source={**SITE, "css/site.css": "body {margin: 0}"}, before=MADE,
        steps=["upload changed/css/site.css (size differs)"], after={**MADE, "css/site.css": "body {margin: 0}"},
    ),
    _case(
        "delete", "A tree, and what is not in it goes", source=SITE, after=MADE,
        before={**MADE, "old.html": "old", "gone": Link("index.html"), "section/": DIR, "section/a/b": "b", "index.html/": DIR},
        steps=["delete delete/gone (extraneous)", "delete delete/old.html (extraneous)",
               "delete delete/section/a/b (extraneous)", "rmdir delete/index.html/ (extraneous)",
               "rmdir delete/section/ (extraneous)"],
    ),
    _case("keep", "A tree, and what is not in it stays", source=SITE, before={**MADE, "old.html": "old", "section/": DIR}),
    _case(
        "exclude", "A tree without what is excluded",
        source={"a.js": "a", "a.js.map": "map", "drafts/new.html": "new", "b/drafts/c": "c"},
        before={"": DIR, "a.js": "a", "old.js.map": "map", "drafts/old.html": "old", "b/": DIR, "b/drafts/": DIR, "x/y.map": "y"},
        steps=["upload exclude/b/drafts/c (absent)"],
        after={"": DIR, "a.js": "a", "old.js.map": "map", "drafts/old.html": "old", "b/": DIR, "b/drafts/": DIR, "x/y.map": "y",
               "b/drafts/c": "c"},
    ),
    _case(
        "include", "A tree of images only", source=SITE | {"deep/er/b.png": "b", "same.png": "s"},
        before={"": DIR, "index.html": "another", "old.png": "old", "same.png": "s", "img/old.svg": "old", "old.txt": "old"},
        steps=["mkdir include/deep/ (absent)", "mkdir include/deep/er/ (absent)", "mkdir include/img/ (implicit)",
               "upload include/deep/er/b.png (absent)", "upload include/img/a.png (absent)",
               "delete include/img/old.svg (extraneous)", "delete include/old.png (extraneous)"],
        after={"": DIR, "index.html": "another", "old.txt": "old", "same.png": "s", "img/": DIR, "img/a.png": "\x89PNG",
               "deep/": DIR, "deep/er/": DIR, "deep/er/b.png": "b"},
    ),
    _case(
        "protect", "A tree with protected content", source={"a": "a", "robots.txt": NEW},
        before={"": DIR, "a": "a", "robots.txt": OLD, "uploads/u1": "u", "uploads/deep/u2": "u", "old": "old"},
        steps=["delete protect/old (extraneous)"],
        after={"": DIR, "a": "a", "robots.txt": OLD, "uploads/u1": "u", "uploads/deep/u2": "u"},
    ),
    _case(
        "immutable", "A tree with immutable content", source={"assets/v1.js": "1", "assets/v2.js": "2", "a": NEW},
        before={"": DIR, "assets/": DIR, "assets/v1.js": "1", "a": OLD},
        steps=["upload immutable/a (content differs)", "upload immutable/assets/v2.js (absent)"],
        after={"": DIR, "assets/": DIR, "assets/v1.js": "1", "assets/v2.js": "2", "a": NEW},
    ),
    _case(
        "links", "A tree with links",
        source={"d/a": "a", "rel": Link("d/a"), "d/abs": Link("{root}/d/a"), "dangling": Link("d/none"), "same": Link("d")},
        before={"": DIR, "d/": DIR, "d/a": "a", "rel": Link("d/old"), "same": Link("d/")},
        steps=["symlink links/d/abs (absent)", "symlink links/dangling (absent)", "symlink links/rel (target differs)"],
        after={"": DIR, "d/": DIR, "d/a": "a", "rel": Link("d/a"), "d/abs": Link("a"), "dangling": Link("d/none"),
               "same": Link("d/")},
    ),
    _case(
        "follow", "A tree whose links are followed", source={"d/a": "a", "file": Link("d/a"), "folder": Link("d")},
        steps=["mkdir follow/ (absent)", "mkdir follow/d/ (absent)", "mkdir follow/folder/ (absent)",
               "upload follow/d/a (absent)", "upload follow/file (absent)", "upload follow/folder/a (absent)"],
        after={"": DIR, "d/": DIR, "d/a": "a", "file": "a", "folder/": DIR, "folder/a": "a"},
    ),
    _case(
        "skip", "A tree whose links are left out", source={"d/a": "a", "live": Link("d"), "file": Link("d/a")},
        before={"": DIR, "d/": DIR, "d/a": "a", "live/": DIR, "live/b": "b", "file": "another", "old": "old"},
        steps=["delete skip/old (extraneous)"],
        after={"": DIR, "d/": DIR, "d/a": "a", "live/": DIR, "live/b": "b", "file": "another"},
    ),
    _case(
        "publish-last", "A tree with entry points",
        source={"a.html": "a", "b/c.html": "c", "latest.json": "{}", "b/x.mp4": "x", "z.js": "z"}, before={"": DIR, "b/": DIR},
        steps=["upload publish-last/b/x.mp4 (absent)", "upload publish-last/z.js (absent)", "upload publish-last/a.html (absent)",
               "upload publish-last/b/c.html (absent)", "upload publish-last/latest.json (absent)"],
        after={"": DIR, "b/": DIR, "a.html": "a", "b/c.html": "c", "latest.json": "{}", "b/x.mp4": "x", "z.js": "z"},
    ),
    _case(
        "empty", "A tree without any file", before={"": DIR, "a": "a", "b/c": "c"}, after={"": DIR},
        steps=["delete empty/a (extraneous)", "delete empty/b/c (extraneous)"],
    ),
    _case(
        "adopt", "A tree that moves in with others", source={"a": "a"}, before={"": DIR, "theirs": "theirs"},
        steps=["upload adopt/a (absent)"], after={"": DIR, "a": "a", "theirs": "theirs"},
    ),
    _case(
        "refuse-nothing", "A tree with everything", source={".git/HEAD": "ref", "key.pem": "-----BEGIN PRIVATE KEY-----\n"},
        before={"": DIR, ".git/": DIR},
        after={"": DIR, ".git/": DIR, ".git/HEAD": "ref", "key.pem": "-----BEGIN PRIVATE KEY-----\n"},
        steps=["upload refuse-nothing/.git/HEAD (absent)", "upload refuse-nothing/key.pem (absent)"],
    ),
    _case(
        "unusual", "A tree beside unusual names", source={"a": "a"},
        before={"": DIR, "a": "a", "old": "old", "b//c": "c", "..": "dots", "d/./e": "e"},
        steps=["delete unusual/old (extraneous)"], after={"": DIR, "a": "a", "b//c": "c", "..": "dots", "d/./e": "e"},
    ),
    _case(
        "unusual-allow", "A tree instead of unusual names", source={"a": "a"}, before={"": DIR, "a": "a", "b//c": "c", "..": "d"},
        steps=["delete unusual-allow/.. (extraneous)", "delete unusual-allow/b//c (extraneous)"], after={"": DIR, "a": "a"},
    ),
    _case(
        "leave", "A tree whose directories are left implicit", source={"d/e/a": "a", "empty/": DIR},
        steps=["upload leave/d/e/a (absent)"], after={"d/e/a": "a"},
    ),
    _case(
        "replace-links", "A tree that replaces a link by a directory", source={"live/a": "a", "b": "b"},
        before={"": DIR, "live": Link("elsewhere"), "b": "b", "elsewhere/a": "theirs"},
        steps=["delete replace-links/live (obstructs a directory)", "mkdir replace-links/live/ (absent)",
               "upload replace-links/live/a (absent)"],
        after={"": DIR, "live/": DIR, "live/a": "a", "b": "b", "elsewhere/a": "theirs"},
    ),
    _case("size", "A tree compared by size", source={"a": NEW}, before={"": DIR, "a": OLD}),
    _case("size-mtime", "A tree compared by size and time", source={"a": NEW}, before={"": DIR, "a": OLD}),
    _case(
        "epoch", "A tree with one time", source={"a": NEW, "b": "b"}, before={"": DIR, "a": OLD, "b": "b"},
        steps=["upload epoch/a (content differs)", "mtime epoch/b (mtime differs)"], after={"": DIR, "a": NEW, "b": "b"},
    ),
    _case(
        "parallel", "A tree, one request after the other", source={str(number): "x" for number in range(5)}, before={"": DIR},
        steps=[f"upload parallel/{number} (absent)" for number in range(5)],
        after={"": DIR, **{str(number): "x" for number in range(5)}},
    ),
    _case(
        "caps", "A tree with caps that hold", source={"a": NEW, "b": "b"},
        before={"": DIR, "a": OLD, "b": "b", "c": "c", "d": "d"},
        steps=["upload caps/a (content differs)", "delete caps/c (extraneous)", "delete caps/d (extraneous)"],
        after={"": DIR, "a": NEW, "b": "b"},
    ),
    _case("remote", "A tree where the module runs", source={"a": "a"}, before={"": DIR},
          steps=["upload remote/a (absent)"], after={"": DIR, "a": "a"}),
    _case(
        "kinds", "A tree with kinds that change", more=1,
        source={"same": "s", "file-now": "f", "link-now": Link("same"), "dir-now/a": "a", "link-not-dir": Link("same")},
        before={"": DIR, "same": "s", "file-now": Link("same"), "link-now": "a file", "dir-now": "a file", "link-not-dir/a": "a",
                "link-not-dir/": DIR},
        steps=["mkdir kinds/dir-now/ (absent)", "upload kinds/dir-now/a (absent)", "replace kinds/file-now (type differs)",
               "replace kinds/link-now (type differs)", "delete kinds/dir-now (extraneous)",
               "delete kinds/link-not-dir/a (extraneous)", "rmdir kinds/link-not-dir/ (extraneous)",
               "symlink kinds/link-not-dir (absent)"],
        after={"": DIR, "same": "s", "file-now": "f", "link-now": Link("same"), "dir-now/": DIR, "dir-now/a": "a",
               "link-not-dir": Link("same")},
    ),
    _case(
        "twins", "A tree beside twins", source={"a": "a", "b/c": "c"},
        before={"": DIR, "a": "a", "a/": DIR, "a/x": "x", "b": "b"},
        steps=["mkdir twins/b/ (absent)", "upload twins/b/c (absent)"],
        after={"": DIR, "a": "a", "a/": DIR, "a/x": "x", "b": "b", "b/": DIR, "b/c": "c"},
        notes="A file or link and a directory of the same name exist beside each other: a, b",
    ),
]  # fmt: skip

_MANY = {str(number): "x" for number in range(30)}
REFUSED = [
    _case("refused-immutable", "Immutable content that differs", source={"assets/v1.js": NEW},
          before={"": DIR, "assets/v1.js": OLD},
          fails=("immutable", "Give changed content a new name")),
    _case("refused-outside", "A link that leads outside", source={"a": "a", "l": Link("../refused-git")},
          fails=("bad_source", "leads outside src")),
    _case("refused-git", "A repository in the tree", source={"a": "a", ".git/config": "secret"},
          fails=("refuse", "/123456/refused-git/.git must not be published")),
    _case("refused-vault", "A vaulted file in the tree", source={"a": "a", "b.yml": "$ANSIBLE_VAULT;1.1;AES256\n61\n"},
          fails=("refuse", "is encrypted with Ansible Vault")),
    _case("refused-key", "A private key in the tree", source={"a": "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"},
          fails=("refuse", "is a private key")),
    _case("refused-lfs", "A pointer of Git LFS in the tree",
          source={"a.mp4": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1' * 64}\nsize 12345\n"},
          fails=("refuse", "git lfs pull")),
    _case("refused-max-delete", "More deletes than allowed, in percent", source={"0": "x"}, before={"": DIR, **_MANY},
          fails=("max_delete", "29 of 30 objects, and max_delete is 50 % (plan: 0 creates, 0 changes, 29 deletes, 1 unchanged)")),
    _case("refused-max-count", "More deletes than allowed, as a count", source={"a": "a"},
          before={"": DIR, "a": "a", "b": "b", "c": "c"}, fails=("max_delete", "max_delete is 1")),
    _case("refused-max-replace", "More overwrites than allowed", source={"a": NEW, "b": NEW},
          before={"": DIR, "a": OLD, "b": OLD},
          fails=("max_replace", "max_replace is 1")),
    _case("refused-empty", "An empty source", source={"d/": DIR}, before={"": DIR, "a": "a"},
          fails=("empty_source", "allow_empty_source: true")),
    _case("refused-adopt", "Content of others", source={"a": "a"}, before={"": DIR, "theirs": "theirs"},
          fails=("adopt", "adopt: true")),
    _case("refused-link", "A symlink where a directory must be", source={"live/a": "a"},
          before={"": DIR, "live": Link("elsewhere"), "elsewhere/a": "theirs"}, fails=("link_in_the_way", "replace_links: true")),
    _case("refused-path-link", "A destination that is a symlink", source={"a": "a"},
          fails=("link_in_the_way", "Deploy to the directory it points to")),
    _case("refused-below-link", "A destination below a symlink", source={"a": "a"}, before={"live": Link("elsewhere")},
          fails=("link_in_the_way", "/123456/refused-below-link/live")),
    _case("refused-spelling", "Two spellings of one name", source={"caf\u00e9": "a", "cafe\u0301": "a"},
          fails=("look_alikes", "unusual_names: allow lets both be there")),
    _case("refused-rclonelink", "A link written as a file", source={"a.rclonelink": "target"},
          fails=("rclonelink", "Exclude *.rclonelink")),
]  # fmt: skip
