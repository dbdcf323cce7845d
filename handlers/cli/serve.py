"""`conciliar serve`: the HTTP interface over an embedded store."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.access import SCOPES_OF_ROLE
from application.batch import InputRefused
from application.queries import Role
from conciliar.composition import Embedded
from handlers.cli.options import JsonOption, ProgressOption, StoreOption, store
from handlers.cli.progress import progress
from handlers.cli.screen import show, show_json, text

if TYPE_CHECKING:
    from adapters.tokens import TokenVerifier
    from handlers.server import Server

PORT = 8600
NEEDED = ("aws_lambda_powertools", "joserfc", "uvicorn")
"""What the extra `server` brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issuer:
    """Whose tokens are good: those of a key set in a file, or, without one, of this run."""

    name: str | None
    audience: str
    keys: Path | None
    partners: tuple[str, ...]


def serve(
    *,
    store_path: StoreOption = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than loopback need --keys.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Port; 0 for any that is free.")
    ] = PORT,
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="URL", help="Who signs the tokens.", show_default=False),
    ] = None,
    audience: Annotated[
        str, typer.Option("--audience", help="What a token must be for.")
    ] = "conciliar",
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            help="The issuer's public keys, a JSON Web Key Set. Without it tokens are printed that"
            " are good for this run alone.",
            show_default=False,
        ),
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option(
            "--partner",
            metavar="NAME",
            help="Print a token for this partner too; `conciliar grant give` says what it sees.",
            show_default=False,
        ),
    ] = None,
    progress_form: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer questions about a store over HTTP, until interrupted."""
    wanted = _Issuer(name=issuer, audience=audience, keys=keys, partners=tuple(partner or ()))
    _check(host, wanted)
    with store(store_path) as embedded, progress(progress_form) as told:
        from conciliar.serving import reading

        def project(done: int, total: int) -> None:
            told("project", done, total)

        with reading(embedded, project) as queries:
            from handlers.server import embedded_server

            verifier, tokens = _verifier(embedded, wanted)
            server = embedded_server(embedded, queries, verifier)
            with _listening(host, port) as listening:
                _say(host, listening.getsockname()[1], tokens, as_json=as_json)
                _run(server, listening)


def _check(host: str, issuer: _Issuer) -> None:
    missing = [each for each in NEEDED if find_spec(each) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}; pip install 'conciliar[server]'"
        raise InputRefused(file="serve", place="extra", reason=reason)
    if (issuer.keys is None) != (issuer.name is None):
        raise typer.BadParameter("--issuer and --keys go together", param_hint="--keys")
    if issuer.keys is not None and issuer.partners:
        reason = "with --keys the issuer makes the tokens"
        raise typer.BadParameter(reason, param_hint="--partner")
    if issuer.keys is None and not _is_loopback(host):
        reason = f"{host} can be reached from outside: name the issuer's keys with --keys"
        raise typer.BadParameter(reason, param_hint="--host")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _verifier(embedded: Embedded, issuer: _Issuer) -> tuple[TokenVerifier, dict[str, str]]:
    """Who checks tokens, and the tokens that are to be printed."""
    from adapters.tokens import KeysUnusable
    from conciliar.refusals import reason_of
    from conciliar.serving import local_issuer, local_token, local_verifier, verifier

    if issuer.keys is not None and issuer.name is not None:
        try:
            made = verifier(issuer=issuer.name, audience=issuer.audience, keys=issuer.keys)
        except KeysUnusable as refusal:
            reason = reason_of(refusal)
            raise InputRefused(file=str(issuer.keys), place="keys", reason=reason) from refusal
        return made, {}
    local = local_issuer(embedded)
    callers: list[tuple[str, Role, str | None]] = [
        ("operator", "operator", None),
        ("auditor", "auditor", None),
        *((f"partner {name}", "partner", name) for name in issuer.partners),
    ]
    tokens = {
        shown: local_token(
            local, embedded, role=role, scopes=" ".join(SCOPES_OF_ROLE[role]), partner=partner
        )
        for shown, role, partner in callers
    }
    return local_verifier(local), tokens


def _listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputRefused(file="serve", place=f"{host}:{port}", reason=reason) from error


def _run(server: Server, listening: socket.socket) -> None:
    import uvicorn

    logging.basicConfig(level=logging.WARNING, format="conciliar: %(name)s: %(message)s")
    # Addresses hold what was searched for: they are not written down.
    config = uvicorn.Config(
        server, access_log=False, log_level="warning", server_header=False, ws="none"
    )
    uvicorn.Server(config).run(sockets=[listening])


def _say(host: str, port: int, tokens: Mapping[str, str], *, as_json: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}"
    if as_json:
        show_json({"url": url, "tokens": dict(tokens)})
        return
    show(text(f"conciliar serve  {url}", "title"))
    for name, token in tokens.items():
        # Whole and on one line, however narrow the terminal is: it is there to be copied.
        typer.echo(f"{name}\n{token}\n")
    if tokens:
        example = f'curl -H "Authorization: Bearer $TOKEN" "{url}/v1/payments?limit=2"'
        show(text(f"Tokens are good for this run alone. Try:\n  {example}", "quiet"))
