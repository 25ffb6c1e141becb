"""What the Prefect UI is given: complete, readable, and obeying nothing that a document or model wrote."""

import base64
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import ValidationError

from flows.artifacts import funnel_markdown, leaf_table, outcome_markdown, plain, samples_markdown
from flows.report.exam import read_exam
from schemas.settings import ObservabilitySettings
from schemas.student_contracts import RunSummary
from tests.flows.report.example_run import ExampleRun


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return ExampleRun(tmp_path_factory.mktemp("example")).summary


def test_every_leaf_node_has_a_line_with_its_counts(summary: RunSummary) -> None:
    assert summary.report
    assert summary.filtered
    lines = leaf_table(summary, read_exam(summary.report, "match"))
    assert len(lines) == summary.change.leaf_nodes.rows
    by_path = {line["leaf node"]: line for line in lines}
    judged = [counts for counts in summary.filtered.leaf_counts if counts.leaf_node in by_path]
    assert judged
    for counts in judged:
        assert by_path[counts.leaf_node]["generated"] == counts.generated
        assert by_path[counts.leaf_node]["kept"] == counts.kept
        assert str(by_path[counts.leaf_node]["rejected"]).startswith(str(sum(counts.rejected.values())))
    assert all({"blocked", "kind", "change"} <= set(line) for line in lines)


def test_the_table_is_there_before_training(summary: RunSummary) -> None:
    early = summary.model_copy(update={"trained": None, "report": None, "verdict": None})
    assert all("student right" not in line for line in leaf_table(early, None))
    assert "Kept by the critic" in funnel_markdown(early)


def pictures(markdown: str) -> list[ElementTree.Element]:
    found = re.findall(r"\(data:image/svg\+xml;base64,([^)]+)\)", markdown)
    return [ElementTree.fromstring(base64.b64decode(each)) for each in found]


def test_the_outcome_shows_verdict_curves_and_places(summary: RunSummary) -> None:
    markdown = outcome_markdown(summary, "match")
    assert len(pictures(markdown)) >= 2
    assert all(root.tag == "{http://www.w3.org/2000/svg}svg" for root in pictures(markdown))
    assert "var(--" not in base64.b64decode(re.findall(r"base64,([^)]+)\)", markdown)[0]).decode()
    assert "report.html" in markdown
    assert summary.verdict
    assert all(plain(reason.message) in markdown for reason in summary.verdict.reasons)


def test_report_and_model_are_links_where_a_browser_can_follow_them_and_paths_everywhere(summary: RunSummary) -> None:
    here = outcome_markdown(summary, "match")
    assert "](" not in re.sub(r"!\[[^\]]*\]\([^)]*\)", "", here)
    assert "labflow runs open " + summary.folder.rpartition("/")[2] in here
    linked = MarkdownIt().render(outcome_markdown(summary, "match", "https://files.example.org/runs/"))
    folder = f"https://files.example.org/runs/{summary.folder.rpartition('/')[2]}"
    assert set(re.findall(r'<a href="([^"]+)"', linked)) == {f"{folder}/report.html", f"{folder}/train/student/"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///srv", "https://user:pass@host/", "https://h/)[x](https://evil"])
def test_runs_are_shown_by_web_servers_alone(url: str) -> None:
    with pytest.raises(ValidationError):
        ObservabilitySettings(runs_url=url)


def test_samples_come_with_their_sources(summary: RunSummary) -> None:
    markdown = samples_markdown(summary)
    assert markdown.count("---") >= 2
    assert "at commit" in markdown.replace("\\", "")


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://evil.example/pixel.png)",
        "<img src=http://evil.example/pixel.png>",
        "[click](javascript:alert(1))",
        "https://evil.example",
        "# heading\n\n- list",
        "| a | b |\n|---|---|",
        "&lt;script&gt;",
    ],
)
def test_markup_of_a_document_is_shown_and_not_obeyed(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True, "linkify": True}).render(plain(text))
    assert not re.search(r"<(?!/?p>)", html), html


@given(st.text(max_size=60))
def test_any_text_becomes_one_paragraph_at_most(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(f"x{plain(text)}")
    assert not re.search(r"<(?!/?p>)", html)
