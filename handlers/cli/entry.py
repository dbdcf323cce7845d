"""From arguments to an exit code.

    0     done
    1     an unexpected failure, or something that may pass (somebody else wrote at the same time)
    2     refused: bad input, an unknown id, a bad option, no store
    130   interrupted
    141   nobody reads any more what is printed

Whatever is refused is one line on standard error: `conciliar: FILE: PLACE: REASON`.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import typer

DONE, FAILED, REFUSED, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141

DEBUG = "--debug"
DEBUG_VARIABLE = "CONCILIAR_DEBUG"

REASON_LENGTH_MAX = 2_000
"""Characters of a reason that are printed."""

_ALONE = {"statement parse": "handlers.cli.statement_parse"}
"""Commands that are started without importing all others: a file has the memory for itself."""

_INPUT_ERRORS = frozenset(
    (
        errno.EACCES,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    )
)
"""What the system says when a path was the wrong one; a full disk is not among them."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; nothing escapes. `--debug`, wherever it stands, shows tracebacks."""
    debug = DEBUG in arguments or os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}
    try:
        code = _invoked([each for each in arguments if each != DEBUG])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _unread()
    except SystemExit as end:  # raised where a pipe was closed under a table
        return _unread() if end.code else DONE
    except Exception as error:  # noqa: BLE001  (the outermost edge: said in one line, once)
        if debug:
            traceback.print_exc()
        code, line = _told(error)
        print(f"conciliar: {' '.join(line.split())[:REASON_LENGTH_MAX]}", file=sys.stderr)
    return code


def _invoked(arguments: Sequence[str]) -> int:
    alone = _ALONE.get(" ".join(arguments[:2]))
    names = arguments[:2] if alone else ()
    app: typer.Typer = import_module(alone or "handlers.cli.app").app
    command = typer.main.get_command(app)
    code = command.main(
        list(arguments[len(names) :]),
        prog_name=" ".join(("conciliar", *names)),
        standalone_mode=False,
    )
    return code if isinstance(code, int) else DONE


def _unread() -> int:
    # What is still in the buffer would be written at exit, and fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNREAD


def _told(error: Exception) -> tuple[int, str]:
    """Exit code and line of an exception."""
    from application.batch import InputRefused
    from application.ports import StoreUnusable, VersionConflict
    from conciliar.refusals import place_of, reason_of
    from domain.errors import Refusal

    match error:
        case InputRefused(file=file, place=place, reason=reason):
            return REFUSED, f"{file}: {place}: {reason}"
        case StoreUnusable(path=path, reason=reason):
            return REFUSED, f"{path}: store: {reason}"
        case VersionConflict():
            return FAILED, f"store: {place_of(error)}: {reason_of(error)}"
        case Refusal():
            return REFUSED, f"{type(error).__name__}: {place_of(error) or '-'}: {reason_of(error)}"
        case typer.TyperException():
            return REFUSED, _usage(error)
        case OSError(filename=str() as name) if error.errno in _INPUT_ERRORS:
            return REFUSED, f"{name}: file: {error.strerror}"
        case _:
            words = str(error) or "no words for it"
            return FAILED, f"unexpected failure: {type(error).__name__}: {words}"


def _usage(error: typer.TyperException) -> str:
    """`COMMAND: OPTION: REASON`, as far as the parser tells them apart."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "") or "conciliar"
    command = path.removeprefix("conciliar").strip() or "command"
    # A bad value has a message of its own; what formats it adds the option again.
    bare = isinstance(error, typer.BadParameter) and bool(error.message)
    reason = (error.message if bare else error.format_message()).strip().rstrip(".")
    if reason.startswith("Missing "):
        reason = "missing"
    reason = reason.removeprefix("Value error, ")
    return f"{command}: {_parameter(error)}: {reason[:1].lower()}{reason[1:]}"


def _parameter(error: typer.TyperException) -> str:
    for name in ("option_name", "param_hint"):
        said = getattr(error, name, None)
        if said:
            return str(said)
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "command" if "ommand" in error.message else "arguments"
    options = [each for each in getattr(parameter, "opts", ()) if str(each).startswith("-")]
    if options:
        return max(map(str, options), key=len)
    return str(parameter.metavar or parameter.name).upper()
