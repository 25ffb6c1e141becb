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
from dataclasses import dataclass, replace

from tasks.teacher_generate.extractive.amounts import is_moment, parse_amount
from tasks.teacher_generate.extractive.complements import Complements
from tasks.teacher_generate.extractive.lexicon import inflect, is_noun, lemmas, verb_base, verb_forms
from tasks.teacher_generate.extractive.phrase_kinds import Phrase, classify_phrase
from tasks.teacher_generate.extractive.sentence_words import Refused, Word, read_words
from tasks.teacher_generate.extractive.texts import Text
from tasks.teacher_generate.extractive.word_lists import (
    ADVERBS,
    AUXILIARIES,
    BE,
    COMMON_VERBS,
    DETERMINERS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBORDINATORS,
    SUMMING_VERBS,
)


@dataclass(frozen=True)
class Clause:
    subject: Text
    auxiliary: str
    """The first auxiliary ("was", "must"), or nothing."""
    main: str
    """The rest of the verb group as it stands: "be sent", "costs"."""
    tail: str
    """What belongs to the verb and follows it: "up", "bankrupt"."""
    base: str
    voice: str
    """active, passive, copula, adjective or existential."""
    object: Text | None
    phrases: tuple[Phrase, ...]
    condition: str
    source: Text
    imperative: bool = False


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


