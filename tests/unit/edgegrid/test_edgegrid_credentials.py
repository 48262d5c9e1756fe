# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where credentials come from: options, environment, a section of .edgerc. No message has a secret in it."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.credential_sources import find_credentials
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.edgerc import host_of, sections_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions

HOST, TOKEN, ACCESS, SECRET = "akab-x.luna.akamaiapis.net", "akab-client-token-01", "akab-access-token-01", "s3cret+/s3cret+/s3c="
SECRETS = (TOKEN, ACCESS, SECRET)
OPTIONS = {"api_host": HOST, "client_token": TOKEN, "access_token": ACCESS, "client_secret": SECRET}
ENVIRONMENT = {
    "AKAMAI_HOST": HOST, "AKAMAI_CLIENT_TOKEN": TOKEN, "AKAMAI_ACCESS_TOKEN": ACCESS, "AKAMAI_CLIENT_SECRET": SECRET,
}  # fmt: skip
SECTION = f"""
host = {HOST}
client_token = {TOKEN}
access_token = {ACCESS}
client_secret = {SECRET}
"""


def edgerc(folder: pathlib.Path, text: str, mode: int = 0o600) -> str:
    file = folder / "edgerc"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return str(file)


def refused(settings: ApiSettings, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(BadOptions) as caught:
        find_credentials(settings, environment or {})
    assert not [secret for secret in SECRETS if secret in str(caught.value)]
    return str(caught.value)


def test_options_count_before_everything_else(tmp_path: pathlib.Path) -> None:
    other = {**OPTIONS, "api_host": "https://other.example.com/"}
    file = edgerc(tmp_path, "[default]" + SECTION)
    found = find_credentials(ApiSettings(**other, edgerc=file), ENVIRONMENT)
    assert (found.source, found.credentials.host) == ("options", "other.example.com")
    assert found.credentials.secrets == [SECRET, TOKEN, ACCESS]


def test_the_environment_counts_before_the_file(tmp_path: pathlib.Path) -> None:
    found = find_credentials(ApiSettings(edgerc=edgerc(tmp_path, "[default]")), ENVIRONMENT)
    assert (found.source, found.credentials.host) == ("environment (AKAMAI_…)", HOST)


def test_variables_of_the_section_count_before_those_without() -> None:
    prefixed = {name.replace("AKAMAI_", "AKAMAI_CCU_2_"): value for name, value in ENVIRONMENT.items()}
    both = {**ENVIRONMENT, **prefixed, "AKAMAI_CCU_2_HOST": "ccu.example.com", "AKAMAI_CCU_2_ACCOUNT_KEY": "A-1:2"}
    found = find_credentials(ApiSettings(section="ccu-2"), both)
    assert (found.source, found.credentials.host) == ("environment (AKAMAI_CCU_2_…)", "ccu.example.com")
    assert found.credentials.account_switch_key == "A-1:2"


def test_a_section_of_the_file_is_read_as_people_write_it(tmp_path: pathlib.Path) -> None:
    text = f"""\ufeff; written by hand
[default]
host = nothing
[ccu]
host = https://{HOST}/
client-token: "{TOKEN}"
access_token = {ACCESS}
client_secret = '{SECRET}'
max-body = 2048
account_key = A-CCT1234:1ABCD
headers_to_sign = X-One, X-Two
unknown = 50%
"""
    found = find_credentials(ApiSettings(edgerc=edgerc(tmp_path, text), section="ccu"), {})
    credentials = found.credentials
    assert (credentials.host, credentials.secrets) == (HOST, [SECRET, TOKEN, ACCESS])
    assert (credentials.max_body, credentials.account_switch_key) == (2048, "A-CCT1234:1ABCD")
    assert credentials.headers_to_sign == ("X-One", "X-Two")
    assert found.source.endswith("edgerc [ccu]")
    assert found.notes == []


def test_a_file_that_others_can_read_is_a_note(tmp_path: pathlib.Path) -> None:
    (note,) = find_credentials(ApiSettings(edgerc=edgerc(tmp_path, "[default]" + SECTION, 0o644)), {}).notes
    assert "0644" in note
    assert "0600" in note


@pytest.mark.parametrize("missing", OPTIONS)
def test_three_options_are_not_enough(missing: str) -> None:
    text = refused(ApiSettings(**{name: value for name, value in OPTIONS.items() if name != missing}), ENVIRONMENT)
    assert f"Of the credentials {missing} is missing" in text
    assert "all four" in text


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_three_variables_are_not_enough(missing: str) -> None:
    assert f"{missing} is missing" in refused(
        ApiSettings(), {name: value for name, value in ENVIRONMENT.items() if name != missing}
    )


def test_without_credentials_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    text = refused(ApiSettings())
    for name in (*OPTIONS, *ENVIRONMENT, "edgerc", str(tmp_path / ".edgerc")):
        assert name in text


def test_the_usual_file_is_that_of_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".edgerc").write_text("[default]" + SECTION, encoding="utf-8")
    assert find_credentials(ApiSettings(), {}).source == f"{tmp_path}/.edgerc [default]"


