"""Every error that is answered, as `application/problem+json` (RFC 9457).

`type` is the address of a page that says what it means; slug, status and title are kept for ever.
A problem names ids, parameters and machine names; no stack, no query, nothing of another tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from application import access, query_refusals
from application.ports import StoreBusy, StoreUnusable
from conciliar.question_words import reason_of_question as reason_of
from domain.errors import Refusal

R = TypeVar("R", bound=Refusal)

TYPES_AT: Final = "/v1/problems/"
RETRY_S: Final = 2
"""Seconds after which what may pass is worth asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem: what it is called and what to do, in English and Spanish."""

    slug: str
    status: int
    title: str
    titulo: str
    meaning: str
    significado: str


def _kind(slug: str, status: int, en: tuple[str, str], es: tuple[str, str]) -> Kind:
    (title, meaning), (titulo, significado) = en, es
    return Kind(
        slug=slug,
        status=status,
        title=title,
        titulo=titulo,
        meaning=meaning,
        significado=significado,
    )


_ALL = (
    _kind(
        "cursor-invalid",
        400,
        ("Not your cursor", "A cursor goes on with one list of one caller. Begin the list anew."),
        ("Cursor ajeno", "Un cursor continúa una lista de un solo cliente. Empiece de nuevo."),
    ),
    _kind(
        "cursor-with-parameters",
        400,
        ("A cursor stands alone", "A cursor holds the whole question. Send it without the rest."),
        ("El cursor va solo", "El cursor contiene toda la consulta. Envíelo sin lo demás."),
    ),
    _kind(
        "token-missing",
        401,
        ("No token", "Send an access token: Authorization: Bearer …"),
        ("Falta el token", "Envíe un token de acceso: Authorization: Bearer …"),
    ),
    _kind(
        "token-invalid",
        401,
        ("Not a good token", "Ask the issuer for a new one. `reason` says what was wrong."),
        ("Token no válido", "Pida otro al emisor. `reason` dice qué falló."),
    ),
    _kind(
        "token-not-bound",
        401,
        ("Not the token's certificate", "Use the client certificate that the token was made for."),
        ("Certificado distinto", "Use el certificado de cliente para el que se emitió el token."),
    ),
    _kind(
        "scope-missing",
        403,
        ("Not allowed", "The token does not hold the scope that this asks for."),
        ("Sin permiso", "El token no tiene el alcance que esto exige."),
    ),
    _kind(
        "not-found",
        404,
        ("Nothing here", "No such address, or nothing of this id that you may see."),
        ("No existe", "No hay tal dirección, o nada con ese id que usted pueda ver."),
    ),
    _kind(
        "method-not-allowed",
        405,
        ("Not that way", "`Allow` names the methods that this address knows."),
        ("Método no permitido", "`Allow` nombra los métodos de esta dirección."),
    ),
    _kind(
        "not-acceptable",
        406,
        ("No such form", "Answers are application/json; `Accept` asked for something else."),
        ("Formato no disponible", "Se responde application/json; `Accept` pide otra cosa."),
    ),
    _kind(
        "cursor-expired",
        410,
        ("The list is over", "A list can be gone on with for a day. Begin it anew."),
        ("Lista vencida", "Una lista puede continuarse durante un día. Empiece de nuevo."),
    ),
    _kind(
        "state-not-kept",
        410,
        (
            "That state is not kept",
            "Lists keep the positions that answers named in the last day. Older states of one"
            " thing are in its facts.",
        ),
        (
            "Estado no conservado",
            "Las listas conservan las posiciones nombradas en el último día. Los estados"
            " anteriores de una cosa están en sus hechos.",
        ),
    ),
    _kind(
        "body-too-large",
        413,
        ("Too large", "The body is larger than 256 KB."),
        ("Demasiado grande", "El cuerpo supera los 256 KB."),
    ),
    _kind(
        "address-too-long",
        414,
        ("The address is too long", "Address and parameters may have 16,000 characters."),
        ("Dirección demasiado larga", "Dirección y parámetros: hasta 16.000 caracteres."),
    ),
    _kind(
        "invalid-request",
        422,
        ("A value cannot be read", "`errors` names the parameter and the reason."),
        ("Valor ilegible", "`errors` nombra el parámetro y el motivo."),
    ),
    _kind(
        "unknown-parameter",
        422,
        ("Unknown parameter", "`errors` names it, and the nearest that is known. None may repeat."),
        ("Parámetro desconocido", "`errors` lo nombra y propone el más parecido. Sin repetir."),
    ),
    _kind(
        "query-too-broad",
        422,
        ("Too broad", "It would look at too much. Narrow it: a date, a merchant, more letters."),
        ("Consulta demasiado amplia", "Acótela: una fecha, un comercio, más letras."),
    ),
    _kind(
        "date-in-future",
        422,
        ("Still to come", "What will be known later cannot be read yet."),
        ("Todavía no", "Lo que se sabrá después aún no puede leerse."),
    ),
    _kind(
        "rate-limited",
        429,
        ("Too many requests", "Wait as long as `Retry-After` says."),
        ("Demasiadas consultas", "Espere lo que indica `Retry-After`."),
    ),
    _kind(
        "headers-too-large",
        431,
        ("Too many headers", "Headers may have 32 KB together."),
        ("Encabezados excesivos", "Los encabezados suman hasta 32 KB."),
    ),
    _kind(
        "unexpected",
        500,
        ("A fault of ours", "It was noted under `trace_id`. Asking again is safe."),
        ("Error nuestro", "Quedó anotado con `trace_id`. Puede repetir la consulta."),
    ),
    _kind(
        "projection-behind",
        503,
        ("Not shown yet", "Lists have not come to the position `at_least`. Ask again shortly."),
        ("Aún no visible", "Las listas no llegaron a `at_least`. Repita en un momento."),
    ),
    _kind(
        "store-unavailable",
        503,
        ("The store does not answer", "Nothing is lost. Ask again shortly."),
        ("El almacén no responde", "No se perdió nada. Repita en un momento."),
    ),
    _kind(
        "timed-out",
        504,
        ("It took too long", "Asking again is safe; narrow the question if it stays so."),
        ("Tardó demasiado", "Puede repetir; acote la consulta si persiste."),
    ),
)

KINDS: Final[Mapping[str, Kind]] = {kind.slug: kind for kind in _ALL}
"""By slug."""


class Problem(Exception):  # noqa: N818  (an answer, not an error)
    """An answer of a kind; `more` are members beside the standard ones."""

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        more: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.kind = KINDS[slug]
        self.detail = detail
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """The document of the problem."""
        return {
            "type": f"{TYPES_AT}{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": instance,
            "trace_id": trace_id,
            **self.more,
        }


def problem_of(refusal: Refusal) -> Problem | None:
    """The problem that says a refusal; None where nobody outside should have met it."""
    for kind in type(refusal).__mro__:
        made = _OF_REFUSAL.get(kind)
        if made is not None:
            return made(refusal)
    return None


def _errors(name: str, code: str, **more: object) -> dict[str, object]:
    return {"errors": [{"parameter": name[:200], "code": code, **more}]}


def _unknown(refusal: query_refusals.UnknownParameter) -> Problem:
    code = "repeated" if refusal.repeated else "unknown"
    more = {} if refusal.nearest is None else {"nearest": refusal.nearest}
    hint = "" if refusal.nearest is None else f": did you mean {refusal.nearest}?"
    detail = "a parameter came twice" if refusal.repeated else f"no such parameter{hint}"
    return Problem("unknown-parameter", detail, more=_errors(refusal.name, code, **more))


def _invalid(refusal: query_refusals.InvalidParameter) -> Problem:
    more = _errors(refusal.name, refusal.reason)
    return Problem("invalid-request", reason_of(refusal), more=more)


def _currency(refusal: query_refusals.CurrencyRequired) -> Problem:
    more = _errors(refusal.name, "currency-required")
    return Problem("invalid-request", reason_of(refusal), more=more)


def _broad(refusal: query_refusals.QueryTooBroad) -> Problem:
    return Problem("query-too-broad", reason_of(refusal), more={"reason": refusal.reason})


def _known_at(refusal: query_refusals.KnownAtRefused) -> Problem:
    slug = "date-in-future" if refusal.reason == "future" else "state-not-kept"
    return Problem(slug, reason_of(refusal), more=_errors("known_at", refusal.reason))


def _token(refusal: access.TokenInvalid) -> Problem:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    more = {"reason": refusal.reason}
    return Problem("token-invalid", reason_of(refusal), more=more, headers=challenge)


def _scope(refusal: access.ScopeMissing) -> Problem:
    challenge = f'Bearer error="insufficient_scope", scope="{refusal.scope}"'
    more = {"scope": refusal.scope}
    headers = {"WWW-Authenticate": challenge}
    return Problem("scope-missing", reason_of(refusal), more=more, headers=headers)


def _plain(slug: str, headers: Mapping[str, str] | None = None) -> Callable[[Refusal], Problem]:
    return lambda refusal: Problem(slug, reason_of(refusal), headers=headers)


def _unreachable(refusal: Refusal) -> Problem:
    del refusal  # it names paths, which are nobody's business outside
    headers = {"Retry-After": str(RETRY_S)}
    return Problem("store-unavailable", "the store does not answer", headers=headers)


def _told(kind: type[R], made: Callable[[R], Problem]) -> tuple[type[Refusal], _Made]:
    return kind, cast("_Made", made)  # the table gives it nothing but that kind


_Made = Callable[[Refusal], Problem]
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_OF_REFUSAL: Final[Mapping[type, _Made]] = dict(
    (
        _told(query_refusals.UnknownParameter, _unknown),
        _told(query_refusals.InvalidParameter, _invalid),
        _told(query_refusals.CurrencyRequired, _currency),
        _told(query_refusals.QueryTooBroad, _broad),
        _told(query_refusals.CursorInvalid, _plain("cursor-invalid")),
        _told(query_refusals.CursorExpired, _plain("cursor-expired")),
        _told(query_refusals.CursorWithParameters, _plain("cursor-with-parameters")),
        _told(query_refusals.ItemUnknown, _plain("not-found")),
        _told(query_refusals.KnownAtRefused, _known_at),
        _told(access.TokenMissing, _plain("token-missing", _CHALLENGE)),
        _told(access.TokenInvalid, _token),
        _told(access.TokenNotBound, _plain("token-not-bound", _CHALLENGE)),
        _told(access.ScopeMissing, _scope),
        _told(StoreUnusable, _unreachable),
        _told(StoreBusy, _unreachable),
    )
)
