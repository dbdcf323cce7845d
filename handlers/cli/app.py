"""The commands. Each has a file of its own; what they share stands in options.py."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from handlers.cli import (
    demo,
    doctor,
    explain,
    grant,
    history,
    parked,
    payment,
    reconcile,
    report,
    rules,
    serve,
    settlement,
    statement,
    store,
    unmatch,
)

app = typer.Typer(
    name="conciliar",
    help="Reconciles payments with what the bank's statements say; proves every match, keeps every"
    " fact.",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True, epilog="Begin with: [bold]conciliar demo[/bold]")
def root(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure. May stand anywhere.")
    ] = False,
) -> None:
    """Reconcile payments with bank statements."""
    del debug  # it is taken out before the arguments are read
    if show_version:
        print(f"conciliar {version('conciliar')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def _example(*commands: str) -> str:
    shown = "\n\n".join(f"  [cyan]{command}[/cyan]" for command in commands)
    return f"[bold]Examples[/bold]\n\n{shown}"


app.command("demo", epilog=_example("conciliar demo", "conciliar demo --payments 20000 --fresh"))(
    demo.demo
)
app.command(
    "reconcile",
    epilog=_example(
        "conciliar reconcile data --out out",
        "conciliar reconcile monday --out out --store bank-store --json",
    ),
)(reconcile.reconcile)
app.command(
    "explain",
    epilog=_example("conciliar explain P000000017", "conciliar explain S000000004 --lang es"),
)(explain.explain)
app.command(
    "report",
    epilog=_example(
        "conciliar report",
        "conciliar report --open --reason ambiguous --limit 20",
        "conciliar report --books --account 0110599520000001234567 --as-of 2026-03-06",
    ),
)(report.report)
app.command(
    "history",
    epilog=_example(
        "conciliar history P000000017",
        "conciliar history P000000017 --at 2026-03-06T12:00:00-03:00",
    ),
)(history.history)
app.command(
    "unmatch",
    epilog=_example('conciliar unmatch mat:bank:011:…:1 --reason "paid by another invoice"'),
)(unmatch.unmatch)
app.add_typer(payment.commands, name="payment")
app.add_typer(settlement.commands, name="settlement")
app.add_typer(statement.commands, name="statement")
app.add_typer(parked.commands, name="parked")
app.add_typer(rules.commands, name="rules")
app.add_typer(store.commands, name="store")
app.add_typer(grant.commands, name="grant")
app.command(
    "serve",
    epilog=_example(
        "conciliar serve --store demo-out --partner acme",
        "conciliar serve --host 0.0.0.0 --issuer https://id.bank.example --keys jwks.json",
    ),
)(serve.serve)
app.command("doctor", epilog=_example("conciliar doctor"))(doctor.doctor)
