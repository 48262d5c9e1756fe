# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_purge against the emulator: what is sent, what is waited for, what is refused, and what a failure leaves behind."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.purging import Purged
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import EDGERC, PurgeScene

URL = "https://www.example.com"
FOREIGN = "https://other.example.com/a"


def urls(number: int) -> list[str]:
    return [f"{URL}/{one:06d}-{'x' * 80}" for one in range(number)]


def test_urls_are_purged_in_batches_and_in_order(purging: PurgeScene) -> None:
    given = urls(1500)
    done = purging.run(urls=[*given, given[0], given[7].replace("https", "http")], method="delete", network="staging")
    assert done.error is None
    sent = purging.purges()
    assert [one for purge in sent for one in purge["objects"]] == given
    assert {(one["method"], one["type"], one["network"]) for one in sent} == {("delete", "url", "staging")}
    values = done.values
    assert (values["changed"], values["purged"], values["to_purge"], values["left_count"]) == (True, 1500, 1500, 0)
    assert values["request_count"] == len(sent) == len(values["requests"]) == values["api_calls"]["delete"] == 4
    assert [one["purge_id"] for one in values["requests"]] == [one["purge_id"] for one in sent]
    assert values["rate"]["limit"] == 100
    assert values["rate"]["objects_remaining"] >= 8500


@pytest.mark.parametrize(
    ("options", "kind", "objects"),
    [({"cp_codes": [123456]}, "cpcode", [123456]), ({"cache_tags": ["news", "news", "prices"]}, "tag", ["news", "prices"])],
)
def test_cp_codes_and_tags_are_purged(purging: PurgeScene, options: dict[str, t.Any], kind: str, objects: list[t.Any]) -> None:
    values = purging.run(**options).values
    (sent,) = purging.purges()
    assert (sent["method"], sent["network"], sent["type"], sent["objects"]) == ("invalidate", "production", kind, objects)
    assert (values["type"], values["purged"]) == (kind, len(objects))


def test_an_empty_list_sends_nothing(purging: PurgeScene) -> None:
    done = purging.run(urls=[])
    assert (done.values["changed"], done.values["api_calls"], done.error) == (False, {}, None)
    assert purging.purges() == []


