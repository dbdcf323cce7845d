"""A file of orders about payments: all of it recorded in one transaction, or nothing.

Each order is decided by its payment's aggregate against what is stored, and answered. An order that
cannot be followed refuses the file, or is set aside where it stands alone. The same file again
records nothing and is answered as the first time: what it had recorded bears its hash.

    pacs.002  RJCT, CANC   the payment is cancelled
    pacs.004               the return is noted as announced: only a settlement moves money back
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.batch import WARNINGS_MAX, InputRefused, InputWarning, SourceFile
from application.intake import CALENDAR
from application.parking import Aside, ParkingLot, id_of
from application.payment_deciding import HASH_DIGITS, Deciding, Reasons
from application.payment_orders import ASIDE, Answer, Order, Register
from application.ports import FactStore, VersionConflict
from application.reconciling import append_all
from application.registry import Registry
from domain import business_calendar

ATTEMPTS_MAX: Final = 5
"""Times that a file is decided afresh because somebody else wrote to its payments meanwhile."""

ASIDE_MAX: Final = 1_000
"""Orders of one file that are set aside; a file with more of them is the wrong file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A file that was taken in: an answer for each order, in its order.

    `recorded` counts the facts that were new: 0 where the file had been imported before.
    """

    file: SourceFile
    answers: tuple[Answer, ...]
    recorded: int
    warnings: tuple[InputWarning, ...]
    warnings_total: int


class PaymentImport:
    """Imports files into one store.

    `holidays` hold where no calendar was declared. `authority` and `searching` as for `Deciding`.
    """

    def __init__(
        self,
        facts: FactStore,
        lot: ParkingLot,
        *,
        actor: str,
        reason_of: Reasons,
        holidays: Container[date] = frozenset(),
        authority: str = "import",
        searching: bool = True,
    ) -> None:
        self._authority = authority
        self._searching = searching
        self._facts = facts
        self._lot = lot
        self._actor = actor
        self._reason_of = reason_of
        self._holidays = holidays

    def run(self, file: SourceFile, orders: Sequence[Order]) -> Imported:
        """Decide all orders, record what is new, set aside what has to wait.

        Raises InputRefused before anything of the file is recorded.
        """
        # Facts go first, since a run that dies after them is completed by the next one.
        answers, recorded = self._recorded(file, orders)
        warnings = list(self._warnings(file, orders, answers))
        return Imported(
            file=file,
            answers=tuple(self._set_aside(file, orders, answers)),
            recorded=recorded,
            warnings=tuple(warnings[:WARNINGS_MAX]),
            warnings_total=len(warnings),
        )

    def send(self, file: SourceFile, order: Order) -> Answer:
        """Decide and record one order that was set aside; what becomes of it there is not ours."""
        return self._recorded(file, (order,))[0][0]

    def wake(self, file: SourceFile, orders: Sequence[Order]) -> int:
        """Decide what waited, and note what no longer does; how many these are."""
        answers, _ = self._recorded(file, orders)
        done = [each for each in answers if each.status not in ASIDE]
        for each in done:
            self._lot.resolve(id_of("commands", _key(file, each)), outcome=each.status)
        return len(done)

    def _recorded(self, file: SourceFile, orders: Sequence[Order]) -> tuple[list[Answer], int]:
        """An answer for each order, and how many facts are new."""
        for _ in range(ATTEMPTS_MAX - 1):
            try:
                return self._attempt(file, orders)
            except VersionConflict:  # another writer was first: decide on what it left
                continue
        return self._attempt(file, orders)

    def _attempt(self, file: SourceFile, orders: Sequence[Order]) -> tuple[list[Answer], int]:
        deciding = Deciding(
            self._facts,
            file,
            orders,
            actor=self._actor,
            reason_of=self._reason_of,
            authority=self._authority,
            searching=self._searching,
        )
        answers = [deciding.answer(order) for order in orders]
        _refuse_wrong_file(file, answers)
        return answers, append_all(self._facts, deciding.commits)

    def _set_aside(
        self, file: SourceFile, orders: Sequence[Order], answers: Sequence[Answer]
    ) -> Iterator[Answer]:
        waiting = {parked.key for parked in self._lot.all(queue="commands")}
        for order, answer in zip(orders, answers, strict=True):
            if answer.status not in ASIDE:
                if answer.command_id in waiting:
                    parked_id = id_of("commands", answer.command_id)
                    self._lot.resolve(parked_id, outcome=answer.status)
                yield answer
                continue
            parked = self._lot.park(
                Aside(
                    queue="commands",
                    key=_key(file, answer),
                    reason=answer.reason or answer.status,
                    file=file.name,
                    place=order.place,
                    words=answer.words or "",
                    content=order.content(),
                )
            )
            yield replace(answer, parked=parked.id)

    def _warnings(
        self, file: SourceFile, orders: Sequence[Order], answers: Sequence[Answer]
    ) -> Iterator[InputWarning]:
        calendar = self._calendar()
        for order, answer in zip(orders, answers, strict=True):
            if answer.status == "refused":
                continue
            oddities = list(order.oddities)
            body = order.body
            if isinstance(body, Register) and body.value_date_said:
                day = body.registration.expected_value_date.toordinal()
                if not calendar.is_business_day(day):
                    oddities.append(("expected_value_date", "not-a-business-day"))
            for name, kind in oddities:
                yield InputWarning(file=file.name, place=order.place, field=name, kind=kind)

    def _calendar(self) -> business_calendar.BusinessCalendar:
        stream = business_calendar.stream_of(name=CALENDAR)
        registry = Registry()
        registry.apply_all(self._facts.stream(stream))
        declared = registry.of(stream, business_calendar.DeclaredCalendar)
        return business_calendar.business_calendar(declared, fallback_holidays=self._holidays)


def _refuse_wrong_file(file: SourceFile, answers: Sequence[Answer]) -> None:
    aside = [each for each in answers if each.status in ASIDE]
    if len(aside) > ASIDE_MAX:
        reason = f"more than {ASIDE_MAX} orders cannot be followed; the first: {aside[0].words}"
        raise InputRefused(file=file.name, place=aside[0].place, reason=reason)


def _key(file: SourceFile, answer: Answer) -> str:
    if answer.command_id is None or answer.reason == "idempotency-key-reused":
        return f"{file.sha256[:HASH_DIGITS]}:{answer.place}"  # the id is somebody else's
    return answer.command_id
