"""Golden files: for each topic the exact bytes of one stored fact, and the fact that they mean.

A file is written once and never changed: it stands for what lies in people's stores. It holds the
fact, its place and envelope, the keys of its box, and the stored state as text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from adapters.codec import Moved, Row, encode, open_envelope
from adapters.fact_form import Form
from adapters.sealing import Place, Vault
from adapters.topics import REGISTRY
from domain.facts import Context, Recorded

FOLDER = Path(__file__).parent / "facts"
HOW_TO_ADD = "python -m tests.golden.add writes what is missing; a file that is there never changes"


class Golden(msgspec.Struct, kw_only=True):
    """One golden file. Bytes are base64; `state` is the JSON text that is stored."""

    topic: str
    tenant: str
    stream: str
    version: int
    business_time: str
    recorded_at_ms: int
    context: Context
    nonce: bytes
    master_key: bytes
    salt: bytes
    box_nonce: bytes
    fact: dict[str, Any]
    state: str

    @property
    def place(self) -> Place:
        return Place(self.stream, self.version, self.topic)

    @property
    def vault(self) -> Vault:
        return Vault(master_key=self.master_key, tenant=self.tenant)

    def meant(self) -> Any:
        """The fact, in the shape that its topic had."""
        return msgspec.convert(self.fact, REGISTRY.shape(self.topic))

    def encoded(self) -> str:
        """The state as this version of the program writes it."""
        split = REGISTRY.split(self.meant())
        box = None
        if split.personal is not None:
            box = self.vault.seal(
                split.personal, place=self.place, salt=self.salt, nonce=self.box_nonce
            )
        return encode(
            business_time=self.business_time,
            recorded_at_ms=self.recorded_at_ms,
            context=self.context,
            nonce=self.nonce,
            split=split,
            box=box,
        ).decode()

    def _row(self) -> Row:
        return Row(1, self.stream, self.version, self.topic, self.state.encode())

    def _personal(self) -> bytes | None:
        box = open_envelope(self._row()).p
        return None if box is None else self.vault.open(box, place=self.place, salt=self.salt)

    def decoded(self) -> Recorded:
        """The stored state as this version of the program reads it, brought up to date."""
        row = self._row()
        return REGISTRY.recorded(row, open_envelope(row), personal=self._personal())

    def moved(self) -> Moved:
        """The same without its envelope, in one pass."""
        return REGISTRY.moved(REGISTRY.opened(self._row()), personal=self._personal())

    def in_its_own_shape(self) -> object:
        """The stored state, in the shape that its topic had."""
        form = Form(REGISTRY.shape(self.topic))
        return form.fact(open_envelope(self._row()).f, self._personal())


def new(topic: str, fact: object) -> Golden:
    """A golden file's content for a fact of a topic that is written now."""
    golden = Golden(
        topic=topic,
        tenant="bank-01",
        stream=f"golden:{topic}",
        version=3,
        business_time="2026-11-16T10:20:30-03:00",
        recorded_at_ms=1_794_835_230_000,
        context=Context(
            command_id="a-command",
            correlation_id="a-correlation",
            causation_id="a-cause@1",
            actor="svc:golden",
            authority="role/golden",
            sources=("5f" * 32,),
        ),
        nonce=bytes(range(16)),
        master_key=bytes(range(32)),
        salt=bytes(range(16, 32)),
        box_nonce=bytes(range(32, 44)),
        fact=msgspec.to_builtins(fact),
        state="",
    )
    golden.state = golden.encoded()
    return golden


def files() -> list[Path]:
    """All golden files, by name."""
    return sorted(FOLDER.glob("*.json"))


def read(file: Path) -> Golden:
    """A golden file."""
    return msgspec.json.decode(file.read_bytes(), type=Golden)


def write(golden: Golden) -> Path:
    """Write a golden file beside those of its topic; nothing that is there is changed."""
    taken = sum(read(file).topic == golden.topic for file in files())
    file = FOLDER / f"{golden.topic}{f'~{taken + 1}' if taken else ''}.json"
    text = msgspec.json.format(msgspec.json.encode(golden), indent=2)
    with file.open("xb") as new_file:
        new_file.write(text + b"\n")
    return file


def uncovered() -> dict[str, set[str]]:
    """Fields of registered facts that no golden file fills, by topic."""
    filled: dict[str, set[str]] = {topic: set() for topic in REGISTRY.topics}
    empty: dict[str, set[str]] = {topic: {topic} for topic in REGISTRY.topics}
    for golden in map(read, files()):
        filled[golden.topic] |= {name for name, value in golden.fact.items() if value is not None}
        empty[golden.topic].clear()
    return {
        topic: missing
        for topic in REGISTRY.topics
        if (missing := empty[topic] | _names(topic) - filled[topic])
    }


def _names(topic: str) -> set[str]:
    return set(REGISTRY.shape(topic).__dataclass_fields__) - {"TOPIC"}


def holds(new: object, old: object) -> bool:
    """Whether everything that was said then is said now, and in its place."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and holds(new[key], value) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(holds, new, old))
    return json.dumps(new) == json.dumps(old)  # 1 is not True, nor 1.0
