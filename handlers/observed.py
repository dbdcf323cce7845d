"""What functions log, count and trace with: facts, ids and counts; never a payload.

Every option is set by name, also to its default: a default may change, what we promise may not.
"""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
from aws_lambda_powertools.tracing import Tracer

SERVICE: Final = "conciliar"
NAMESPACE: Final = "conciliar"

logger: Final = Logger(service=SERVICE, level="INFO", log_uncaught_exceptions=False, utc=True)
metrics: Final = Metrics(namespace=NAMESPACE, service=SERVICE)
tracer: Final = Tracer(service=SERVICE, auto_patch=False)
