"""`conciliar statement parse`: JSON Lines for machines, a line for each refusal, no trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.statements import bai2
from tests.architecture.source import ROOT
from tests.handlers.terminal import Said, conciliar, finished, started

SHARED = ROOT.parent / "shared" / "data" / "statements"
"""Files with their expected reading, beside a clone; not everywhere."""

EXTRACT = "Fecha;Concepto;Importe;Saldo\n20/11/2026;SEÑA;5,00;5,00\n"
PLAIN = "Date,Description,Amount,Currency\n2026-11-20,SALE,7.00,USD\n"
BAI2 = (
    "01,0110,UNIBANK,261120,0900,7,,,2/\n02,UNIBANK,0110,1,261120,2400,ARS,2/\n"
    "03,7,,,/\n16,165,500,,B1,,SALE/\n49,500,3/\n98,500,1,5/\n99,500,1,7/\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files, good and bad."""
    (tmp_path / "extract").write_text(EXTRACT, "utf-8")
    (tmp_path / "plain").write_text(PLAIN, "utf-8")
    (tmp_path / "bai2").write_text(BAI2, "utf-8")
    (tmp_path / "bad").write_text(BAI2.replace("165,500", "165,5.00"), "utf-8")
    return tmp_path


def parse(*arguments: str | Path, cwd: Path) -> Said:
    """What the command says."""
    return conciliar("statement", "parse", *arguments, cwd=cwd)


def objects(said: Said) -> list[dict[str, Any]]:
    """The objects on standard output."""
    return [json.loads(line) for line in said.out.splitlines()]


def test_files_are_told_in_the_order_given(files: Path):
    """One object a line, one line a file, nothing else, and code 0."""
    said = parse("plain", "extract", "plain", cwd=files)

    assert (said.code, said.err) == (0, "")
    assert [each["file"] for each in objects(said)] == ["plain", "extract", "plain"]
    assert [each["format"] for each in objects(said)] == ["csv", "ar-extract", "csv"]
    assert not (files / "store").exists()


def test_a_bad_file_is_one_object_and_one_line_and_the_others_are_read(files: Path):
    """File, place and reason; code 2 at the end; nothing of its statements is printed."""
    said = parse("plain", "bad", "none", "bai2", cwd=files)

    assert said.code == 2
    reason = "amount '5.00' is not a whole number of minor units"
    assert said.err == (
        f"conciliar: bad: line 4: {reason}\nconciliar: none: file: No such file or directory\n"
    )
    plain, bad, none, good = objects(said)
    assert bad == {"file": "bad", "error": f"line 4: {reason}"}
    assert none == {"file": "none", "error": "file: No such file or directory"}
    assert (plain["format"], good["format"]) == ("csv", "bai2")


def test_a_format_that_is_named_goes_before_the_content(files: Path):
    """The reader that was named reads, or refuses what it cannot."""
    said = parse("extract", "bai2", "--format", "csv", cwd=files)

    assert said.code == 2
    read, refused = objects(said)
    assert read["format"] == "csv"
    assert "error" in refused


@pytest.mark.parametrize(
    "arguments, refusal",
    [
        ((), "statement parse: FILE...: missing"),
        (("plain", "--format", "ofx"), "statement parse: --format: this one is not read"),
        (("plain", "--nope"), "statement parse: --nope: no such option"),
    ],
)
def test_a_bad_option_is_one_line(arguments: tuple[str, ...], refusal: str, files: Path):
    """Nothing is read and nothing printed."""
    assert parse(*arguments, cwd=files).refusal.startswith(refusal)


def test_a_defect_stops_no_other_file_and_is_told_once(
    files: Path, monkeypatch: pytest.MonkeyPatch
):
    """Code 1, the object names the file, and the line on standard error what went wrong."""

    def broken(_stream: object) -> object:
        raise TypeError("a defect of ours")

    monkeypatch.setattr(bai2, "read", broken)
    said = parse("bai2", "bai2", "bad", "plain", cwd=files)

    assert said.code == 1
    assert said.err == "conciliar: unexpected failure: TypeError: a defect of ours\n"
    first, *_, last = objects(said)
    assert first == {"file": "bai2", "error": "file: unexpected failure: TypeError"}
    assert last["format"] == "csv"


def test_output_is_utf_8_whatever_the_terminal_is(files: Path):
    """And a file's name is told as it was given, even where it is no text."""
    odd = "odd\udcff"
    (files / odd).write_text(EXTRACT, "utf-8")
    process = started(
        "statement", "parse", odd, "none\udcff", cwd=files, PYTHONIOENCODING="latin-1"
    )
    said = finished(process)

    assert said.code == 2
    good, refused = objects(said)
    assert good["statements"][0]["entries"][0]["remittance"] == "SEÑA"
    assert (good["file"], refused["file"]) == (odd, "none\udcff")


def test_whoever_stops_reading_hears_no_complaint(files: Path):
    """A closed pipe ends it with its own code."""
    process = started("statement", "parse", *["extract"] * 500, cwd=files)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 141
    process.stderr.close()


def test_help_names_the_formats():
    """Whoever needs --format finds there what may follow it."""
    said = conciliar("statement", "parse", "--help")
    assert said.code == 0
    assert "mp-release" in said.out
    assert "parse" in conciliar("statement", "--help").out


# The shared samples, as they are judged.


def test_the_shared_samples_are_told_as_expected(tmp_path: Path):
    """Every field that is expected of a file, a statement, an entry and a detail."""
    if not SHARED.is_dir():
        pytest.skip("no sample files beside this clone")
    wanted = [
        (folder / file["file"], file)
        for folder in sorted(SHARED.iterdir())
        for file in json.loads((folder / "EXPECTED.json").read_text("utf-8"))["files"]
    ]
    said = parse(*(path for path, _ in wanted), cwd=tmp_path)

    assert said.err.count("\n") == sum(file["outcome"] == "error" for _, file in wanted)
    found = objects(said)
    assert [each["file"] for each in found] == [str(path) for path, _ in wanted]
    wrong = [
        f"{file['file']}: {fault}"
        for (_, file), told in zip(wanted, found, strict=True)
        for fault in _faults(told, file)
    ]
    assert wrong == []


def _faults(told: dict[str, Any], file: dict[str, Any]) -> list[str]:
    if file["outcome"] == "error":
        words = file.get("error_contains") or [""]
        return [] if any(word in told.get("error", "-") for word in words) else [str(told)]
    entries = [entry for part in told["statements"] for entry in part["entries"]]
    counted = {
        "format": told["format"],
        "entry_count": len(entries),
        "sum_minor": sum(entry["amount_minor"] for entry in entries),
    }
    return [
        *_differences(counted, {key: file[key] for key in counted}, "file"),
        *_differences(told["statements"], file["statements"], "statements"),
    ]


def _differences(told: Any, wanted: Any, place: str) -> list[str]:
    """Where what is told differs from what is wanted of it; "" is wanted for null."""
    if isinstance(wanted, list):
        if len(told) != len(wanted):
            return [f"{place}: {len(told)} instead of {len(wanted)}"]
        pairs = zip(told, wanted, strict=True)
        return [x for i, (a, b) in enumerate(pairs) for x in _differences(a, b, f"{place}[{i}]")]
    if isinstance(wanted, dict):
        flat = {**told, **told.get("checks", {})}
        if "charges" in told:
            flat["charges_minor"] = sum(each["amount_minor"] for each in told["charges"])
        return [x for key in wanted for x in _differences(flat[key], wanted[key], f"{place}.{key}")]
    return [] if told == (None if wanted == "" else wanted) else [f"{place}: {told}, not {wanted}"]
