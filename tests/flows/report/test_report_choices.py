"""What is chosen, cut and thinned for the page."""

from pathlib import Path

from example_run import PUMP, ExampleRun, Options
from hypothesis import given
from hypothesis import strategies as st

from flows.report.digest_order import SmallestDigests
from flows.report.exam import read_exam
from flows.report.losses import POINTS, read_losses
from flows.report.passages import choose_samples
from flows.report.wording import clip, duration, moment, short_path, unwrap
from schemas.records import Chunk
from schemas.student_contracts import RunSummary
from tasks.dataset_files.jsonl import write_dataset


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=3))), st.integers(1, 6), st.randoms())
def test_choice_does_not_depend_on_the_order_of_the_rows(rows, size, random) -> None:
    def choose(rows):
        keep = SmallestDigests(size)
        for key, tie in rows:
            keep.offer(key, (key, tie), tie=tie)
        return keep.items()

    chosen = choose(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert choose(shuffled) == chosen
    assert len(chosen) == min(size, len({key for key, _ in rows}))
    assert all(tie == min(t for k, t in rows if k == key) for key, tie in chosen)


@given(st.text(), st.integers(1, 50))
def test_clipped_text_is_whole_or_says_what_is_missing(text: str, most: int) -> None:
    clipped = clip(text, most)
    assert clipped == text.strip() or clipped.endswith("more characters)")


@given(st.text(min_size=1), st.integers(2, 40))
def test_short_path_is_the_end_of_the_path(path: str, most: int) -> None:
    short = short_path(path, most)
    assert len(short) <= most
    assert path.endswith(short.removeprefix("…"))


def test_line_breaks_inside_sentences_go_and_those_of_lists_and_tables_stay() -> None:
    text = "It is made\nin Flensburg.\n\n- one:\n- two\nmore of two\n| a | b |\n| 1 | 2 |\n\n# Head\nText"
    assert unwrap(text) == "It is made in Flensburg.\n- one:\n- two more of two\n| a | b |\n| 1 | 2 |\n# Head\nText"


def test_times_are_written_for_a_person() -> None:
    assert [duration(s) for s in (0.42, 48, 96.4, 7500)] == ["0.4 s", "48 s", "1 min 36 s", "2 h 05 min"]
    assert moment("2026-01-05T06:00:00Z") == "2026-01-05 06:00 UTC"
    assert moment("yesterday") == "yesterday"


def test_samples_are_of_different_facts_and_leaf_nodes_take_turns(tmp_path: Path) -> None:
    shown = choose_samples(ExampleRun(tmp_path, Options(hostile=False)).summary)
    facts = [(s.sample.leaf_node, s.sample.provenance.fact) for s in shown]
    assert len(set(facts)) == len(facts) == 10
    assert [leaf for leaf, _ in facts].count(PUMP) >= 4


def test_marked_words_are_the_answer_and_the_pieces_are_the_passage(tmp_path: Path) -> None:
    run = ExampleRun(tmp_path, Options(hostile=False))
    chunks = {chunk.id: chunk.text for chunk in run.chunks}
    grounded = [s for s in choose_samples(run.summary) if s.sample.provenance.chunk]
    assert grounded
    for shown in grounded:
        passage = "".join(piece.text for piece in shown.pieces).removeprefix("… ").removesuffix(" …")
        assert passage.strip() in chunks[shown.sample.provenance.chunk]
        assert [piece.text for piece in shown.pieces if piece.answer] == [shown.sample.answer]


def test_redacted_passage_is_shown_as_the_scan_left_it(tmp_path: Path) -> None:
    run = ExampleRun(tmp_path, Options(hostile=False))
    redacted = [chunk.model_copy(update={"text": "[redacted] " + chunk.text[9:]}) for chunk in run.chunks]
    shown = choose_samples(_with_chunks(run.summary, tmp_path, redacted))
    grounded = [s for s in shown if s.sample.provenance.chunk]
    assert any(s.pieces[0].text.startswith("[redacted] ") for s in grounded)
    for sample in grounded:  # the offsets are two characters off now
        assert [piece.text for piece in sample.pieces if piece.answer] == [sample.sample.answer]


def test_all_reserved_wordings_count_even_where_few_are_shown(tmp_path: Path) -> None:
    run = ExampleRun(tmp_path, Options(hostile=False))
    assert run.summary.report is not None
    exam = read_exam(run.summary.report, "match", most_reserved=5)
    assert exam.reserved.asked == 32
    assert exam.reserved_shown == sum(len(leaf.reserved) for leaf in exam.leaves) == 5
    assert sum(leaf.reserved_tally.asked for leaf in exam.leaves) == 32


def test_loss_curve_of_a_long_run_is_thinned_and_keeps_its_ends(tmp_path: Path) -> None:
    run = ExampleRun(tmp_path, Options(hostile=False, steps=5000))
    assert run.summary.trained is not None
    curve = read_losses(run.summary.trained)
    assert POINTS <= len(curve.phases[0].steps) <= 2 * POINTS
    assert curve.phases[0].steps[-1] == curve.steps == 5000
    assert curve.first > 7
    assert curve.phases[0].smooth[-1] < 0.1
    assert len(curve.phases[0].rates) == len(curve.phases[0].steps)
    assert "The learning rate rises to " in curve.in_words


def _with_chunks(summary: RunSummary, folder: Path, chunks: list[Chunk]) -> RunSummary:
    assert summary.sources is not None
    file = write_dataset(str(folder / "redacted.jsonl"), Chunk, chunks)
    sources = summary.sources.model_copy(update={"clean": (*summary.sources.clean[:2], file)})
    return summary.model_copy(update={"sources": sources})
