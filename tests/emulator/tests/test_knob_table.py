# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of knobs, its profiles, and settings that are refused. What each knob does is tried in ``test_knobs.py``."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.knob_probes import DUPLICATE
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, KEY, Client
from netstorage_emulator.control import Control, ControlError, running
from netstorage_emulator.knobs import BY_NAME, PROFILES, TABLE
from netstorage_emulator.profile_file import BadProfile, settings_of

# docs/usage-api.md#unknowns: the questions that nobody can answer. --restrict, the one that is no knob, is an option
# and ``/accounts`` of the control port.
QUESTIONS = {
    "path_check", "success_status", "verify_failure", "rmdir_nonempty", "rename_existing", "symlink_existing",
    "delete_nonempty_dir", "delete_dir_noslash", "follow_links", "mtime_non_files", "mkdir_existing", "replay",
    "dir_same_name", "dir_resume", "page_size", "stat_root", "stat_top", "quick_delete", "propagation", "list_order",
    "links_in_path", "upload_onto_symlink", "conditional_upload", "list_refused", "list_empty_explicit", "max_page", "rmdir_lag",
}


def test_every_question_has_a_knob() -> None:
    assert {knob.name for knob in TABLE} >= QUESTIONS


def test_the_profile_of_the_wire_sets_every_knob() -> None:
    """To what recordings show, and to its default where there is none."""
    fault_plan = {"faults": [], "knobs": {"etag": "opaque", "list_md5": "no"}}
    with running(account=ACCOUNT, key=KEY, cp_codes=["123456"], profile="wire", knobs={"list_md5": "yes"},
                 faults=fault_plan) as emulator:
        changed = {name for name, value in emulator.control.knobs().items() if value != BY_NAME[name].default}
        assert changed == {"path_check", "etag"}, "a plan goes before the profile, and --knob before both"
        client = Client(emulator.port)
        assert client.put("/123456/a//b", b"").text == DUPLICATE
        client.close()
    assert set(PROFILES["wire"]) == set(PROFILES["default"]) == set(BY_NAME)
    recorded = {knob.name: knob.recorded for knob in TABLE if knob.recorded is not None}
    assert recorded.items() <= PROFILES["wire"].items()


def test_what_is_recorded_says_where() -> None:
    sources = (pathlib.Path(__file__).parents[3] / "docs" / "usage-api.md").read_text("utf-8").partition("\n## Sources\n")[2]
    for knob in TABLE:
        assert (knob.recorded is None) == (knob.evidence == "")
        if knob.recorded is not None:
            assert knob.parse(knob.recorded) == knob.recorded
            named = set(re.findall(r"\b(?:VCR|elx|PS3|cli|Kit\w+)\b", knob.evidence))
            assert named, knob.name
            assert all(re.search(rf"\b{name}\b", sources) for name in named), knob.name


@pytest.mark.parametrize("settings", [{"no_such": 1}, {"success_status": 201}, {"page_size": 0}, {"replay": "maybe"},
                                      {"success_status": 204, "propagation": -1}, {"replay@123456": "accept"}])
def test_wrong_settings_change_nothing(control: Control, settings: dict[str, object]) -> None:
    before = control.knobs()
    with pytest.raises(ControlError):
        control.set_knobs(**settings)
    assert control.knobs() == before


def test_path_check_for_one_cp_code(client: Client, control: Control) -> None:
    control.set_knobs(**{"path_check@654321": "disallow"})
    assert client.put("/654321/a//b", b"").status == 403
    assert client.put("/123456/a//b", b"").status == 200
    control.set_knobs(**{"path_check@654321": "do_not_check"})


# -- profiles in files


def test_a_profile_in_a_file_is_what_the_emulator_begins_with(tmp_path: pathlib.Path) -> None:
    """Over the defaults; a fault plan and --knob go before it, as before the one of the wire."""
    file = tmp_path / "service.json"
    found = {"success_status": 204, "rename_existing": 409, "etag": "none"}
    file.write_text(json.dumps({"about": "One run.", "knobs": found, "not_known": {"replay": "no time"}}), "utf-8")
    with running(account=ACCOUNT, key=KEY, cp_codes=["123456"], profile=str(file), knobs={"etag": "opaque"}) as emulator:
        settings = emulator.control.knobs()
    assert settings == {**PROFILES["default"], **found, "etag": "opaque"}


@pytest.mark.parametrize(("text", "told"), [
    ("{", "profile FILE: Expecting"), ("[]", "a profile is an object"), ("{}", "an object of names and settings"),
    ('{"knobs": []}', "an object of names and settings"), ('{"knobs": {}, "key": "x"}', "'key' is no member of a profile"),
    ('{"knobs": {"dream": 1}}', "there is no knob 'dream'"), ('{"knobs": {"replay": "perhaps"}}', "knob replay: 'perhaps'"),
    ("[" * 50_000, "profile FILE"), ('{"knobs": {}, "about": "' + "x" * 65_536 + '"}', "more than 65536 bytes"),
])
def test_a_profile_that_is_wrong_is_named(tmp_path: pathlib.Path, text: str, told: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text, "utf-8")
    with pytest.raises(BadProfile) as caught:
        settings_of(str(file))
    assert told in str(caught.value).replace(str(file), "FILE")


def test_a_profile_that_is_nowhere_is_named() -> None:
    with pytest.raises(BadProfile, match=r"profile dream is none of default, wire, and cannot be read as a file: No such file"):
        settings_of("dream")
