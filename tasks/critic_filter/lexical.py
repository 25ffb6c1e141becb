"""The critic that needs no model: rules on words, numbers and places.

A pair is kept when
    support          what the answer adds to the question stands in the source: words, names, numbers, units,
    place            they stand in a sentence, line or table cell that fits the question as well as any other,
    type             the answer is of the kind that the question word asks for,
    self_contained   the question can be understood by somebody who does not see the source,
    new              the answer says something that the question does not.

    "How much does a clutch cost?" / "$80", source "A clutch costs $900. A tire costs $80."
      -> place 0.4: "A clutch costs $900" fits the question better than "A tire costs $80"

A question that quotes the source is checked word by word instead (``quotations``): there is nothing to weigh.

Not covered: meaning. "The museum opens at 9" does not support "When does the museum close?" for a reader; for this critic the
question's rarest words decide. A question in words of its own leaves it little to decide by, and is kept. Freeform skills have no
source: a human's are kept, marked "not_checked"; a model's get the checks that need no source.
"""

from collections.abc import Iterable, Iterator

from schemas.contracts import Progress, ReportProgress
from schemas.records import Critique, Sample
from schemas.settings import CriticSettings
from tasks.critic_filter.answer_types import expected_type, fits_type
from tasks.critic_filter.judgement import Judged, Judgement
from tasks.critic_filter.passage_match import LEAST_FIT, Source
from tasks.critic_filter.pointing_words import find_dangling
from tasks.critic_filter.quantities import find_wrong_unit
from tasks.critic_filter.quotations import find_head_pronoun, find_in_place, find_place, find_quotation, quotes
from tasks.critic_filter.word_forms import added_words, content_words, numbers_of, plain

LONGEST_ANSWER = 250
"""Words. A longer answer is a page, not an answer."""
LONGEST_QUESTION = 120
SHORT_ANSWER = 4
"""Words. Up to here an answer is all substance; a longer one may be a sentence with words of its own."""
LEAST_QUESTION_SUPPORT = 0.01
"""Share of the question's words that must stand in the source; the rest may be the asker's own ("cost", "how soon")."""
LEAST_WORDS = 5
"""Content words of a question from which that share says anything."""


def judge_samples(samples: Iterable[Judged], critic: CriticSettings, cache: str, progress: ReportProgress) -> Iterator[Judgement]:
    """A verdict on each sample, in order.

    Args:
        cache: Not used: judging again costs less than reading a cache.
    """
    del cache
    sources: dict[str, Source] = {}
    for done, judged in enumerate(samples, 1):
        source = None
        if judged.source is not None:
            if judged.source not in sources:
                sources = {} if len(sources) > 64 else sources  # samples of one source come together
                sources[judged.source] = Source(judged.source)
            source = sources[judged.source]
        yield judge_sample(judged.sample, source, critic.support_threshold)
        if done % 100 == 0:
            progress(Progress(done=done, unit="samples"))


def judge_sample(sample: Sample, source: Source | None, support_threshold: float) -> Judgement:
    """The verdict on one sample.

    Args:
        source: What must support it; None where there is nothing.
        support_threshold: Share of the answer's words that must stand in the source, 0 to 1.
    """
    scores: dict[str, float] = {}
    human = sample.origin == "seed"
    fault = _check_form(sample, human)
    if fault is None and source is None:
        if sample.kind != "freeform_skill":
            fault = ("no_source", "there is no passage to check it against")
        else:
            scores["not_checked"] = 1.0
    elif fault is None and source is not None:
        fault = _check_against(sample, source, support_threshold, scores, human)
    explanation = fault[1] if fault else ("human" if human and "not_checked" in scores else "")
    critique = Critique(critic="lexical", scores=scores, explanation=explanation)
    critiqued = sample.model_copy(update={"critique": critique})
    return Judgement(critiqued, reason=fault[0] if fault else None, detail=fault[1] if fault else "")


