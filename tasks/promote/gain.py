"""Is the student better on what changed? The rules gain, small_change, human_gain, no_loss and enough_questions.

Part of ``promote``. One exact test over all claimed units, of both suites (``exam_units.py``, ``paired_tests.py``): equally good
students pass it with a probability of at most ``significance``, whatever they are good at.

A test over fewer than five units can prove nothing: four gains and no loss are as likely as one in sixteen. Below that, a **small
change** is judged by what equally good students can do at most. Where both have a question right with probability p, one gains it
with p * (1 - p), a quarter at most; where the release was *taught another answer*, which it had to unlearn, p is at most
``guess_rate``, and one gains it with at most 0.0475. So with no question lost, the number of units whose every question is gained
is held against independent events of those chances. One edited fact is enough then, if all of its wordings are gained; of new
facts or human questions it takes three.

    one edited fact, both wordings gained    0.0475   passes
    two new facts, all wordings gained       0.0625   does not
    three new facts, all wordings gained     0.0156   passes

That ``guess_rate`` holds is an assumption, and the only one here: a student that says the new price was taught it. On the sample,
about 1 of 1,000 right answers would also pass for another fact's of its kind (``python -m tests.benchmarks.gate 1 ANSWERS``).

Not covered: which of several changed leaf nodes the gain is in.
"""

from collections.abc import Sequence

from schemas.student_contracts import Reason
from schemas.student_settings import GateSettings
from tasks.promote.exam_units import Unit, by_suite, differences, mean_scores
from tasks.promote.paired_tests import paired_test, tail
from tasks.promote.wording import describe_units, percent

_COIN = 0.25
"""Most probability that of two equally good students one gains a question: 0.5 * (1 - 0.5)."""


def judge_gain(claimed: Sequence[Unit], changed: Sequence[Unit], gate: GateSettings) -> list[Reason]:
    """The reasons about what changed.

    Args:
        claimed: Units that a gain is looked for in.
        changed: All units of what changed, also those of leaf nodes that claim no gain.
    """
    asked = sum(unit.questions for unit in claimed)
    small = 0.5 ** len(claimed) > gate.significance
    chances = [_chance(unit, gate) for unit in claimed]
    if asked < gate.minimum_questions or (small and tail(len(claimed), chances) > gate.significance):
        return [_too_few(claimed, asked, gate)]
    proof = _small_change(claimed, chances, gate) if small else _gain(claimed, gate)
    return [proof, *_human_gain(claimed, gate), judge_loss(changed, gate)]


def judge_loss(changed: Sequence[Unit], gate: GateSettings) -> Reason:
    """Whether either suite lost on what changed, more than chance does."""
    worse = [units for units in by_suite(changed).values() if paired_test(differences(units)).p_loss <= gate.significance]
    if worse:
        told = "; ".join(describe_units(units) for units in worse)
        return Reason(rule="no_loss", passed=False, message=f"worse on what changed: {told}")
    return Reason(rule="no_loss", passed=True, message="not worse on any kind of question about what changed")


def _gain(claimed: Sequence[Unit], gate: GateSettings) -> Reason:
    test, suites = paired_test(differences(claimed)), by_suite(claimed)
    proven = test.p_gain <= gate.significance
    enough = any(student - base >= gate.minimum_gain for base, student in map(mean_scores, suites.values()))
    told = "; ".join(describe_units(units) for units in suites.values())
    if proven and enough:
        return Reason(rule="gain", passed=True, message=f"better on what changed: {told}")
    why = f"the gain is below {gate.minimum_gain:g}" if proven else f"chance does as much in {percent(test.p_gain)} of cases"
    return Reason(rule="gain", passed=False, message=f"not proven better on what changed ({why}): {told}")


def _small_change(claimed: Sequence[Unit], chances: Sequence[float], gate: GateSettings) -> Reason:
    gained, lost = sum(unit.gained for unit in claimed), any(unit.lost for unit in claimed)
    chance = tail(gained, chances)
    told = "; ".join(describe_units(units) for units in by_suite(claimed).values())
    if lost or chance > gate.significance:
        asked = sum(unit.questions for unit in claimed)
        message = f"a small change is not proven learned: of {asked} changed questions too few gained, or one lost: {told}"
        return Reason(rule="small_change", passed=False, message=message)
    return Reason(
        rule="small_change",
        passed=True,
        message=f"a small change learned: {told}; an equally good student does as much in at most {percent(chance)} of cases",
    )


def _human_gain(claimed: Sequence[Unit], gate: GateSettings) -> list[Reason]:
    """Wordings made by rule alone are no proof that a person is answered."""
    human = [unit for unit in claimed if unit.suite == "human"]
    if sum(unit.questions for unit in human) < gate.minimum_questions:
        return []
    base, student = mean_scores(human)
    if student > base:
        return [Reason(rule="human_gain", passed=True, message="more human questions answered about what changed")]
    if student >= 1 - 1e-9:
        return [Reason(rule="human_gain", passed=True, message="all human questions about what changed answered, as before")]
    told = describe_units(human)
    return [Reason(rule="human_gain", passed=False, message=f"no more human questions answered about what changed: {told}")]


def _too_few(claimed: Sequence[Unit], asked: int, gate: GateSettings) -> Reason:
    new = next(count for count in range(1, 100) if _COIN**count <= gate.significance)
    edited = next(count for count in range(1, 100) if _guessed(gate) ** count <= gate.significance)
    facts = f" about {len(claimed)} facts" if 1 < len(claimed) < asked else " about one fact" if len(claimed) == 1 < asked else ""
    needed = f"questions about {new} new facts, or about {edited} whose answer was edited, and {gate.minimum_questions} in all"
    return Reason(
        rule="enough_questions",
        passed=False,
        message=f"too few questions to tell: {asked} on what changed{facts}. Needed are {needed}. "
        "Add facts or seed examples to the changed leaf nodes.",
    )


def _chance(unit: Unit, gate: GateSettings) -> float:
    return _guessed(gate) if unit.superseded else _COIN


def _guessed(gate: GateSettings) -> float:
    return gate.guess_rate * (1 - gate.guess_rate)
