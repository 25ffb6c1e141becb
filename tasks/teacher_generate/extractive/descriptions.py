"""What a description says besides: "X is a car made by Y in Kiel" also says who made it, and where.

    Clause(X, is, copula, "a car", ["made" by Y, in Kiel])  ->  Clause(X, is, "made", passive, [agent: by Y, where: in Kiel])

Not covered: descriptions with a relative clause; ``clauses`` reads those.
"""

from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import is_moment
from tasks.teacher_generate.extractive.clauses import Clause
from tasks.teacher_generate.extractive.lexicon import is_noun, is_participle, lemmas, verb_base
from tasks.teacher_generate.extractive.phrase_kinds import Phrase, classify_phrase


def read_description(clause: Clause) -> Clause | None:
    """The passive clause that a description holds, or None.

    Its tense is the description's, or the past where it names a time: "is a car built from 1981 to 1983".
    """
    if clause.voice != "copula" or clause.negated or clause.object is None or not clause.phrases or clause.condition:
        return None
    words = clause.object.text.split()
    done = words[-1].lower()
    if len(words) < 3 or not is_participle(done) or {"NOUN", "ADJ"} & set(lemmas(done)) or not is_noun(words[-2]):
        return None
    base = verb_base(done) or done
    phrases = tuple(_classify(phrase, base) for phrase in clause.phrases)
    past = any(phrase.kind == "when" and is_moment(phrase.body.text) for phrase in phrases)
    be = {"is": "was", "are": "were"}.get(clause.auxiliary.lower(), clause.auxiliary) if past else clause.auxiliary
    return replace(clause, auxiliary=be, main=done, base=base, voice="passive", object=None, phrases=phrases)


def _classify(phrase: Phrase, base: str) -> Phrase:
    return replace(phrase, kind=classify_phrase(phrase.lead, phrase.body.text, base, "passive")) if phrase.lead else phrase