def test_check_mode_tells_what_would_be_sent(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    mark = purging.control.journal_length()
    values = purging.run(check=True, urls=urls(1500), pending_file=str(tmp_path / "purge")).values
    assert (values["changed"], values["to_purge"], values["request_count"], values["purged"]) == (True, 1500, 4, 0)
    assert purging.control.journal(mark) == []
    assert list(tmp_path.iterdir()) == []


def test_check_mode_needs_no_credentials(tmp_path: pathlib.Path, purging: PurgeScene) -> None:
    purging.settings = ApiSettings(edgerc=str(tmp_path / "none"))
    done = purging.run(check=True, urls=urls(1))
    assert (done.error, done.values["to_purge"], done.values["credentials"]) == (None, 1, "")
    assert "does not exist" in done.notes[0]
    with pytest.raises(BadOptions):
        purging.run(urls=urls(1))


@pytest.mark.parametrize("wait", [True, False])
def test_the_end_is_waited_for_as_the_service_says(purging: PurgeScene, wait: bool) -> None:
    purging.control.set_knobs(purge_seconds=7)
    assert purging.run(urls=urls(1), wait=wait).values["requests"][0]["estimated_seconds"] == 7
    assert purging.slept == ([7] if wait else [])


def test_a_bucket_that_runs_empty_is_waited_for(purging: PurgeScene) -> None:
    """The headers tell how much is left, so it is not asked for more than that."""
    purging.control.limit_purges(url=[1000, 500])
    mark = purging.control.journal_length()
    purging.cancellation = _really_sleeping(purging.slept)
    assert purging.run(urls=urls(1500)).error is None
    assert purging.objects() == urls(1500)
    assert [entry["status"] for entry in purging.control.journal(mark)] == [201] * 4
    assert 0 < sum(purging.slept) < 3


def _really_sleeping(slept: list[float]) -> t.Any:
    import time

    from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(min(seconds, 3))

    return FakeCancellation(sleep)


@pytest.mark.parametrize("headers", ["all", "without_seconds", "none"])
def test_throttled_requests_are_repeated(purging: PurgeScene, headers: str) -> None:
    purging.control.set_knobs(purge_headers=headers)
    purging.control.limit_purges(requests=[1, 1000])
    purging.control.add_faults({"status": 429, "action": "ccu:*", "nth": [1, 3]})
    done = purging.run(urls=urls(1500))
    assert done.error is None
    assert purging.objects() == urls(1500)
    assert done.values["request_count"] == 4
    assert done.values["api_calls"]["invalidate"] == 6
    assert [seconds for seconds in purging.slept if seconds >= 5]


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_requests_come_as_seldom_as_the_task_says(purging: PurgeScene, seconds: float) -> None:
    purging.run(urls=urls(900), max_requests_per_second=1 / seconds)
    assert [round(slept, 1) for slept in purging.slept if slept > 0.1] == pytest.approx([seconds, seconds], abs=0.2)


@pytest.mark.parametrize("detail", ["url", "sentence"])
def test_a_refused_object_is_named(purging: PurgeScene, detail: str) -> None:
    purging.control.set_knobs(purge_refused=detail)
    given = [*urls(1000), FOREIGN, *urls(2000)[1000:]]
    done = purging.run(urls=given)
    assert done.error is not None
    failure = done.error.failure()
    assert (failure["code"], failure["status"], failure["action"]) == ("refused_object", 403, "invalidate")
    assert f"refuses {FOREIGN} (403: unauthorized arl)" in str(done.error)
    assert failure["problem"]["title"] == "unauthorized arl"
    purged = purging.objects()
    assert purged == given[: len(purged)]
    assert (done.values["purged"], done.values["left_count"]) == (len(purged), len(given) - len(purged))
    assert done.values["changed"] is True
    assert done.values["left"] == given[len(purged) :][:20]


def test_a_refused_object_is_left_out_where_the_task_says_so(purging: PurgeScene) -> None:
    given = [*urls(3), FOREIGN, *urls(5)[3:], f"{FOREIGN}b"]
    done = purging.run(urls=given, on_refused="skip")
    assert done.error is None
    assert purging.objects() == urls(5)
    assert (done.values["refused"], done.values["refused_count"]) == ([FOREIGN, f"{FOREIGN}b"], 2)
    assert (done.values["purged"], done.values["left_count"]) == (5, 0)
    assert FOREIGN in done.notes[0]


def test_nothing_but_refused_objects_is_no_purge(purging: PurgeScene) -> None:
    done = purging.run(cp_codes=[99], on_refused="skip")
    assert (done.error, done.values["changed"], done.values["refused"]) == (None, False, [99])


def test_not_more_than_twenty_objects_of_a_request_are_left_out(purging: PurgeScene) -> None:
    given = [f"https://other.example.com/{number}" for number in range(22)]
    done = purging.run(urls=given, on_refused="skip")
    assert done.error is not None
    assert done.error.code == "refused_object"
    assert done.values["refused_count"] == 20


def test_a_refusal_without_a_name_is_an_error(purging: PurgeScene) -> None:
    purging.control.set_knobs(purge_refused="nothing")
    done = purging.run(urls=[FOREIGN], on_refused="skip")
    assert done.error is not None
    assert (done.error.code, done.error.status) == ("auth_refused", 403)
    assert "grant" in done.error.hint


def test_more_urls_than_the_limit_are_not_sent(purging: PurgeScene) -> None:
    with pytest.raises(GuardTripped) as caught:
        purging.run(urls=urls(11), purge_limit=10)
    assert (caught.value.code, "cp_codes or cache_tags" in caught.value.hint) == ("purge_limit", True)
    assert purging.purges() == []
    done = purging.run(check=True, urls=urls(11), purge_limit=10)
    assert "purge_limit is 10" in done.notes[0]
    assert purging.run(urls=urls(11), purge_limit=0).values["purged"] == 11


def test_a_long_purge_says_how_long_before_it_starts(purging: PurgeScene) -> None:
    purging.control.limit_purges(url=[10**6, 10**6], requests=[10**6, 10**6])
    values = purging.run(check=True, urls=urls(24_000), purge_limit=0).values
    assert values["least_seconds"] == 70
    assert "24,000 objects take at least 70 seconds" in purging.run(urls=urls(24_000), purge_limit=0).notes[0]


def test_an_account_switch_key_is_refused(purging: PurgeScene) -> None:
    purging.settings = dataclasses.replace(purging.settings, account_switch_key="A-1:2")
    with pytest.raises(BadOptions, match="account switch key"):
        purging.run(urls=urls(1))


def test_a_file_of_credentials_that_others_can_read_is_a_note(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "edgerc"
    file.write_text(f"{EDGERC}host = {purging.settings.api_host}\n", encoding="utf-8")
    purging.settings = ApiSettings(edgerc=str(file), api_protocol="http")
    done = purging.run(urls=urls(1))
    assert (done.error, done.values["credentials"]) == (None, f"{file} [default]")
    assert "0644" in done.notes[0]


# -- what waits


def lists(folder: pathlib.Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_list_that_was_purged_is_removed(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    done = purging.run(urls=urls(900), pending_file=str(tmp_path / "purge"))
    assert (done.error, done.values["pending"], done.values["taken_over"]) == (None, [], [])
    assert purging.objects() == urls(900)
    assert lists(tmp_path) == []


@pytest.mark.parametrize("down_from", [1, 2, 3])
def test_what_a_failed_purge_left_is_made_up_for(purging: PurgeScene, tmp_path: pathlib.Path, down_from: int) -> None:
    """The service is down from some request on; the next run has nothing to purge itself."""
    place = str(tmp_path / "purge")
    purging.control.add_faults({"status": 503, "action": "ccu:*", "skip": down_from - 1, "times": None})
    failed = purging.run(urls=urls(1500), pending_file=place, method="delete")
    assert failed.error is not None
    assert failed.error.code == "service_failed"
    (waiting,) = failed.values["pending"]
    assert lists(tmp_path) == sorted(file.name for file in (pathlib.Path(waiting), *tmp_path.glob("*.progress")))
    assert pathlib.Path(waiting).stat().st_mode & 0o777 == 0o600
    first = purging.objects()
    assert failed.values["left_count"] == 1500 - len(first)
    purging.control.clear_faults()
    again = purging.run(urls=[], pending_file=place)
    assert (again.error, again.values["taken_over"], again.values["pending"]) == (None, [waiting], [])
    sent = purging.purges()
    assert [*first, *(one for purge in sent for one in purge["objects"])] == urls(1500)
    assert {one["method"] for one in sent} == {"delete"}
    assert lists(tmp_path) == []


def test_what_could_not_be_purged_for_want_of_credentials_waits(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    place, settings = str(tmp_path / "purge"), purging.settings
    purging.settings = dataclasses.replace(settings, client_secret=None)
    with pytest.raises(BadOptions, match="client_secret is missing"):
        purging.run(urls=urls(3), pending_file=place)
    assert len(lists(tmp_path)) == 1
    purging.settings = settings
    assert purging.run(urls=[], pending_file=place).values["purged"] == 3
    assert purging.objects() == urls(3)


def test_a_run_that_is_killed_anywhere_loses_nothing(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    """Killed before each request and after it: its list is there, with the progress that had been noted."""

    class Killed(Exception):
        pass

    for kill_at in itertools.count():
        place, left = str(tmp_path / "purge"), iter(range(kill_at))

        def reason(left: t.Iterator[int] = left) -> str | None:
            if next(left, None) is None:
                raise Killed
            return None

        purging.cancellation = type(purging.cancellation)(reason=reason)
        try:
            purging.run(urls=urls(1200), pending_file=place)
            was_killed = False
        except Killed:
            was_killed = True
        purging.cancellation = type(purging.cancellation)()
        purging.run(urls=[], pending_file=place)
        assert set(purging.objects()) == set(urls(1200))
        assert lists(tmp_path) == []
        if not was_killed:
            break
    assert kill_at > 3


FAULTS: list[dict[str, t.Any]] = [
    *({"kind": "status", "status": status} for status in (200, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504, 507)),
    {"kind": "status", "status": 500, "done": True},
    {"kind": "status", "status": 201, "body": "<html>"},
    *({"kind": "reset", "when": when} for when in ("before_body", "in_body", "before_answer", "in_answer")),
    {"kind": "reset", "when": "before_answer", "done": True},
    {"kind": "refuse", "ms": 50},
    {"kind": "hang"},
    {"kind": "hang", "ms": 50, "done": True},
    {"kind": "trickle", "bytes_per_second": 100_000},
    {"kind": "truncate", "how": "closed"},
    {"kind": "truncate", "how": "consistent"},
    {"kind": "content_length", "how": "larger"},
    {"kind": "content_length", "how": "smaller"},
]


@pytest.mark.parametrize("times", [1, None], ids=["once", "for-ever"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault.values())))
def test_whatever_goes_wrong_the_next_run_makes_up_for_it(
    purging: PurgeScene, tmp_path: pathlib.Path, fault: dict[str, t.Any], times: int | None
) -> None:
    """The second of three requests goes wrong. What is told as purged was purged, and in the end everything was."""
    purging.settings = dataclasses.replace(purging.settings, idle_timeout=0.3, max_retries=1)
    place, given = str(tmp_path / "purge"), urls(900)
    purging.control.add_faults({**fault, "action": "ccu:*", "skip": 1, "times": times})
    first = purging.run(urls=given, pending_file=place)
    sent = purging.objects()
    assert len(set(sent)) >= first.values["purged"]
    assert first.values["purged"] + first.values["left_count"] == len(given)
    assert (first.error is None) is (first.values["left_count"] == 0) is (lists(tmp_path) == [])
    purging.control.clear_faults()
    second = _patient(purging, place)
    assert second.error is None
    assert set(sent) | set(purging.objects()) == set(given)
    assert lists(tmp_path) == []


def _patient(purging: PurgeScene, place: str) -> Purged:
    """A run after which nothing of the fault is left, such as a port that refuses for a moment."""
    purging.cancellation = _really_sleeping(purging.slept)
    purging.settings = dataclasses.replace(purging.settings, idle_timeout=5.0, max_retries=2)
    return purging.run(urls=[], pending_file=place)


def test_lists_of_two_runs_are_both_purged(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "purge")
    purging.control.add_faults({"status": 403, "action": "ccu:*", "times": 2})
    for number in (1, 2):
        assert purging.run(urls=urls(3)[number - 1 : number], pending_file=place).error is not None
    (tmp_path / "purge.txt").write_text("not ours", encoding="utf-8")
    assert len(lists(tmp_path)) == 3
    purging.control.clear_faults()
    done = purging.run(urls=urls(3)[2:], pending_file=place)
    assert (done.error, len(done.values["taken_over"]), done.values["purged"]) == (None, 2, 3)
    assert purging.objects() == urls(3)
    assert lists(tmp_path) == ["purge.txt"]


def test_a_waiting_list_with_a_refused_object_does_not_hold_up_others(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "purge")
    assert purging.run(urls=[FOREIGN, *urls(1)], pending_file=place).error is not None
    done = purging.run(urls=urls(3)[1:], pending_file=place)
    assert done.error is not None
    assert done.error.code == "refused_object"
    assert purging.objects() == urls(3)[1:]
    assert (done.values["purged"], done.values["left"]) == (2, [FOREIGN, *urls(1)])
    assert len(done.values["pending"]) == 1
    assert purging.run(urls=[], pending_file=place, on_refused="skip").error is None
    assert purging.objects() == urls(1)
    assert lists(tmp_path) == []


def test_a_list_over_the_limit_waits(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "purge")
    with pytest.raises(GuardTripped) as caught:
        purging.run(urls=urls(11), pending_file=place, purge_limit=10)
    (name,) = lists(tmp_path)
    assert name in caught.value.hint
    with pytest.raises(GuardTripped):
        purging.run(urls=[], pending_file=place, purge_limit=10)
    assert purging.run(cp_codes=[123456], pending_file=place, purge_limit=11).values["purged"] == 12


def test_another_file_at_the_place_of_lists_is_told(purging: PurgeScene, tmp_path: pathlib.Path) -> None:
    (tmp_path / "purge.x.list.gz").write_bytes(b"not packed")
    with pytest.raises(NetStorageError) as caught:
        purging.run(urls=urls(1), pending_file=str(tmp_path / "purge"))
    assert (caught.value.code, "damaged" in str(caught.value)) == ("bad_source", True)
    with pytest.raises(BadOptions):
        purging.run(urls=urls(1), pending_file=str(tmp_path / "no/such/folder/purge"))
    with pytest.raises(BadOptions, match="same file"):
        purging.run(urls_file=str(tmp_path / "a"), pending_file=str(tmp_path / "a"))