class _Parser(Complements):
    def __init__(self, text: Text, words: list[Word]) -> None:
        super().__init__(text, words)
        self.condition = ""
        self.fronted: list[Phrase] = []

    def parse(self) -> list[Clause]:
        start = self._read_front()
        if self._is_imperative(start):
            return [self._parse_imperative(start)]
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

    def _read_front(self) -> int:
        """Reads a fronted condition, phrase or adverb; returns where the clause starts."""
        first = self.low(0)
        comma = next((i for i, word in enumerate(self.words) if word.text == ","), None)
        if first in ADVERBS | {"today", "nevertheless", "moreover", "furthermore", "please", "note"} and comma == 1:
            return 2
        if first in {"today", "now", "currently"} and (self.low(1) in DETERMINERS | PRONOUNS or self.words[1].text[:1].isupper()):
            return 1
        if first == "please" and comma != 1:
            return 1
        if first in {"next", "last", "this", "each", "every"} and self.low(2) in PRONOUNS:  # "Next time we will ..."
            self.condition = _lower_first(self.span(0, 2).text)
            return 2
        if first in SUBORDINATORS and comma:
            self.condition = _lower_first(self.span(0, comma).text)
            return comma + 1
        if first in PREPOSITIONS and self.low(1):
            end, start = self._end_of_front(comma)
            if end:
                lead, body = self._split_lead(0, end)
                whole = self.span(0, end)
                kind = classify_phrase(lead, body.text, "", "active")
                if kind in ("when", "where", "how_long", "deadline") and not (kind == "where" and lead == "on"):
                    self.fronted.append(Phrase(kind, lead, body, whole, fronted=True))
                else:
                    self.condition = _lower_first(whole.text)
                return start
        return 0

    def _end_of_front(self, comma: int | None) -> tuple[int, int]:
        """Where a fronted phrase ends and its clause starts; (0, 0) where it is not one."""
        if comma and self._find_verb(comma + 1) is not None and self._find_verb(0, comma) is None:
            after = comma + 1
            nearer = next((i for i in range(after, len(self.words)) if self.words[i].text == ","), None)
            # "In Lisbon, Portugal, she met ..."
            if nearer and self._find_verb(after, nearer) is None and nearer - after <= 2:
                return nearer, nearer + 1
            return comma, after
        for end in range(2, min(9, len(self.words))):  # "In 1975 the company moved", "On Ubuntu the preview may flicker"
            starts = self.low(end) in {"it", "they", "he", "she", "the", "a", "an", "each", "every"}
            if not starts or self.low(end - 1) in {"of", "and", "or"} | PREPOSITIONS | DETERMINERS:
                continue
            if is_moment(self.span(1, end).text) or (is_noun(self.low(end - 1)) and self._find_verb(end) is not None):
                return end, end
        return 0, 0

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
        if self.low(verb_end) == "only" and voice in ("passive", "adjective"):
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
        while end_of_complement > verb_end and self.low(end_of_complement - 1) in {",", ";", "and"}:
            end_of_complement -= 1
        target, phrases = self._read_complement(verb_end, end_of_complement, base, voice)
        source = self.span(min(subject[0], start), end)
        clause = Clause(
            self.span(*subject), auxiliary, main, tail, base, voice, target, (*phrases, *self.fronted), condition, source
        )
        if clause.subject.text.lower() == "there":
            clause = replace(clause, voice="existential")
        group = (auxiliary, "be " if main.startswith("be ") else "") if auxiliary else None
        next_subject = subject
        if following < len(self.words) and self.low(following) in RELATIVES:
            next_subject = self._antecedent(verb_end, end_of_complement, subject)
            following += 1
            self.fronted = []  # "Since 2016 the firm has been led by X, who introduced ...": not since 2016
            if parse_amount(self.span(*next_subject).text) or verb_base(self.low(following)) in SUMMING_VERBS:
                following = len(self.words)  # ", which takes an hour" speaks of all that was said
        return clause, following, next_subject, group

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
        return (first, end) if first < end else subject

    def _check_subject(self, start: int, verb: int) -> tuple[int, int]:
        first, last = start, verb
        while last > first and self.low(last - 1) in ADVERBS:
            last -= 1
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
        if last <= first or last - first > 16:
            raise Refused("complex_subject")
        lows = [self.low(i) for i in range(first, last)]
        if any(low in NEGATIONS for low in lows) or lows[0] in {"few", "neither"}:
            raise Refused("negation")
        if any(low in SUBORDINATORS - {"so", "once", "than"} or low in {":", "–", "—", '"'} for low in lows):
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

    def _is_imperative(self, start: int) -> bool:
        low = self.low(start)
        following = self.low(start + 1)
        if "VB" not in verb_forms(low) or low in AUXILIARIES | PREPOSITIONS | {"let", "make", "help", "keep", "allow", "please"}:
            return False
        if start + 1 >= len(self.words) or self.words[start + 1].text[0].isupper():
            return False
        if following in DETERMINERS:
            return self._find_verb(start) is None
        plain = set(lemmas(low)) <= {"VERB"} or verb_base(low) in COMMON_VERBS
        return plain and bool(following) and (is_noun(self.words[start + 1].text)) and self._find_verb(start) is None

    def _orders(self, i: int) -> bool:
        """Whether a second order starts at ``i``: "Open the lid, press start and wait"."""
        joint = i + 1 if self.low(i) in {",", "and", "then"} else 0
        while joint and self.low(joint) in {"and", "then"}:
            joint += 1
        following = self.words[joint + 1].text if 0 < joint < len(self.words) - 1 else ""
        verb = joint and "VB" in verb_forms(self.low(joint)) and self.low(joint) not in PREPOSITIONS
        return bool(verb) and (not following or following.lower() in DETERMINERS | PREPOSITIONS or following[0].isupper())

    def _parse_imperative(self, start: int) -> Clause:
        """ "Store the powder below 25 °C" reads as "The powder should be stored below 25 °C"."""
        verb = self.words[start].text.lower()
        end, _ = self._end_of_clause(start + 1, "active")
        end = next((i for i in range(start + 2, end) if self._orders(i)), end)
        cut = self._start_of_condition(start + 1, end)
        stop = end if cut is None else cut
        condition = " ".join(part for part in ("" if cut is None else self.span(cut, end).text, self.condition) if part)
        target, phrases = self._read_complement(start + 1, stop, verb, "passive")
        if target is None or parse_amount(target.text) or set(lemmas(target.text.split()[-1])) == {"ADV"}:
            raise Refused("no_subject")
        return Clause(
            target,
            "should",
            f"be {inflect(verb, 'VBN')}",
            "",
            verb,
            "passive",
            None,
            (*phrases, *self.fronted),
            condition,
            self.span(start, end),
            imperative=True,
        )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
