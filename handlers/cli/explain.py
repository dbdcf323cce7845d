"""`conciliar explain`: why something is what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.text import Text

from application.explaining import Explanation, MatchExplained, PaymentExplained
from application.results import SuggestionRow
from application.wording.explained import sentences
from application.wording.suggested import suggested_sentences
from conciliar.asking import explained, suggested_now
from conciliar.composition import Embedded
from handlers.cli.options import JsonOption, LanguageOption, StoreOption, about, language, store
from handlers.cli.screen import READING_WIDTH, show, show_json, text

IdArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A payment's or settlement's id as its source says it, a match (mat:…), or an id in"
        " full (pay:…, set:…).",
        show_default=False,
    ),
]


def explain(
    *,
    id_: IdArgument,
    store_path: StoreOption = None,
    lang: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a payment, a settlement or a match is what it is."""
    chosen = language(lang)
    with store(store_path) as embedded, about(embedded, id_):
        target, found = explained(embedded, id_)
        suggested = _suggested(embedded, target.stream, found)
        first, *others = sentences(found, chosen)
        said = (first, *suggested_sentences(suggested, chosen), *others)
    if as_json:
        show_json(
            {
                "id": target.id,
                "kind": target.kind,
                "language": chosen,
                "sentences": said,
                "explanation": found,
                "suggestions": suggested,
            }
        )
    else:
        show(told(target.id, said))


def _suggested(embedded: Embedded, stream: str, found: Explanation) -> tuple[SuggestionRow, ...]:
    """What is suggested for a line or payment that is open."""
    match found:
        case MatchExplained():
            return ()
        case PaymentExplained():
            is_open = found.reason is not None
        case _:
            is_open = found.status == "open"
    return suggested_now(embedded, embedded.current_views()).get(stream, ()) if is_open else ()


def told(heading: str, said: Sequence[str]) -> RenderableType:
    """An explanation: the first sentence says it all, the others give the details."""
    first, *others = said
    details = [Padding(Text(each, style="dim"), (0, 0, 0, 2)) for each in others]
    said_all = Group(text(heading, "title"), text(first), *details)
    return Constrain(said_all, READING_WIDTH)
