"""Reads a rule set by the types of the language, and collects every fault with its place.

Only a file without any fault gives rules. A misspelt key or value is named with what looks like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, cast

import yaml

from adapters.rule_files.nodes import root_of
from adapters.rule_files.typed import Hint, Slot, hint_of, slots_of
from domain.rules.faults import FAULTS_MAX, RuleFault, RulesUnreadable, faults_of
from domain.rules.language import Path, RuleSetText

_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,11})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXT: Final = "tag:yaml.org,2002:str"
QUOTED_LENGTH_MAX: Final = 40
"""Characters of a wrong value that are repeated."""

_FAULTY: Final = object()
"""Stands where a value could not be read."""


def read_rules(content: bytes) -> RuleSetText:
    """The rule set in a file's bytes. Raises RulesUnreadable with every fault."""
    reader = _Reader()
    read: object = reader.value(root_of(content), hint_of(RuleSetText), ())
    if isinstance(read, RuleSetText) and not reader.faults:
        for path, reason in faults_of(read):
            reader.fault(path, reason)
        if not reader.faults:
            return read
    ordered = sorted(reader.faults, key=lambda one: (one.line, one.column))
    raise RulesUnreadable(faults=tuple(ordered[:FAULTS_MAX]))


class _Reader:
    """One reading: the faults so far, and where each path stands."""

    def __init__(self) -> None:
        self.faults: list[RuleFault] = []
        self._places: dict[Path, yaml.Mark] = {}

    def fault(self, path: Path, reason: str, node: yaml.Node | None = None) -> object:
        """Note a fault at a node, or where the path, or the nearest part of it, stands."""
        if node is not None:
            mark: yaml.Mark = node.start_mark
        else:
            known = (path[:end] for end in range(len(path), -1, -1) if path[:end] in self._places)
            mark = self._places[next(known)]
        self.faults.append(
            RuleFault(line=mark.line + 1, column=mark.column + 1, field=_shown(path), reason=reason)
        )
        return _FAULTY

    def value(self, node: yaml.Node, hint: Hint, path: Path) -> Any:
        """The value of a node, or _FAULTY."""
        self._places.setdefault(path, node.start_mark)
        if hint.member is not None:
            return self._list(node, hint, hint.member, path)
        if hint.forms is not None:
            return self._tagged(node, hint.forms, path)
        if hint.record is not None:
            return self._object(node, hint.record, path)
        if not isinstance(node, yaml.ScalarNode):
            return self.fault(path, "a single value is expected here", node)
        if hint.choices is not None:
            return self._choice(node, hint.choices, path)
        return self._scalar(node, hint, path)

    # Mappings

    def _object(self, node: yaml.Node, kind: type, path: Path) -> Any:
        slots = {slot.name: slot for slot in slots_of(kind)}
        if not isinstance(node, yaml.MappingNode):
            return self.fault(path, f"a mapping is expected here: {', '.join(slots)}", node)
        values = self._members(node, slots, path)
        for name, slot in slots.items():
            if not slot.optional and name not in values:
                values[name] = self.fault((*path, name), f"{name} is missing", node)
        if any(value is _FAULTY for value in values.values()):
            return _FAULTY
        return kind(**values)

    def _members(
        self, node: yaml.MappingNode, slots: dict[str, Slot], path: Path
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        seen: set[str] = set()
        for key, below in _pairs(node):
            name = _text(key)
            if name is None or name not in slots:
                self.fault((*path, _quoted(name or "")), _unknown("key", name, slots), key)
                meant = get_close_matches(name or "", slots, n=1)
                values.update((each, _FAULTY) for each in meant if each not in values)
            elif name in seen:
                values[name] = self.fault((*path, name), f"{name} stands twice", key)
            else:
                self._places[*path, name] = key.start_mark
                values[name] = self.value(below, slots[name].hint, (*path, name))
            seen.add(name or "")
        return values

    def _tagged(self, node: yaml.Node, forms: dict[str, type], path: Path) -> Any:
        if isinstance(node, yaml.ScalarNode):
            tag, below = _text(node), None
        elif isinstance(node, yaml.MappingNode) and len(_pairs(node)) == 1:
            key, below = _pairs(node)[0]
            tag = _text(key)
        else:
            return self.fault(path, f"one of these is expected here: {', '.join(forms)}", node)
        if tag is None or tag not in forms:
            return self.fault(path, _unknown("form", tag, forms), node)
        slots = slots_of(forms[tag])
        if below is None and not slots:
            return forms[tag]()
        if below is None or not slots:
            form = f"{tag}: {slots[0].name}" if slots else tag
            return self.fault(path, f"write {form}", node)
        value = self.value(below, slots[0].hint, (*path, tag))
        return _FAULTY if value is _FAULTY else forms[tag](value)

    # Lists

    def _list(self, node: yaml.Node, hint: Hint, member: Hint, path: Path) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self.fault(path, "a list is expected here", node)
        nodes = cast("list[yaml.Node]", node.value)  # the library leaves it open
        if hint.bounds and not hint.bounds.least <= len(nodes) <= hint.bounds.most:
            reason = (
                f"{len(nodes)} are too few or too many: {hint.bounds.least} to {hint.bounds.most}"
            )
            self.fault(path, reason, node)
            return _FAULTY
        read = tuple(self.value(each, member, (*path, at)) for at, each in enumerate(nodes))
        return _FAULTY if any(value is _FAULTY for value in read) else read

    # Single values

    def _choice(self, node: yaml.ScalarNode, choices: tuple[Any, ...], path: Path) -> Any:
        text = str(node.value)
        for choice in choices:
            if text == str(choice):
                return choice
        return self.fault(path, _unknown("value", text, [str(each) for each in choices]), node)

    def _scalar(self, node: yaml.ScalarNode, hint: Hint, path: Path) -> Any:
        text = str(node.value)
        if not text:
            return self.fault(path, "is empty", node)
        if hint.of is int:
            return self._number(node, text, hint, path)
        if hint.of is date:
            return self._day(node, text, path)
        assert hint.of is str, "every type of the language has its reader"
        if node.tag != _TEXT:  # what an editor would read as a number, a day or a truth
            return self.fault(path, f"write {_quoted(text)} in quotes: it reads as no text", node)
        if hint.bounds and not hint.bounds.least <= len(text) <= hint.bounds.most:
            most = hint.bounds.most
            return self.fault(path, f"longer than {most} characters, or too short", node)
        if hint.written and not re.fullmatch(hint.written.pattern, text):
            return self.fault(
                path, f"{_quoted(text)} is not written as {hint.written.pattern}", node
            )
        return text

    def _number(self, node: yaml.ScalarNode, text: str, hint: Hint, path: Path) -> Any:
        if node.style is not None or not _WHOLE.fullmatch(text):
            reason = "in quotes it is no number" if node.style else "is not a whole number"
            return self.fault(path, f"{_quoted(text)} {reason}", node)
        number, bounds = int(text), hint.bounds
        if bounds and not bounds.least <= number <= bounds.most:
            return self.fault(path, f"{number} is not from {bounds.least} to {bounds.most}", node)
        return number

    def _day(self, node: yaml.ScalarNode, text: str, path: Path) -> Any:
        try:
            return date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            return self.fault(path, f"{_quoted(text)} is no day: write YYYY-MM-DD", node)


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)  # the library leaves it open


def _text(node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _unknown(what: str, text: str | None, known: Iterable[str]) -> str:
    if text is None:
        return f"a {what} is a single word"
    names = list(known)
    near = get_close_matches(text, names, n=1)
    if near:
        return f"unknown {what} {_quoted(text)}; did you mean {near[0]}?"
    return f"unknown {what} {_quoted(text)}; known are {', '.join(names)}"


def _quoted(text: str) -> str:
    """A wrong value, cut, and without anything that would break a line or a terminal."""
    plain = "".join(char if char.isprintable() else "·" for char in text)
    return plain if len(plain) <= QUOTED_LENGTH_MAX else f"{plain[:QUOTED_LENGTH_MAX]}…"


def _shown(path: Path) -> str:
    """rules[0].compare.amount; the file itself where the path is empty."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "file"
