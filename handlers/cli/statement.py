"""`conciliar statement`: what statement files say, and statements taken in from files."""

from __future__ import annotations

from handlers.cli import statement_import, statement_parse, statement_profile

commands = statement_import.commands
commands.command("parse", epilog=statement_parse.EPILOG)(statement_parse.parse_statement)
commands.command("profile", epilog=statement_profile.EPILOG)(statement_profile.profile_statement)
