"""Sending again what was set aside, of every queue; and judging what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from application.parking import Parked, Queue, Resend, Resent, replay
from conciliar.composition import Embedded
from conciliar.importing_payments import resend_commands
from conciliar.importing_statements import Amendment, Importing
from conciliar.orders import judged_again
from conciliar.parked import parking_lot
from conciliar.refusals import reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of each thing that was sent again; `judged` and `recorded` of judging after it."""

    things: tuple[tuple[Parked, Resent], ...]
    judged: int = 0
    recorded: int = 0


def replay_parked(
    embedded: Embedded, ids: Collection[str] = (), *, amendment: Amendment | None = None
) -> Replayed:
    """Send things again, those named or all that wait, and judge what is new.

    Raises ParkedUnknown before anything is sent, and StoreUnusable.
    """
    amendment = amendment or Amendment()
    with parking_lot(embedded) as lot:
        importing = Importing(embedded, lot)
        resend: dict[Queue, Resend] = {
            "files": importing.resend_file(amendment),
            "lines": importing.resend_line(amendment),
            "commands": resend_commands(embedded, lot),
        }
        things = tuple(replay(lot, resend=resend, reason_of=reason_of, ids=ids))
    if not any(resent.done for _, resent in things):
        return Replayed(things=things)
    outcome = judged_again(embedded, correlation="replay")
    embedded.current_views()
    return Replayed(things=things, judged=outcome.judged, recorded=outcome.recorded)
