# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether content came out of a vault, as both generations of ansible-core let it be seen."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing import vault
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._vaulted import came_out_of_a_vault


class Vaulted:
    """A value as ansible-core 2.18 has it: an object that becomes a text when it is decrypted."""

    __ENCRYPTED__ = True

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __str__(self) -> str:
        if self.text is None:
            raise AnsibleError("Decryption failed")
        return self.text


class Helper:
    """What ansible-core 2.19 and newer offer."""

    @staticmethod
    def get_ciphertext(value: object, *, with_tags: bool) -> str | None:
        assert not with_tags
        return "$ANSIBLE_VAULT" if isinstance(value, Vaulted) else None


@pytest.fixture(params=["2.18", "2.19"], autouse=True)
def generation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "VaultHelper", Helper if request.param == "2.19" else None, raising=False)


SECRET = Vaulted("p4ssw0rd")


@pytest.mark.parametrize(
    ("content", "variables", "came"),
    [
        (SECRET, {}, True),
        ({"user": "me", "passwords": ["x", SECRET]}, {}, True),
        ("p4ssw0rd", {"password": SECRET}, True),
        ("user=me&password=p4ssw0rd\n", {"login": {"all": ["x", {"password": SECRET}]}}, True),
        ({"deep": ["of p4ssw0rds"]}, {"password": SECRET}, True),
        ("something else", {"password": SECRET}, False),
        ("p4ssw0rd", {"password": "p4ssw0rd"}, False),
        ("p4ssw0rd", {"hostvars": {"other": SECRET}, "vars": {"password": SECRET}}, False),
        ("yes and no", {"flag": Vaulted("no")}, False),
        ("anything", {"of_another_vault": Vaulted(None)}, False),
        (None, {}, False),
        (7, {"password": SECRET}, False),
    ],
)
def test_what_came_out_of_a_vault(content: object, variables: dict[str, t.Any], came: bool) -> None:
    assert came_out_of_a_vault(content, variables) is came
