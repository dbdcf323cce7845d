"""Two runs at once: what one recorded and did not live to judge is judged by the next."""

from __future__ import annotations

from contextlib import suppress

from tests.domain.matching.table import line, payment
from tests.service.test_state_machine import Crashed, Dying
from tests.service.tiny import Remembered, reconcile, reconciler, row, state_of
from tests.service.tiny import loaded as known

ONE = [row(payment("Q1", reference="FACTURA-00000042"))]
OTHER = [
    row(payment("Q2", 50_00, reference="FACTURA-00000077")),
    row(line("M2", 50_00, reference="FACTURA-00000077"), entry="E2"),
]


class Overtaken(Remembered):
    """Before a run asks how far it came, another one records its rows and dies."""

    overtaken = False

    def head(self) -> int:
        if self.recorded and not self.overtaken:
            self.overtaken = True
            with suppress(Crashed):
                reconcile(Dying(self, dies_at=2, written=False), OTHER)
        return super().head()


def test_what_another_run_recorded_and_did_not_judge_is_judged_later():
    """A run notes as judged only what it knew, not what others recorded meanwhile."""
    facts = Overtaken()
    reconcile(facts, ONE)
    assert facts.overtaken
    reconciler(facts).judge_again(correlation="next")
    once = reconcile(Remembered(), [*ONE, *OTHER])
    assert state_of(known(facts)) == state_of(once.registry)
