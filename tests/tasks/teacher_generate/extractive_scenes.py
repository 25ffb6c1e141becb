"""What the extractive teacher asks of a text."""

from tasks.teacher_generate.extractive.reading import Reading, read_chunks
from tests.documents.answer_lists import material_of


def read(text: str) -> Reading:
    """The facts and refusals of a text that is one document."""
    return read_chunks(material_of(text).chunks)[0]


def pairs(text: str) -> set[tuple[str, str]]:
    """Every way to ask, with its answer."""
    return {(core.direct, fact.answer.text) for fact in read(text).facts for core in fact.cores}
