"""The scorer judges pairs as section 12 of the matching rules says, and as the public one does."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.demo_bank import generate, write
from adapters.demo_bank.rows import TruthRow
from adapters.demo_bank.scoring import ResultRow, Score, score
from tests.scoring import rows, score_files

PUBLIC_SCORER = Path(__file__).resolve().parents[2] / "shared" / "tools" / "score.py"

Row = dict[str, Any]


def group(
    number: int, label: str, payments: str, lines: str, *, pairing: str = "all", **more: Any
) -> TruthRow:
    return TruthRow(
        group_id=f"g{number}",
        label=label,
        kind="x",
        noise_class=f"c{number}",
        pairing=pairing,
        payments=payments.split(),
        settlements=lines.split(),
        **more,
    )


def row(payments: str, lines: str, **more: str) -> ResultRow:
    return ResultRow(payments=payments.split(), settlements=lines.split(), **more)


TRUTH = [
    group(0, "match", "p0 p1", "s0"),
    group(1, "match", "p2 p3", "s1 s2", pairing="any_bijection"),
    group(2, "match", "p4", "s3 s4", pairing="any_one"),
    group(3, "ambiguous", "p5 p6", "s5 s6", pairing="none"),
    group(4, "unmatched_payment", "p7", ""),
    group(5, "orphan_settlement", "", "s7"),
    group(6, "neutral", "p8", "s8"),
    group(7, "match", "p9", "s9 s10", copies={"s11": "s9"}),
    group(8, "neutral", "p10 p11", "s12 s13", pairs=[["p10", "s12"], ["p11", "s13"]]),
    group(9, "match", "p12 p13", "s14 s15"),
]
NEEDED = 2 + 2 + 1 + 2 + 4


def judged(*result: ResultRow) -> Score:
    return score(truth=TRUTH, result=result)


def test_a_perfect_result_has_every_needed_pair():
    """Groups, bijections, one of two copies and both parts are right; the whole set is accepted."""
    found = judged(
        row("p0 p1", "s0"),
        row("p2", "s2"),
        row("p3", "s1"),
        row("p4", "s4"),
        row("p5 p6", "s5 s6"),
        row("p8", "s8"),
        row("p9", "s11 s10"),
        row("p10", "s12"),
        row("p12 p13", "s14 s15"),
    )
    assert (found.right, found.needed, found.false, found.neutral) == (NEEDED, NEEDED, 0, 2)
    assert found.precision_ppm == found.recall_ppm == 1_000_000


def test_strangers_are_false():
    """A pair across groups, of an unpaid payment or of unknown ids is false in its line's class."""
    found = judged(row("p7", "s7"), row("p0", "s14"), row("nobody", "nothing"))
    assert (found.right, found.false, found.guessed) == (0, 3, 0)
    assert found.by_class["c5"].false == found.by_class["c9"].false == 1
    assert found.by_class["unknown id"].false == 1
    assert found.false_pairs == [("p7", "s7"), ("p0", "s14"), ("nobody", "nothing")]


def test_a_pair_of_an_ambiguous_group_is_a_guess():
    """Choosing inside an ambiguous group is false and guessed, even if it happens to be so."""
    found = judged(row("p5", "s5"))
    assert (found.false, found.guessed) == (1, 1)


def test_a_bijection_gives_each_one_partner():
    """Any partner is right, a second one is false."""
    found = judged(row("p2", "s1"), row("p2", "s2"))
    assert (found.right, found.false, found.duplicates) == (1, 1, 0)


def test_a_second_copy_is_a_duplicate():
    """Taking both lines of one entry, or a line and its second delivery, is false."""
    found = judged(row("p4", "s3"), row("p4", "s4"), row("p9", "s9"), row("p9", "s11"))
    assert (found.right, found.false, found.duplicates) == (2, 2, 2)


def test_a_neutral_group_counts_neither_way():
    """The pair of a neutral group is neutral; its members with others, or crosswise, are false."""
    found = judged(row("p8", "s8"), row("p8", "s7"), row("p10", "s13"))
    assert (found.right, found.false, found.neutral) == (0, 2, 1)
    assert found.needed == NEEDED


def test_a_group_row_and_its_pairs_count_once():
    """Pairs that a whole row resolved already are found once, and a repeat of a row is silent."""
    found = judged(row("p12 p13", "s14 s15"), row("p0 p1", "s0"), row("p0 p1", "s0"))
    assert (found.right, found.false) == (6, 0)