def test_a_missing_section_names_those_that_are_there(tmp_path: pathlib.Path) -> None:
    text = refused(ApiSettings(edgerc=edgerc(tmp_path, "[papi]\n[ccu]\n"), section="purge"))
    assert "has no section 'purge'" in text
    assert "ccu, papi" in text


def test_a_section_with_gaps_names_them(tmp_path: pathlib.Path) -> None:
    text = refused(ApiSettings(edgerc=edgerc(tmp_path, f"[default]\nhost = {HOST}\nclient_secret = {SECRET}\n")))
    assert "no client_token, access_token" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"client_secret = {SECRET}\n", "line 1"),
        (f"[default]\nhost\n{SECRET}\n", "line 2"),
        (f"[default]\nhost = a\n[default]\nhost = {SECRET}\n", "section twice, in line 3"),
        (f"[default]\nhost = a\nhost = {SECRET}\n", "entry twice, in line 3"),
    ],
)
def test_a_file_that_is_not_understood_is_told_by_its_line(tmp_path: pathlib.Path, text: str, told: str) -> None:
    assert told in refused(ApiSettings(edgerc=edgerc(tmp_path, text)))


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: pathlib.Path) -> None:
    assert "does not exist" in refused(ApiSettings(edgerc=str(tmp_path / "none")))
    assert "cannot be read" in refused(ApiSettings(edgerc=str(tmp_path)))


def test_a_file_in_another_encoding_is_an_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "edgerc").write_bytes(b"[default]\nhost = \xff\n")
    assert "UTF-8" in refused(ApiSettings(edgerc=str(tmp_path / "edgerc")))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("api_host", "akab-x.example.com/ccu", "not a host name"),
        ("api_host", "a:99999", "port 99999"),
        ("client_token", "tiny-token", "shorter than 16"),
        ("client_token", "akab-client;token-01", "cannot be part of it"),
        ("access_token", "akab access token 01", "cannot be part of it"),
        ("client_secret", SECRET + "\n", "cannot be part of it"),
        ("api_host", f"/{TOKEN}/", "part of api_host"),
        ("api_host", f"{SECRET.replace('+/', '').replace('=', '')}.{TOKEN}", "part of api_host"),
    ],
)
def test_credentials_that_cannot_be_right_are_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(BadOptions) as caught:
        find_credentials(ApiSettings(**{**OPTIONS, name: value}), {})
    assert told in str(caught.value)
    assert name == "api_host" or value not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("max_body", ["0", "-1", "many", "9" * 5000, "²"])
def test_a_max_body_that_is_no_number_is_refused(tmp_path: pathlib.Path, max_body: str) -> None:
    assert "max_body" in refused(ApiSettings(edgerc=edgerc(tmp_path, f"[default]{SECTION}max_body = {max_body}\n")))


def test_a_section_may_be_called_default_in_capitals() -> None:
    assert sections_of("[DEFAULT]\na = 1\n[other]\n", "x") == {"DEFAULT": {"a": "1"}, "other": {}}


@pytest.mark.parametrize("text", [HOST, f"https://{HOST}", f"https://{HOST}/", f' "{HOST}" ', f"HTTPS://{HOST}//"])
def test_a_host_is_taken_as_people_write_it(text: str) -> None:
    assert host_of(text) == HOST
