"""Whatever the document allows, and what it does not, is asked of a running server.

`make test-http` asks longer; SEED repeats a run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

import pytest

from adapters.system import Clock
from adapters.tokens import LocalIssuer
from application.access import SCOPES
from application.queries import Role
from application.rate_limits import RateLimits
from conciliar.composition import open_embedded
from conciliar.serving import local_issuer, local_verifier, reading
from handlers.server import Server, embedded_server
from tests.handlers.terminal import conciliar, made_bank
from tests.http.edges import PLENTY, TENANT
from tests.http.running import running

EXAMPLES = os.environ.get("CONCILIAR_HTTP_EXAMPLES", "2")
"""Questions of a kind that are made up for an address, beside those at the edges of its schema."""

TIMEOUT_S = 100 + 20 * int(EXAMPLES)

SEED = os.environ.get("CONCILIAR_HTTP_SEED", "")
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "missing_required_header", "unsupported_method", "ignored_auth",
)  # fmt: skip
"""All that hold for reading. Not `positive_data_acceptance`: a schema cannot say that amounts need
a currency, that a cursor has to be one of ours, or which positions are kept."""

CASES_MIN = 60
"""Questions of a run; fewer means that something kept it from asking."""

CONFIG = """
[phases.coverage]
unexpected-methods = ["DELETE", "PATCH", "POST", "PUT", "OPTIONS"]
"""


@pytest.mark.services
@pytest.mark.timeout(2 * TIMEOUT_S)
@pytest.mark.parametrize("role", ["operator", "partner", "auditor"])
def test_every_question_has_a_declared_answer(role: Role, store: Path, tmp_path: Path):
    """No 5xx, no status, header or form that the document does not name, no bad value accepted."""
    seed = SEED or str(SystemRandom().randrange(10**9))
    with _served(store) as (server, issuer), running(server) as url:
        claims = {"sub": role, "tenant": TENANT, "role": role, "scope": " ".join(SCOPES)}
        token = issuer.issue(
            {**claims, "partner": "acme"}, now_s=Clock().now_ms() // 1_000, life_s=600
        )
        ran = _asked(url, token, seed, tmp_path)
    said = f"CONCILIAR_HTTP_SEED={seed}\n{ran.stdout[-6_000:]}\n{ran.stderr[-2_000:]}"
    sys.stdout.write(said)
    assert ran.returncode == 0, said
    asked = re.search(r"([0-9]+) generated", ran.stdout)
    assert asked is not None, said
    assert int(asked[1]) >= CASES_MIN, said


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank's day, reconciled; its partner may read one merchant."""
    folder = tmp_path_factory.mktemp("bank")
    data, out = made_bank(folder / "data"), folder / "out"
    assert conciliar("reconcile", data, "--out", out).code == 0
    assert conciliar("grant", "give", "acme", "M000001", "--store", out).code == 0
    return out / "store"


class Impatient(Clock):
    """A clock for whom waiting takes no time: most made-up positions are never reached."""

    def pause_ms(self, ms: int) -> None:
        """Nothing."""
        del ms


@contextmanager
def _served(store: Path) -> Generator[tuple[Server, LocalIssuer]]:
    """What `conciliar serve` makes of a store, without limits of rate and without waiting."""
    with open_embedded(store) as embedded, reading(embedded) as queries:
        issuer = local_issuer(embedded)
        server = embedded_server(embedded, queries, local_verifier(issuer))
        served = replace(server.served, limits=RateLimits(PLENTY), timing=Impatient())
        yield replace(server, served=served), issuer


def _asked(url: str, token: str, seed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", config, "run"]
    options = {
        "--header": f"Authorization: Bearer {token}",
        "--seed": seed,
        "--checks": ",".join(CHECKS),
        "--phases": "examples,coverage,fuzzing,stateful",
        "--max-examples": EXAMPLES,
        "--request-timeout": "30",
        "--generation-database": "none",
    }
    flat = [part for pair in options.items() for part in pair]
    return subprocess.run(
        [*command, f"{url}/v1/openapi.json", *flat, "--continue-on-failure", "--no-color"],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=folder,
    )
