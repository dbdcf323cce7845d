"""The environment, read once and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.batch import InputRefused
from conciliar.settings import Settings


def test_without_variables_there_are_defaults():
    """English, nobody's store, an operator without a name."""
    settings = Settings.of({})
    assert (settings.store, settings.lang, settings.actor) == (None, "en", "operator")
    assert (settings.tenant, settings.progress, settings.debug) == (None, "auto", False)


def test_each_variable_is_read():
    """Names are capitals behind CONCILIAR_; an empty variable counts as none."""
    settings = Settings.of(
        {
            "CONCILIAR_STORE": "bank-store",
            "CONCILIAR_LANG": "es",
            "CONCILIAR_ACTOR": "ana",
            "CONCILIAR_TENANT": "bank-01",
            "CONCILIAR_MASTER_KEY": "/keys/master.key",
            "CONCILIAR_PROGRESS": "",
            "CONCILIAR_DEBUG": "1",
        }
    )
    assert settings == Settings(
        store=Path("bank-store"),
        lang="es",
        actor="ana",
        tenant="bank-01",
        master_key=Path("/keys/master.key"),
        debug=True,
    )


@pytest.mark.parametrize(
    "variables, lang",
    [
        ({"LANG": "es_AR.UTF-8"}, "es"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "es_AR", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "es_ES"}, "es"),
        ({"LANG": "es_AR", "CONCILIAR_LANG": "en"}, "en"),
    ],
)
def test_the_language_is_the_systems_unless_named(variables: dict[str, str], lang: str):
    """Spanish where the system speaks it, English everywhere else."""
    assert Settings.of(variables).lang == lang


def test_the_author_of_facts_is_the_user():
    """Who is logged in, unless somebody is named."""
    assert Settings.of({"LOGNAME": "ana", "USER": "root"}).actor == "ana"
    assert Settings.of({"USER": "luz"}).actor == "luz"


@pytest.mark.parametrize(
    "name, value",
    [("LANG", "fr"), ("TENANT", "Bank 1"), ("PROGRESS", "dots"), ("DEBUG", "maybe")],
)
def test_a_variable_that_cannot_be_used_is_refused(name: str, value: str):
    """By its name; its value is not repeated."""
    with pytest.raises(InputRefused) as refused:
        Settings.of({f"CONCILIAR_{name}": value})
    assert (refused.value.file, refused.value.place) == ("environment", f"CONCILIAR_{name}")
    assert value not in refused.value.reason
