"""What `statement` commands have in common: how a file is to be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.statements.detection import BY_PROFILE, READERS, format_named
from adapters.statements.model import Unreadable

if TYPE_CHECKING:
    from adapters.statements.profiles import Profile


def _format(name: str | None) -> str | None:
    try:
        return None if name is None else format_named(name)
    except Unreadable as refusal:
        raise typer.BadParameter(refusal.reason) from None


FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="F",
        help=f"One of {', '.join(READERS)}. Default: by the file's content.",
        show_default=False,
        callback=_format,
    ),
]
ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="YAML",
        help="Read CSV, JSON Lines and XLSX by this profile: `conciliar statement profile` drafts"
        " one.",
        show_default=False,
    ),
]


def profile_in(path: Path | None, *, form: str | None = None) -> Profile | None:
    """The profile that was named. Raises InputRefused for a faulty one, with its line.

    Raises BadParameter if the format that was named is read without one.
    """
    if path is None:
        return None
    if form is not None and form not in BY_PROFILE:
        takes = f"{', '.join(BY_PROFILE[:-1])} and {BY_PROFILE[-1]}"
        raise typer.BadParameter(
            f"{form} is read without a profile, but {takes} may have one", param_hint="--profile"
        )
    # Only here: whoever reads a large file without a profile has the memory for it.
    from adapters.statements import profiles

    return profiles.profile_in(path)