def _check_form(sample: Sample, human: bool) -> tuple[str, str] | None:
    """What can be seen without a source."""
    question, answer = sample.question.strip(), sample.answer.strip()
    if not plain(question) or (not plain(answer) and not answer.strip("-–— .")):
        return "empty", "question or answer is empty"
    if len(answer.split()) > LONGEST_ANSWER or len(question.split()) > LONGEST_QUESTION:
        return "too_long", f"{len(answer.split())} words in the answer, {len(question.split())} in the question"
    if human and sample.kind == "freeform_skill":
        return None
    if sample.context is None and (word := find_dangling(question)):
        return "not_self_contained", f"nobody can know what {word!r} means"
    if sample.kind == "knowledge" or sample.context is not None:
        if plain(answer) == plain(question) or (len(plain(answer)) > 3 and f" {plain(answer)} " in f" {plain(question)} "):
            return "answer_in_question", "the question gives its answer away"
        if quotes(question):
            return None
        said = content_words(answer)
        polar = expected_type(question) == "whether it is so"  # "Is it allowed?" is answered in the question's own words
        if len(said) > 1 and set(said) <= set(content_words(question)) and not numbers_of(answer) and not polar:
            return "restated", "the answer only repeats words of the question"
    return None


def _check_quoted(question: str, answer: str, source: Source, scores: dict[str, float]) -> tuple[str, str] | None:
    """What a question quotes must stand so, completed by the answer: there is nothing to weigh."""
    quotation, place = find_quotation(question), find_place(question)
    cuts = [quotation] if quotation is not None else find_in_place(question)
    if cuts and (pronoun := find_head_pronoun(cuts[0])):
        return "not_self_contained", f"nobody can know what {pronoun!r} means in what is quoted"
    if cuts:
        faults = [source.wording.fault_of_quotation(cut, answer) for cut in cuts]
        fault = None if None in faults else faults[0]
    else:
        fault = source.wording.fault_of_place(place, answer) if place is not None else None
    scores["quoted"] = float(fault is None)
    return ("not_as_quoted", fault) if fault else None


def _check_against(
    sample: Sample, source: Source, threshold: float, scores: dict[str, float], human: bool
) -> tuple[str, str] | None:
    """What can be seen only against the source."""
    answer, question = sample.answer, sample.question
    if quotes(question):
        return _check_quoted(question, answer, source, scores)
    asked = set(numbers_of(question))
    if missing := [number for number in source.missing_numbers(answer) if number not in asked]:
        scores["support"] = 0.0
        return "unsupported_number", f"{missing[0]} does not stand in the source"
    bare = len(added_words(question, answer)) <= 3 and len(answer.split()) <= SHORT_ANSWER
    scores["support"] = source.answer_support(question, answer, literal=bare)
    if missing := source.missing_names(question, answer):
        return "unsupported_name", f"{missing[0]} does not stand in the source"
    needed = max(threshold, 0.99) if bare else threshold
    if scores["support"] < needed and not (human and scores["support"] >= threshold):
        return "unsupported", f"{scores['support']:.0%} of what the answer says stands in the source"
    if not source.holds_together(question, answer):
        return "scattered", "no single passage has all parts of the answer"
    if unit := find_wrong_unit(source.text, source.words, question, answer):
        return "wrong_unit", f"{unit} does not stand so in the source"
    wanted = expected_type(question)
    scores["type"] = float(fits_type(wanted, answer, question))
    if not scores["type"]:
        return "wrong_type", f"the question asks for {wanted}"
    if sample.kind == "knowledge":
        if missing := source.missing_amounts(question, answer):
            return "unsupported_number", f"{missing[0]} in the question does not stand in the source"
        scores["question_support"] = source.question_support(question)
        if scores["question_support"] < LEAST_QUESTION_SUPPORT and len(content_words(question)) >= LEAST_WORDS:
            return "off_topic", "the source does not speak of what is asked"
    fit = source.fit(question, answer)
    scores["place"] = fit
    if fit < LEAST_FIT:
        return "answer_elsewhere", "another passage of the source fits the question better than the one with the answer"
    return None
