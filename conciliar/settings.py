"""What the environment says: read once, checked, and passed on as one value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from application.batch import InputRefused

Language = Literal["es", "en"]
ProgressForm = Literal["auto", "bar", "lines", "off"]

PREFIX = "CONCILIAR_"

VARIABLES = ("store", "lang", "actor", "tenant", "master_key", "progress", "debug")
"""Settings by name; each has a variable of that name in capitals, behind the prefix."""


class Settings(BaseModel):
    """How this process is set up.

    store        CONCILIAR_STORE       the store's folder, where none is named
    lang         CONCILIAR_LANG        language of explanations; else LC_ALL, LC_MESSAGES, LANG
    actor        CONCILIAR_ACTOR       who is recorded as the author of facts; else the user's name
    tenant       CONCILIAR_TENANT      the bank whose facts the store must hold; else what it says
    master_key   CONCILIAR_MASTER_KEY  the file of the master key, where it lies outside the store
    progress     CONCILIAR_PROGRESS    auto (a bar on a terminal, else lines), bar, lines, off
    debug        CONCILIAR_DEBUG       shows the traceback of an unexpected failure
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Path | None = None
    lang: Language = "en"
    actor: str = Field(default="operator", min_length=1, max_length=100)
    tenant: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    master_key: Path | None = None
    progress: ProgressForm = "auto"
    debug: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that these variables make; an empty one counts as none.

        Raises InputRefused for a variable that cannot be used.
        """
        said = {name: environment.get(PREFIX + name.upper(), "") for name in VARIABLES}
        values = {name: value for name, value in said.items() if value}
        values.setdefault("lang", _language(environment))
        values.setdefault("actor", _user(environment))
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = PREFIX + str(first["loc"][0]).upper()
            reason = first["msg"]
            raise InputRefused(file="environment", place=place, reason=reason) from None


def _language(environment: Mapping[str, str]) -> Language:
    """The first variable that is set decides, as it does for every other program."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return "es" if said.lower().startswith("es") else "en"


def _user(environment: Mapping[str, str]) -> str:
    return environment.get("LOGNAME") or environment.get("USER") or "operator"
