"""The wiring on AWS: which adapters stand behind the ports of a function.

    aws = here()            of this process's environment, made once
    aws.facts               the fact store, on the installation's tables
    aws.commanding          judges commands
    aws.matching            matches what is recorded, as it is recorded
    aws.acknowledgements    the queue that answers go to

A client or a port is made when it is first asked for, so that a function pays for what it uses.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from adapters.dynamodb.calls import Calls, new_client
from adapters.dynamodb.facts import DynamoFactStore
from adapters.dynamodb.tables import Tables
from adapters.system import Clock, Entropy
from conciliar.aws_settings import AwsSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from adapters.aws.clients import Clients
    from adapters.aws.messages import FifoQueue, Topic
    from adapters.aws.subject_keys import KmsWrapping
    from adapters.dynamodb.match_states import DynamoMatchStates
    from adapters.dynamodb.tenant_log import TenantLog
    from application.commanding import Commanding, Message
    from application.live_matching import LiveMatching
    from application.parking import ParkingLot
    from application.sequencing.sequencer import Sequencer
    from conciliar.aws_log import Noticed
    from domain.rules.language import RuleSetText


@cache
def here() -> Aws:
    """What this process works with. Raises InputRefused for an environment that is not enough."""
    return Aws(AwsSettings.of(os.environ))


@dataclass
class Aws:
    """One function's ports."""

    settings: AwsSettings
    clock: Clock = field(default_factory=Clock)
    entropy: Entropy = field(default_factory=Entropy)

    @cached_property
    def clients(self) -> Clients:
        """Clients of everything but the store."""
        from adapters.aws.clients import Clients

        return Clients()

    @cached_property
    def tables(self) -> Tables:
        """The installation's tables."""
        return Tables(self.settings.prefix)

    @cached_property
    def calls(self) -> Calls:
        """Calls to the tables."""
        return Calls(new_client(), waiting=self.clock, entropy=self.entropy)

    @cached_property
    def facts(self) -> DynamoFactStore:
        """The facts of the tenant. Raises StoreUnusable where the master key cannot be had."""
        return DynamoFactStore(
            self.calls,
            tables=self.tables,
            tenant=self.settings.tenant,
            master_key=self._master_key(),
            clock=self.clock,
            entropy=self.entropy,
            numbering=self.settings.numbering,
            wrapping=self._wrapping() if self.settings.salts == "kms" else None,
        )

    def _wrapping(self) -> KmsWrapping:
        from adapters.aws.subject_keys import KmsWrapping

        key_id = self.settings.demand("subject_key")
        return KmsWrapping(self.clients.kms, key_id=key_id, tenant=self.settings.tenant)

    def _master_key(self) -> bytes:
        from adapters.aws.master_key import WrappedMasterKey

        wrapped = WrappedMasterKey(
            self.clients.kms, self.calls, tables=self.tables, tenant=self.settings.tenant
        )
        return wrapped.read(drawn_under=self.settings.subject_key)

    @cached_property
    def log(self) -> TenantLog:
        """What numbers the tenant's commits."""
        from adapters.dynamodb.tenant_log import TenantLog

        return TenantLog(
            self.calls, tables=self.tables, tenant=self.settings.tenant, clock=self.clock
        )

    @cached_property
    def sequencer(self) -> Sequencer:
        """Numbers commits; it remembers which page it wrote last."""
        return self.log.sequencer()

    # Any: a page as DynamoDB's own JSON has it.
    def noticed(self, page: Mapping[str, Any]) -> Iterator[Noticed]:
        """The facts of a page that others are told of. Raises ItemBroken, StoreBusy."""
        from conciliar.aws_log import noticed

        return noticed(page, self.calls, tables=self.tables, tenant=self.settings.tenant)

    # Matching

    @cached_property
    def match_states(self) -> DynamoMatchStates:
        """The index in which items find each other."""
        from adapters.blinding import Blinding
        from adapters.dynamodb.match_states import DynamoMatchStates

        tenant = self.settings.tenant
        return DynamoMatchStates(
            self.calls,
            tables=self.tables,
            tenant=tenant,
            blinding=Blinding(master_key=self._master_key(), tenant=tenant),
        )

    @cached_property
    def matching(self) -> LiveMatching:
        """Matches what is recorded, as it is recorded."""
        from adapters.holidays_ar import ArgentineHolidays
        from application.live_matching import LiveMatching

        return LiveMatching(
            self.facts,
            self.match_states,
            actor=self.settings.actor,
            holidays=ArgentineHolidays(),
            read_rules=_read_rules,
        )

    # Commands

    @cached_property
    def lot(self) -> ParkingLot:
        """What was set aside."""
        from adapters.aws.parking import S3ParkingLot

        return S3ParkingLot(
            self.clients.s3, bucket=self.settings.demand("parked"), clock=self.clock
        )

    @cached_property
    def commanding(self) -> Commanding:
        """Judges commands."""
        from application.commanding import Commanding
        from conciliar.refusals import reason_of

        return Commanding(self.facts, self.lot, actor=self.settings.actor, reason_of=reason_of)

    def message(self, text: str) -> Message:
        """A message of the commands' queue, read."""
        from adapters.command_messages import read_message

        return read_message(text, source=self.settings.source, now_ms=self.clock.now_ms())

    @cached_property
    def acknowledgements(self) -> FifoQueue:
        """The queue that answers go to."""
        return self._queue("acknowledgements")

    @cached_property
    def commands(self) -> FifoQueue:
        """The queue that commands come from."""
        return self._queue("commands")

    @cached_property
    def notices(self) -> Topic:
        """The topic of notices."""
        from adapters.aws.messages import Topic

        return Topic(self.clients.sns, arn=self.settings.demand("notices"))

    def _queue(self, name: str) -> FifoQueue:
        from adapters.aws.messages import FifoQueue

        return FifoQueue(self.clients.sqs, url=self.settings.demand(name))


def _read_rules(content: bytes) -> RuleSetText:
    from adapters.rule_files import read_rules  # only here: most banks have no rules to read

    return read_rules(content)
