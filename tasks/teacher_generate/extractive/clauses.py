"""Sentence -> clauses: who or what, does or is, whom or what, where, when, how often.

The grammar, as a person would say it::

    sentence   = [front ","] clause {(";" | ", and" | ", but" | "and" verb | ", which") clause}
    front      = condition | phrase                      "If a flight takes over six hours," / "In 1975,"
    clause     = subject verb-group complement [condition]
    verb-group = (be | have | modal)* adverb* verb       "is" / "must be sent" / "costs"
    complement = [object] {phrase}
    phrase     = preposition noun-phrase | interval      "in Dunmurry" / "every 2 years"
    condition  = ("if" | "when" | "unless" | ...) words  stays in every question, or the answer would not be true

    "The car was assembled in Dunmurry, Northern Ireland."
      -> Clause(subject="The car", auxiliary="was", main="assembled", base="assemble", voice="passive",
                phrases=[where: in "Dunmurry, Northern Ireland"])

What does not fit is refused with a reason, never guessed: a question from a misread sentence teaches something false.

Not covered: clauses with two nested relative clauses, inverted word order, comparisons, direct speech.
"""

import re
from dataclasses import replace

from tasks.teacher_generate.extractive.amounts import parse_amount
from tasks.teacher_generate.extractive.clause_parts import Clause
from tasks.teacher_generate.extractive.lexicon import is_noun, is_plural, lemmas, verb_base, verb_forms
from tasks.teacher_generate.extractive.orders import Orders
from tasks.teacher_generate.extractive.sentence_words import BOUNDS, Refused, read_words
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    BE,
    DETERMINERS,
    FREQUENCY_ADVERBS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    SUMMING_VERBS,
)


def parse_sentence(sentence: Text) -> list[Clause]:
    """The clauses of a sentence, at least one.

    Raises:
        Refused: it is no statement that the grammar can read.
    """
    text = _strip_asides(sentence)
    if text.text.endswith("?"):
        raise Refused("question")
    text = text.cut(0, len(text.text.rstrip(".!;, "))) if not text.text.endswith(("a.m.", "p.m.")) else text
    words = read_words(text.text)
    if len(words) < 3:
        raise Refused("fragment")
    if len(words) > 60:
        raise Refused("too_long")
    if any(word.text in '"“”«»' for word in words) and text.text.count('"') % 2:
        raise Refused("quotation")
    parser = _Parser(text, words)
    return parser.parse()


def _strip_asides(sentence: Text) -> Text:
    """The sentence without what stands in brackets."""
    kept = [True] * len(sentence.text)
    for match in re.finditer(r"\s*[(\[][^()\[\]]*[)\]]", sentence.text):
        if match.start() > 0:
            kept[match.start() : match.end()] = [False] * (match.end() - match.start())
    return Text(
        "".join(c for c, keep in zip(sentence.text, kept, strict=True) if keep),
        tuple(o for o, keep in zip(sentence.offsets, kept, strict=True) if keep),
    )