def test_provisional_rows_are_counted_apart():
    """Class G may be provisional, right or wrong; any other class is judged as final."""
    found = judged(
        row("p0 p1", "s0", status="provisional", evidence="G"),
        row("p7", "s7", status="provisional", evidence="G"),
        row("p8", "s7", status="provisional", evidence="C"),
    )
    assert (found.right, found.provisional, found.provisional_wrong, found.false) == (0, 2, 1, 1)
    assert (found.recall_ppm, found.recall_with_provisional_ppm) == (0, 2 * 1_000_000 // NEEDED)


def test_an_empty_result_is_precise_and_finds_nothing():
    """No row: nothing false, nothing found, every class listed."""
    found = judged()
    assert (found.precision_ppm, found.recall_ppm, found.needed) == (1_000_000, 0, NEEDED)
    assert len(found.by_class) == found.groups == len(TRUTH)


# Beside the public scorer.


@pytest.fixture(scope="module")
def public_score() -> Callable[..., Row]:
    if not PUBLIC_SCORER.exists():
        pytest.skip("the public scorer is not here: nothing to compare with")
    spec = importlib.util.spec_from_file_location("public_scorer", PUBLIC_SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bank")
    bank = generate(payments=500, days=4, seed="scoring", first_day=date(2026, 3, 4))
    write(bank, folder=made)
    return made


def perfect(truth: list[Row]) -> Iterator[Row]:
    """A row for all that is to be found, whole sets included."""
    for each in truth:
        payments, found = each["payments"], each["settlements"]
        if each["pairing"] == "any_one":
            found = found[:1]
        if each["pairing"] == "any_bijection":
            for payment, line in zip(payments, reversed(found), strict=True):
                yield {"payments": [payment], "settlements": [line]}
        elif payments and found and each["label"] != "neutral":
            yield {"payments": payments, "settlements": found, "evidence": "G"}


def fabricated(truth: list[Row]) -> dict[str, list[Row]]:
    good = list(perfect(truth))
    copies = [
        {"payments": each["payments"], "settlements": [copy]}
        for each in truth
        for copy in each.get("copies", {})
        if each["payments"]
    ]
    crossed = [
        {"payments": one["payments"], "settlements": other["settlements"]}
        for one, other in pairwise(good)
    ]
    neutral = [
        {"payments": each["payments"], "settlements": each["settlements"]}
        for each in truth
        if each["label"] == "neutral"
    ]
    pairs = [
        {"payments": [payment], "settlements": [line]}
        for each in truth
        for payment in each["payments"]
        for line in each["settlements"]
    ]
    return {
        "nothing": [],
        "perfect": good,
        "every pair": pairs,
        "copies first": copies + good,
        "copies last": good + copies,
        "crossed": good[:50] + crossed,
        "neutral": neutral + good,
        "provisional": [{**each, "status": "provisional"} for each in good + crossed[:20]],
        "half provisional": [
            {**each, "status": ("final", "provisional")[n % 2]} for n, each in enumerate(good)
        ],
    }


def assert_same(own: Score, public: Row) -> None:
    """Every number that both have."""
    assert (own.right, own.false, own.neutral) == (
        public["right"],
        public["false"],
        public["neutral"],
    )
    assert own.guessed == public["ambiguous_guessed_pairs"]
    assert own.duplicates == public["duplicate_lines_taken"]
    assert (own.provisional, own.provisional_wrong) == (public["prov_right"], public["prov_wrong"])
    assert own.recall_ppm == pytest.approx(public["recall"] * 1e6, abs=1)
    assert own.recall_with_provisional_ppm == pytest.approx(public["recall_prov"] * 1e6, abs=1)
    assert own.precision_ppm == pytest.approx(public["precision"] * 1e6, abs=1)
    for name, theirs in public["by_class"].items():
        ours = own.by_class[name]
        assert (ours.groups, ours.needed, ours.right, ours.provisional, ours.false) == tuple(
            theirs[key] for key in ("groups", "need", "right", "prov", "false")
        ), name


@pytest.mark.parametrize(
    "name",
    [
        *("nothing", "perfect", "every pair", "copies first", "copies last", "crossed"),
        *("neutral", "provisional", "half provisional"),
    ],
)
def test_both_scorers_agree_on_fabricated_results(
    name: str, folder: Path, tmp_path: Path, public_score: Callable[..., Row]
):
    """Right, wrong, doubled, whole and provisional rows: the same counts, class by class."""
    result = fabricated(list(rows(folder, "truth")))[name]
    matches = tmp_path / "matches.jsonl"
    matches.write_bytes(msgspec.json.Encoder().encode_lines(result))
    assert_same(score_files(data=folder, matches=matches), public_score(str(folder), result))


@settings(max_examples=25)
@given(data=st.data())
def test_law_both_scorers_agree_on_any_result(
    data: st.DataObject, folder: Path, public_score: Callable[..., Row]
):
    """Whatever rows a result has, both scorers count the same."""
    truth = list(rows(folder, "truth"))[:60]
    payments = sorted({each for row in truth for each in row["payments"]})
    found = sorted({each for row in truth for each in row["settlements"]})
    found += [copy for row in truth for copy in row.get("copies", {})]
    whole: list[Any] = [
        {"payments": each["payments"], "settlements": each["settlements"]} for each in truth
    ]
    any_row: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {
            "payments": st.lists(st.sampled_from([*payments, "nobody"]), max_size=3),
            "settlements": st.lists(st.sampled_from([*found, "nothing"]), max_size=3),
            "evidence": st.sampled_from(["I", "G", "C"]),
            "status": st.sampled_from(["final", "provisional"]),
        }
    )
    result = data.draw(st.lists(any_row | st.sampled_from(whole), max_size=40))
    own = score(truth=list(rows(folder, "truth")), result=result)
    assert_same(own, public_score(str(folder), result))
