"""The stage: what is kept and refused, in which order, and what happens to a critic that cannot be trusted."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from schemas.contracts import Filtered, FilterRequest, ReportProgress, StageFolders, ignore_progress
from schemas.errors import CriticError
from schemas.records import Chunk, Critique, Document, Provenance, Rejected, Sample, SeedExample, sample_id
from schemas.settings import CriticSettings
from tasks.critic_filter.filter import filter_samples
from tasks.critic_filter.judgement import Judged, Judgement, JudgeSamples
from tasks.dataset_files.jsonl import read_dataset, write_dataset

LEAF = "knowledge/workshop"
TEXT = "A clutch costs $900. A tire costs $80. The workshop opens at 8 a.m. on weekdays. It was founded by Ada Berg in 1987."
CHUNK = Chunk(
    id="c1",
    leaf_node=LEAF,
    document=Document(repo="r", commit="0" * 40, path="p.md", sha256="0"),
    headings=("The workshop",),
    text=TEXT,
    start=0,
    end=len(TEXT),
)
SEEDS = [
    SeedExample(id=f"s{n}", leaf_node=LEAF, kind="knowledge", question=question, context=TEXT, answer=answer)
    for n, (question, answer) in enumerate(
        [
            ("How much does a clutch cost?", "$900"),
            ("What is the cost of a tire?", "$80"),
            ("Who founded the workshop?", "Ada Berg"),
            ("When does the workshop open on weekdays?", "8 a.m."),
        ]
    )
]


def sample(question: str, answer: str, chunk: str | None = "c1", kind: str = "knowledge", origin: str = "extracted") -> Sample:
    leaf = LEAF if kind == "knowledge" else "compositional_skills/letters"
    provenance = Provenance(taxonomy_commit="0", leaf_key="k", chunk=chunk, teacher="extractive")
    return Sample(
        id=sample_id(leaf, question, None, answer),
        leaf_node=leaf,
        kind=kind,
        question=question,
        answer=answer,
        origin=origin,
        provenance=provenance,
    )


def run(
    folder: Path,
    samples: list[Sample],
    critic: JudgeSamples | None = None,
    settings: CriticSettings | None = None,
    seeds: list[SeedExample] = SEEDS,
) -> Filtered:
    request = FilterRequest(
        samples=write_dataset(f"{folder}/samples.jsonl", Sample, samples),
        chunks=write_dataset(f"{folder}/chunks.jsonl", Chunk, [CHUNK]),
        seed_examples=write_dataset(f"{folder}/seeds.jsonl", SeedExample, seeds),
        critic=settings or CriticSettings(),
    )
    return filter_samples(request, StageFolders(folder=f"{folder}/out", cache=f"{folder}/cache"), ignore_progress, critic)


def test_right_pairs_are_kept_with_their_critique_and_wrong_ones_rejected_with_a_reason(tmp_path: Path) -> None:
    right, wrong = sample("How much does a clutch cost?", "$900"), sample("How much does a clutch cost at the workshop?", "$80")
    done = run(tmp_path, [wrong, right])
    kept, rejected = list(read_dataset(done.kept, Sample)), list(read_dataset(done.rejected, Rejected))
    assert [row.id for row in kept] == [right.id]
    assert kept[0].critique is not None
    assert kept[0].critique.critic == "lexical"
    assert [(row.id, row.reason) for row in rejected] == [(wrong.id, "answer_elsewhere")]
    assert rejected[0].row["question"] == wrong.question


def test_what_comes_in_is_kept_or_rejected_and_counted_by_leaf(tmp_path: Path) -> None:
    rows = [sample("How much does a clutch cost?", f"${n}") for n in (900, 901, 902)]
    done = run(tmp_path, rows)
    assert done.kept.rows + done.rejected.rows == 3
    (count,) = done.leaf_counts
    assert (count.generated, count.kept, count.rejected) == (3, 1, {"unsupported_number": 2})


def test_a_leaf_of_which_everything_is_rejected_is_reported(tmp_path: Path) -> None:
    done = run(tmp_path, [sample("Who painted the workshop?", "Vincent van Gogh")])
    assert [(count.leaf_node, count.kept) for count in done.leaf_counts] == [(LEAF, 0)]


def test_verdicts_that_come_in_another_order_are_written_in_the_samples_order(tmp_path: Path) -> None:
    def backwards(samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress) -> Iterator[Judgement]:
        for judged in reversed(list(samples)):
            known_bad = judged.sample.provenance.pattern == "canary" and judged.sample.answer not in {
                seed.answer for seed in SEEDS
            }
            critique = Critique(critic="test", scores={})
            yield Judgement(judged.sample.model_copy(update={"critique": critique}), reason="bad" if known_bad else None)

    rows = [sample(f"Question number {n} on tires?", "$80") for n in range(5)]
    done = run(tmp_path, rows, backwards, CriticSettings(canary_floor=0.1))
    assert [row.id for row in read_dataset(done.kept, Sample)] == [row.id for row in rows]


def test_the_same_sample_twice_is_kept_once(tmp_path: Path) -> None:
    row = sample("How much does a clutch cost?", "$900")
    done = run(tmp_path, [row, row])
    assert (done.kept.rows, done.rejected.rows) == (1, 1)


def test_an_answer_that_the_scan_took_out_is_not_taught(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        [sample("What is the phone number of the workshop?", "[PHONE_1]")],
        keep_everything,
        CriticSettings(canary_floor=0),
    )
    assert done.kept.rows == 0
    assert [row.reason for row in read_dataset(done.rejected, Rejected)] == ["redacted_answer"]


def keep_everything(
    samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress
) -> Iterator[Judgement]:
    return (Judgement(judged.sample) for judged in samples)


def refuse_everything(
    samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress
) -> Iterator[Judgement]:
    return (Judgement(judged.sample, reason="no") for judged in samples)


def test_a_critic_that_keeps_everything_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CriticError, match="caught only 0 of"):
        run(tmp_path, [], keep_everything)


def test_a_critic_that_refuses_everything_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CriticError, match="kept only 0 of 4 human pairs"):
        run(tmp_path, [], refuse_everything)


def keep_most(samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress) -> Iterator[Judgement]:
    """Right about all but the first two good pairs that it sees."""
    right = {(seed.question, seed.answer) for seed in SEEDS}
    missed = 0
    for judged in samples:
        good = (judged.sample.question, judged.sample.answer) in right and judged.source == TEXT
        missed += good
        yield Judgement(judged.sample, reason=None if good and missed > 2 else "no")


def test_two_canaries_of_few_may_be_misjudged_by_chance(tmp_path: Path) -> None:
    canaries = run(tmp_path, [], keep_most).canaries
    assert (canaries.good, canaries.good_kept) == (4, 2)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_however_few_canaries_there_are_a_critic_that_always_says_yes_is_stopped(tmp_path: Path, count: int) -> None:
    seeds = [
        seed.model_copy(update={"context": f"{seed.context} {'More. ' * number}"}) for number, seed in enumerate(SEEDS[:count])
    ]
    with pytest.raises(CriticError, match="caught only 0 of"):
        run(tmp_path, [], keep_everything, seeds=seeds)


def test_a_critic_that_leaves_a_sample_out_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CriticError, match="no verdict on sample"):
        run(tmp_path, [sample("How much does a clutch cost?", "$900")], lambda *_: iter(()), seeds=[])


def test_the_lexical_critic_passes_its_canaries(tmp_path: Path) -> None:
    canaries = run(tmp_path, []).canaries
    assert canaries.good == canaries.good_kept == 4
    assert canaries.bad >= 6
    assert canaries.bad_caught >= 0.9 * canaries.bad


def test_human_freeform_seeds_are_kept_and_say_that_nothing_was_checked(tmp_path: Path) -> None:
    long_answer = "Dear all,\n\n" + "It was a pleasure to see this. " * 20
    done = run(tmp_path, [sample("Write them a letter of thanks.", long_answer, None, "freeform_skill", "seed")])
    (kept,) = read_dataset(done.kept, Sample)
    assert kept.critique is not None
    assert kept.critique.scores == {"not_checked": 1.0}
