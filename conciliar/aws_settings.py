"""What the environment of a function says: read once, checked, and passed on as one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from application.batch import InputRefused

VARIABLES = {
    "prefix": "DYNAMODB_TABLE",
    "numbering": "DYNAMODB_NUMBERING",
    "search_url": "OPENSEARCH_URL",
    **{
        name: f"CONCILIAR_{name.upper()}"
        for name in (
            "tenant",
            "actor",
            "source",
            "lanes",
            "subject_key",
            "salts",
            "acknowledgements",
            "commands",
            "parked",
            "received",
            "work",
            "notices",
            "workflow",
        )
    },
}
"""Settings by name, each with its variable."""


class AwsSettings(BaseModel):
    """How this function is set up; None for what it has no use for.

    prefix             DYNAMODB_TABLE              what the tables' names have in common
    numbering          DYNAMODB_NUMBERING          inline, or stream (default): a sequencer numbers
    tenant             CONCILIAR_TENANT            the bank
    actor              CONCILIAR_ACTOR             who is recorded where a command names nobody
    source             CONCILIAR_SOURCE            the system of payments, where nobody says
    lanes              CONCILIAR_LANES             logs side by side: one, as the store reads them
    subject_key        CONCILIAR_SUBJECT_KEY       the key of KMS that wraps the master key
    salts              CONCILIAR_SALTS             kms: each stream's salt is wrapped by it, too
    acknowledgements   CONCILIAR_ACKNOWLEDGEMENTS  the queue that answers go to
    commands           CONCILIAR_COMMANDS          the queue that commands come from
    parked             CONCILIAR_PARKED            the bucket of what was set aside
    received, work     CONCILIAR_RECEIVED, _WORK   buckets of files, and of what is made of them
    notices            CONCILIAR_NOTICES           the topic of notices
    workflow           CONCILIAR_WORKFLOW          the workflow of files
    search_url         OPENSEARCH_URL              where read models are
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=False)

    prefix: str = Field(pattern=r"^[a-zA-Z0-9_.-]{1,200}$")
    numbering: Literal["inline", "stream"] = "stream"
    tenant: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    actor: str = Field(default="system", min_length=1, max_length=100)
    source: str = Field(default="core", min_length=1, max_length=100)
    lanes: int = Field(default=1, ge=1, le=1)
    subject_key: str | None = None
    salts: Literal["plain", "kms"] = "plain"
    acknowledgements: str | None = None
    commands: str | None = None
    parked: str | None = None
    received: str | None = None
    work: str | None = None
    notices: str | None = None
    workflow: str | None = None
    search_url: str | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> AwsSettings:
        """The settings that these variables make; an empty one counts as none.

        Raises InputRefused for a variable that is missing or cannot be used.
        """
        said = {name: environment.get(variable, "") for name, variable in VARIABLES.items()}
        try:
            return cls.model_validate({name: value for name, value in said.items() if value})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = VARIABLES[str(first["loc"][0])]
            raise InputRefused(file="environment", place=place, reason=first["msg"]) from None

    def demand(self, name: str) -> str:
        """A setting that this function cannot do without. Raises InputRefused."""
        value: object = getattr(self, name)
        if not isinstance(value, str):
            raise InputRefused(file="environment", place=VARIABLES[name], reason="is not set")
        return value
