"""The page holds what a run did, says it safely, and is the same each time."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from example_run import EMPTIED, HOSTILE_MARKUP, LEAVE, PUMP, SKILL, ExampleRun, Options

from flows.report.page import render_report
from schemas.settings import Settings
from schemas.student_contracts import Cost, RunSummary

VOID = {"meta", "link", "br", "wbr"}


class Page(HTMLParser):
    """A parsed page: elements, ids, texts by element, and tags that do not close in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.unclosed: list[str] = []
        self._open: list[str] = []
        self.pieces: list[str] = []
        self.text_in: Counter[str] = Counter()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ExampleRun:
    return ExampleRun(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(run: ExampleRun) -> Page:
    return Page(render_report(run.summary))


def _page(folder: Path, **options: bool | int) -> Page:
    return Page(render_report(ExampleRun(folder, Options(**options)).summary))


def test_page_is_well_formed(page: Page) -> None:
    assert page.html.startswith("<!doctype html>")
    assert page.unclosed == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.named("h1")) == 1
    targets = [a["href"][1:] for a in page.named("a") if (a["href"] or "").startswith("#")]
    assert set(targets) <= set(ids)


def test_no_text_from_data_becomes_markup(page: Page) -> None:
    assert not page.named("script")
    assert not page.named("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert HOSTILE_MARKUP in page.text
    assert "{{ 7 * 7 }}{% raw %} &amp; $x^2$" in page.text


def test_characters_that_html_cannot_hold_or_that_turn_text_around_are_shown_as_such(page: Page) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", page.html)
    assert "Zürich 東京 🚲 עברית" in page.text
    page.html.encode("utf-8")


def test_huge_texts_are_shortened_and_the_page_says_by_how_much(page: Page) -> None:
    assert "… (199,400 more characters)" in page.text
    assert len(page.html) < 500_000


def test_page_asks_nothing_of_the_network(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:,")) or value == "manifest.json", (tag, name, value)
    assert not re.search(r"@import|url\((?!#)", page.html)
    (policy,) = [m for m in page.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in (policy["content"] or "")


def test_headline_says_what_happened(page: Page) -> None:
    assert "Released as number 3" in page.text
    assert (
        "On what changed, the student has 5 of 7 human questions and 28 of 32 reserved wordings right; release 2 had" in page.text
    )


def test_every_exam_question_is_there_with_three_answers(run: ExampleRun, page: Page) -> None:
    for answer in run.exam:
        if len(answer.question.question) < 100 and answer.question.leaf_node != SKILL:
            assert answer.question.question in page.text
            assert answer.question.reference in page.text
    graded = Counter(a.get("aria-label") for a in page.named("span") if a.get("class", "").startswith("mark "))
    right = sum(a.base_scores["match"] + a.student_scores["match"] for a in run.exam)
    assert graded == {"right": right, "wrong": 2 * len(run.exam) - right}


def test_human_questions_come_before_reserved_wordings(page: Page) -> None:
    assert page.text.index("Where does the Nordlicht 8 come from?") < page.text.index("A customer asks: Where is the")


def test_question_that_the_document_cannot_answer_is_marked(page: Page) -> None:
    assert "Who designed the Nordlicht 8? not in the document" in page.text
    assert "1 human question cannot be answered from the document and is marked so." in page.text
    assert "On the 6 that can, the student has 5 right" in page.text


def test_each_step_adds_up(page: Page) -> None:
    rows = re.findall(r'<tr class="step"><th scope="row">(.*?)</th>(.*?)</tr>', page.html)
    assert len(rows) == 6
    for name, cells in rows:
        rows_in, on, aside, refused = (
            int(cell.replace(",", "").replace("–", "0")) for cell in re.findall("<td>(.*?)</td>", cells)
        )
        assert rows_in == on + aside + refused, name
    assert "do not add up" not in page.text
    assert "unsupported number 8" in page.text


def test_step_that_does_not_add_up_is_called_a_defect(run: ExampleRun) -> None:
    assert run.summary.generated is not None
    wrong = run.summary.generated.model_copy(update={"drafts": run.summary.generated.drafts + 1})
    assert "do not add up" in render_report(run.summary.model_copy(update={"generated": wrong}))


def test_answers_are_marked_in_the_passage_that_they_were_taught_from(page: Page) -> None:
    marked = re.findall(r"<mark><b>(.*?)</b></mark>", page.html)
    assert len(marked) >= 5
    assert page.html.count('<p class="given data">') == 10
    for answer in marked:
        assert f'<p class="given data">{answer}</p>' in page.html
    assert "heat_pump.md at commit dddddddddd" in page.text


def test_refused_examples_come_with_reason_and_detail(page: Page) -> None:
    assert "14 refused, 5 shown" in page.text
    assert "not self contained 4" in page.text
    assert "What is the weight?" in page.text


def test_what_asks_the_same_as_the_exam_is_aside_and_no_fault(page: Page) -> None:
    row = re.findall(r'<th scope="row">Scan of the samples .*?</th>(.*?)</tr>', page.html)[0]
    assert [cell.replace("–", "0") for cell in re.findall("<td>(.*?)</td>", row)][2:] == ["3", "2"]
    assert "3 kept out because they ask the same as an exam question, as they should be. Refused: near duplicate 2." in page.text
    assert "same as an exam question 3 as it should be: the exam stays unseen" in page.text
    assert "(3 in the exam, 2 refused)" in page.html


def test_leaf_node_of_which_nothing_was_kept_is_shown_with_examples(page: Page) -> None:
    section = page.text.split(f"Nothing was kept of {EMPTIED}")[1].split("Scan of the sources")[0]
    assert "rejected all 4 samples: leaked answer 1, unsupported number 3." in section
    assert "40 euros: 40 does not stand in the source" in section


def test_paper_gets_twenty_reserved_wordings_and_the_screen_all(page: Page) -> None:
    section = page.html.split("<h3>Reserved wordings</h3>")[-1].split("</section>")[0]
    on_both, on_screen = section.count("<li>"), section.count('<li class="screen-only">')
    assert (on_both, on_both + on_screen) == (20, 32)
    assert "20 of 32 are printed, chosen by digest" in page.text


def test_cost_is_told_where_there_are_prices(run: ExampleRun, page: Page) -> None:
    assert "Cost of the models" not in page.text
    priced = run.summary.model_copy(update={"cost": Cost(teacher=12.3, critic=0.1, total=12.4)})
    assert "Cost of the models12.40 at the set prices" in Page(render_report(priced)).text


def test_leaf_nodes_without_a_claim_are_named(page: Page) -> None:
    section = page.text.split("No gain is claimed for")[1]
    assert SKILL in section.split("They were taught")[0]
    assert PUMP in section
    assert LEAVE in section


def test_canaries_scan_and_lineage_are_there(run: ExampleRun, page: Page) -> None:
    assert "kept 12 of 12 good ones and caught 23 of 24 bad ones" in page.text
    assert "phone_number 1" in page.text
    assert run.summary.trained is not None
    for digest in (run.summary.run_key, run.summary.change.head, run.summary.trained.checkpoint.sha256, "2,345,678 weights"):
        assert digest in page.text
    assert run.summary.trained.log.sha256 in page.text


def test_figures_have_words_for_those_who_cannot_see_them(page: Page) -> None:
    figures = page.named("svg")
    assert len(figures) == 8  # four, for a wide page and for a phone
    for figure in figures:
        assert figure["role"] == "img"
        assert len(figure["aria-label"] or "") > 20
    assert all("var(--" in svg for svg in re.findall(r"<svg.*?</svg>", page.html, re.DOTALL))
    assert "DejaVu" not in page.html


def test_every_table_has_a_caption_and_scoped_headings(page: Page) -> None:
    assert len(page.named("table")) == len(page.named("caption"))
    assert all("scope" in heading for heading in page.named("th"))


def test_same_run_gives_the_same_bytes(run: ExampleRun) -> None:
    assert render_report(run.summary) == render_report(run.summary)


def test_settings_and_versions_are_shown_where_they_are_known(run: ExampleRun) -> None:
    settings = Settings.model_validate({"train": {"epochs": 12}})
    text = Page(render_report(run.summary, settings, {"torch": "2.13.0"})).text
    assert "train.epochs 12.0" in text
    assert "torch 2.13.0" in text
    assert "teacher.model.name" not in text  # there is no model behind an extractive teacher


def test_refused_run_says_why_in_its_first_sentence(tmp_path: Path) -> None:
    page = _page(tmp_path, released=False)
    assert "Refused Not proven better on what changed: human questions 0.00 → 0.71" in page.text
    assert "✗ failed Gain on what changed" in page.text


def test_run_without_reserved_wordings_or_refusals_has_a_page(tmp_path: Path) -> None:
    page = _page(tmp_path, reserved=False, refusals=False, hostile=False)
    assert "Reserved wordings" not in page.text
    assert "No stage refused anything." in page.text


def test_run_without_training_log_has_no_loss_curve(tmp_path: Path) -> None:
    page = _page(tmp_path, steps=0)
    assert "loss" not in {section.get("id") for section in page.named("section")}


@pytest.mark.parametrize(("outcome", "title"), [("nothing_changed", "Nothing changed"), ("already_refused", "Refused before")])
def test_run_with_nothing_to_do_has_a_page(run: ExampleRun, outcome: str, title: str) -> None:
    stages = ("sources", "generated", "filtered", "scanned", "trained", "report")
    summary = run.summary.model_copy(update={"outcome": outcome, "message": "decided before", **dict.fromkeys(stages)})
    page = Page(render_report(summary))
    assert page.unclosed == []
    assert title in page.text
    assert "This run stopped before any model was asked" in page.text


def test_first_run_says_that_the_base_is_untrained(run: ExampleRun) -> None:
    first = run.summary.model_copy(update={"change": run.summary.change.model_copy(update={"base": None})})
    text = Page(render_report(first)).text
    assert "The base is the untrained base" in text
    assert "from nothing → 4f1c9a7be2" in text


def test_hostile_leaf_path_in_a_figure_stays_text(run: ExampleRun) -> None:
    page = Page(render_report(_with_group(run.summary, 'x"><script>$\\frac{a}{</script>\x07')))
    assert page.unclosed == []
    assert not page.named("script")
    assert "<script>$\\frac{a}{</script>" in page.text


def _with_group(summary: RunSummary, group: str) -> RunSummary:
    assert summary.report is not None
    score = summary.report.scores[0].model_copy(update={"group": group})
    report = summary.report.model_copy(update={"scores": (*summary.report.scores, score)})
    return summary.model_copy(update={"report": report})


def test_release_without_a_claim_of_gain_says_how_the_whole_exam_went(run: ExampleRun) -> None:
    assert run.summary.report is not None
    scores = tuple(s for s in run.summary.report.scores if s.group not in ("changed", "claimed"))
    report = run.summary.report.model_copy(update={"scores": scores})
    text = Page(render_report(run.summary.model_copy(update={"report": report}))).text
    assert "Released as number 3 The student has 9 of 12 human questions and 28 of 32 reserved wordings right" in text
