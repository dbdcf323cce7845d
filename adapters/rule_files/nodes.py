"""A file of rules as YAML nodes: everything that could grow, run or surprise is refused first.

No value is constructed: scalars stay texts, and the types of the language read them. Refused are
aliases and anchors (they grow), tags (they construct), merge keys, further documents, depth, and
size.
"""

from __future__ import annotations

from typing import Final, Protocol

import yaml

from domain.rules.faults import RULES_BYTES_MAX, RuleFault, RulesUnreadable

DEPTH_MAX: Final = 12
"""Levels of nesting."""


def root_of(content: bytes) -> yaml.Node:
    """The only document of a file. Raises RulesUnreadable."""
    if len(content) > RULES_BYTES_MAX:
        raise _refused(f"larger than {RULES_BYTES_MAX} bytes")
    try:
        _demand_plain(content)
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "malformed"
        raise _refused(f"not YAML: {_one_line(said)}", mark) from None
    except yaml.YAMLError:
        raise _refused("not YAML: not UTF-8, or characters that may not stand in it") from None
    if root is None:
        raise _refused("the file is empty")
    return root


def _demand_plain(content: bytes) -> None:
    depth = documents = 0
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        mark = event.start_mark
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise _refused("a second document in the file", mark)
            case yaml.AliasEvent():
                raise _refused("aliases are not allowed", mark)
            case yaml.CollectionEndEvent():
                depth -= 1
            case yaml.NodeEvent():
                if event.anchor is not None:
                    raise _refused("anchors are not allowed", mark)
                if event.tag is not None:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  (every event of a node but an alias has one)
                    raise _refused("tags are not allowed", mark)
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                    if depth > DEPTH_MAX:
                        raise _refused(f"more than {DEPTH_MAX} levels", mark)
            case _:
                pass


def _one_line(said: str) -> str:
    return " ".join(said.split())[:120]


class _Mark(Protocol):
    """A place in a text; the library has two kinds of it."""

    line: int
    column: int


def _refused(reason: str, mark: _Mark | None = None) -> RulesUnreadable:
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    return RulesUnreadable(
        faults=(RuleFault(line=line, column=column, field="file", reason=reason),)
    )
