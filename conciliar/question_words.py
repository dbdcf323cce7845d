"""Refusals of questions in words: apart from all others, since whoever answers needs no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from application import access, query_refusals
from domain.errors import Refusal

WORDS: Mapping[type[Refusal], str] = {
    # queries
    query_refusals.UnknownParameter: "unknown or repeated parameter {name}",
    query_refusals.InvalidParameter: "the parameter {name} cannot be read: {reason}",
    query_refusals.CurrencyRequired: "{name} asks for an amount: say its currency as well",
    query_refusals.QueryTooBroad: "the question is too broad: {reason}",
    query_refusals.CursorInvalid: "not a cursor that was given to this caller",
    query_refusals.CursorExpired: "the cursor is too old, begin anew: {reason}",
    query_refusals.CursorWithParameters: "a cursor stands alone, without other parameters",
    query_refusals.ItemUnknown: "nothing of this id",
    query_refusals.KnownAtRefused: "the state of position {position} cannot be read: {reason}",
    # who asks
    access.TokenMissing: "no access token came along",
    access.TokenInvalid: "the access token cannot be taken: {reason}",
    access.TokenNotBound: "the access token belongs to a client certificate that did not come",
    access.ScopeMissing: "the access token does not hold the scope {scope}",
}
"""Every refusal of a question, and of whoever asks it; part of the table in refusals.py."""


def reason_of_question(refusal: Refusal) -> str:
    """Why a question is not answered, in one line."""
    said = {each.name: getattr(refusal, each.name) for each in fields(refusal)}
    return WORDS[type(refusal)].format_map(said)
