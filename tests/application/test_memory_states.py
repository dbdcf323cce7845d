"""The match states that tests keep in memory are held to the port's contract, too."""

from __future__ import annotations

import pytest

from application.ports import MatchStates
from tests.adapters.contract_match_states import MatchStatesContract
from tests.application.memory_states import MemoryStates


class TestMemoryStates(MatchStatesContract):
    """The contract, in memory."""

    @pytest.fixture
    def states(self) -> MatchStates:
        return MemoryStates()