class _Parser(Orders):
    def parse(self) -> list[Clause]:
        start = self._read_front()
        refusing = start + 2 if [self.low(start), self.low(start + 1)] == ["do", "not"] else start + 1
        if self.low(start) == "never" or refusing == start + 2:
            return [self._parse_refusal(start, refusing)]
        if self._is_imperative(start):
            return self._parse_orders(start)
        clauses: list[Clause] = []
        subject: tuple[int, int] | None = None
        shared: tuple[str, str] | None = None
        position = start
        while position < len(self.words):
            try:
                if clauses and parse_amount(self.rest(position)):
                    if self._find_verb(position) is not None:  # "; over 600 were sold until 1989"
                        break
                    clauses.append(self._parse_gapped(position, clauses[-1]))
                    break
                clause, position, subject, shared = self._parse_clause(position, subject, shared)
            except Refused:
                if clauses:  # what follows the first statement is not needed to make it true
                    break
                raise
            clauses.append(clause)
            if len(clauses) == 4:
                break
        return clauses

    def _parse_clause(
        self, start: int, subject: tuple[int, int] | None, shared: tuple[str, str] | None
    ) -> tuple[Clause, int, tuple[int, int], tuple[str, str] | None]:
        """One clause from ``start``; with its end, its subject's place and its auxiliary for the next one to share."""
        if subject is not None and shared is not None and self._continues_group(start, shared):
            auxiliary, lead = shared
            main, verb_end, base, voice = f"{lead}{self.words[start].text}", start + 1, verb_base(self.low(start)) or "", ""
            voice = "passive" if lead.endswith("be ") or auxiliary in BE else "active"
        else:
            own_verb = subject is not None and start < len(self.words) and self._verb_starts(start)
            verb = start if own_verb else self._find_verb(start)
            if verb is None:
                raise Refused("no_verb_found")
            if not own_verb:
                subject = self._check_subject(start, verb)
            auxiliary, main, base, voice, verb_end = self._read_verb_group(verb)
        assert subject is not None
        negated, self.negated = self.negated or self.none, False
        if self.low(verb_end) == "only" and (voice in ("passive", "adjective") or self.low(verb_end + 1) in PREPOSITIONS):
            verb_end += 1
        tail_end = self._end_of_tail(verb_end, base)
        tail, verb_end = self.span(verb_end, tail_end).text, tail_end
        end, following = self._end_of_clause(verb_end, voice)
        condition = self.condition
        cut = self._start_of_condition(verb_end, end)
        if cut is not None:
            condition = " ".join(part for part in (self.span(cut, end).text, condition) if part)
            end_of_complement = cut
        else:
            end_of_complement = end
        while end_of_complement > verb_end and self._ends_loosely(verb_end, end_of_complement):
            end_of_complement -= 1
        target, phrases = self._read_complement(verb_end, end_of_complement, base, voice)
        source = self.span(min(subject[0], start), end)
        clause = Clause(
            self.span(*subject),
            auxiliary,
            main,
            tail,
            base,
            voice,
            target,
            (*phrases, *self.fronted),
            condition,
            source,
            negated=negated,
        )
        if clause.subject.text.lower() == "there":
            clause = replace(clause, voice="existential")
        group = (auxiliary, "be " if main.startswith("be ") else "") if auxiliary else None
        next_subject = subject
        if following < len(self.words) and self.low(following) in RELATIVES:
            try:
                next_subject = self._antecedent(verb_end, end_of_complement, subject)
            except Refused:
                return clause, len(self.words), subject, group
            following += 1
            self.fronted = []  # "Since 2016 the firm has been led by X, who introduced ...": not since 2016
            if parse_amount(self.span(*next_subject).text) or verb_base(self.low(following)) in SUMMING_VERBS:
                following = len(self.words)  # ", which takes an hour" speaks of all that was said
        return clause, following, next_subject, group

    def _ends_loosely(self, start: int, end: int) -> bool:
        """Whether the last word of a complement is none of it: a comma, "and", "shown to the nurses first"."""
        last, before = self.low(end - 1), self.low(end - 2)
        if last.endswith("ly") and end - start > 2 and set(lemmas(last)) == {"ADV"} and last not in FREQUENCY_ADVERBS:
            return before not in {"and", "or", "as"}  # "entered in the logbook immediately"
        return last in {",", ";", "and"} or (
            last in {"first", "too", "again", "yourself", "yourselves", "themselves", "itself"}
            and end - start > 2
            and before not in DETERMINERS | PREPOSITIONS | BE
        )

    def _parse_gapped(self, start: int, before: Clause) -> Clause:
        """ "... is 30 euros at home and 48 euros abroad": the second amount with the first one's subject and verb."""
        end, _ = self._end_of_clause(start, before.voice)
        target, phrases = self._read_complement(start, end, before.base, before.voice)
        return replace(before, object=target, phrases=tuple(phrases))

    def _antecedent(self, verb_end: int, end: int, subject: tuple[int, int]) -> tuple[int, int]:
        """The noun phrase right before ", which"."""
        first = end
        while first > verb_end and self.low(first - 1) not in PREPOSITIONS | {","}:
            first -= 1
        behind = first > verb_end + 1 and self.low(first - 1) in {"in", "at", "of", "on", "near", "for", "with", "from"}
        if behind and is_noun(self.words[first - 2].text):
            raise Refused("ambiguous_antecedent")  # "the clinic in Mill Street, which is open at night"
        return (first, end) if first < end else subject

    def _check_subject(self, start: int, verb: int) -> tuple[int, int]:
        first, last = start, verb
        self.none = self.low(first) == "no" and self.low(first + 1) not in {"more", "less", "fewer", "later", "longer", "one"}
        first += self.none
        while last > first and self.low(last - 1) in ADVERBS:
            last -= 1
            if self.low(last) in NEGATIONS:
                raise Refused("negation")  # "The duke never led an army again"
        commas = [i for i in range(first, last) if self.words[i].text == ","]
        if len(commas) == 2 and commas[1] == last - 1:  # "Ada, a chemist, was ...", "The founder, Ada Berg, was ..."
            inside = range(commas[0] + 1, commas[1])
            if self.low(first) in DETERMINERS and len(inside) > 1 and all(self.words[i].text[:1].isupper() for i in inside):
                first, last = inside[0], commas[1]
            else:
                last = commas[0]
        elif commas and not self._is_list(first, last):
            raise Refused("complex_subject")
        if self.low(first) in PREPOSITIONS - {"about", "around", "over", "under", "up", "between"} or self.low(first) in {
            "here",
            "who",
            "what",
        }:
            raise Refused("complex_subject")
        if (
            self.low(first) in {"first", "last", "next"}
            and not is_plural(self.words[last - 1].text)
            and self.low(verb) not in AUXILIARIES
        ):
            raise Refused("no_subject")  # a note: "First bottle opened on 23 October" leaves out what the verb needs
        if last <= first or last - first > 16:
            raise Refused("complex_subject")
        lows = [self.low(i) for i in range(first, last)]
        bounded = BOUNDS.match(self.rest(first)) is not None  # "no more than three visitors"
        told = next((i for i, low in enumerate(lows) if low in RELATIVES), len(lows))  # "members who have not paid"
        if any(low in NEGATIONS - {"without"} for low in lows[bounded:told]) or lows[0] in {"few", "neither"}:
            raise Refused("negation")
        if any(low in SUBORDINATORS - {"so", "once", "than"} or low in {":", ";", "–", "—", '"'} for low in lows):
            raise Refused("complex_subject")
        nominal = "VB" in verb_forms(lows[-1]) or "VBZ" in verb_forms(lows[-1])  # "an engine rebuild", "torsion bars"
        known = is_noun(self.words[last - 1].text) or (nominal and last - first > 1)
        if not (known or lows[-1] in PRONOUNS or any(low in RELATIVES for low in lows)):
            raise Refused("no_subject")
        return first, last

    def _is_list(self, first: int, last: int) -> bool:
        return any(self.low(i) in {"and", "or"} for i in range(first, last)) and not any(
            self._could_be_verb(i, first) for i in range(first + 1, last)
        )
