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

from tasks.teacher_generate.extractive.amounts import is_duration, is_interval, is_moment, parse_amount
from tasks.teacher_generate.extractive.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BE,
    COMMON_VERBS,
    DETERMINERS,
    FLOATING,
    FIXED_PHRASES,
    FREQUENCY_ADVERBS,
    HAVE,
    INTRANSITIVE_VERBS,
    LINKING_VERBS,
    LOCATIVE_VERBS,
    MODALS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SPATIAL,
    SUBORDINATORS,
    inflect,
    is_adjective,
    is_noun,
    is_participle,
    is_plural,
    lemmas,
    verb_base,
    verb_forms,
)
from tasks.teacher_generate.extractive.passages import Text

_TOKEN = re.compile(
    r"https?://\S*\w|[ap]\.m\.|(?:[A-Z]\.)+(?=\s|,|$)|[-−+±]?[$€£¥]\s?\d[\d,]*(?:\.\d+)?|[-−]?\d[\d,.:/]*\d\w*(?:[-–]\d[\d,.:]*\w*)*(?:-\w+)*|[-−]?\d\w*(?:[-–]\w+)*"
    r"|\w+(?:[-'’&/.]\w+)*['’]?|\S"
)
_BOUNDS = re.compile(r"(?:up to|at least|at most|no more than|no later than|no longer than|no less than|not more than|more than|less than|fewer than)\b", re.I)
_LONG_PREPOSITIONS = re.compile(r"(?:in front of|next to|on top of|out of|instead of|because of|due to|according to|on behalf of|as well as)\b", re.I)


class Refused(Exception):
    """The sentence does not fit the grammar; ``reason`` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower()


@dataclass(frozen=True)
class Phrase:
    """A part of the complement: ``lead`` is its preposition, ``body`` the rest, ``whole`` both."""

    kind: str
    """when, where, how_often, how_long, deadline, agent, how, infinitive, other."""
    lead: str
    body: Text
    whole: Text
    fronted: bool = False


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


def read_words(text: str) -> list[Word]:
    """The tokens of a text with their places."""
    return [Word(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


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


class _Parser:
    def __init__(self, text: Text, words: list[Word]) -> None:
        self.text, self.words = text, words
        self.condition = ""
        self.fronted: list[Phrase] = []

    # -- words ---------------------------------------------------------------------------------------------------------

    def span(self, first: int, last: int) -> Text:
        """The text of words ``first`` to ``last`` (not included)."""
        if first >= last:
            return Text("", ())
        return self.text.cut(self.words[first].start, self.words[last - 1].end)

    def low(self, index: int) -> str:
        return self.words[index].low if 0 <= index < len(self.words) else ""

    def rest(self, index: int) -> str:
        return self.text.text[self.words[index].start :] if index < len(self.words) else ""

    # -- sentence ------------------------------------------------------------------------------------------------------

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
        if first in {"today", "now", "currently"} and self.low(1) in DETERMINERS | PRONOUNS:
            return 1
        if first in SUBORDINATORS and comma:
            self.condition = _lower_first(self.span(0, comma).text)
            return comma + 1
        if first in PREPOSITIONS and self.low(1):
            end, start = self._end_of_front(comma)
            if end:
                lead, body = self._split_lead(0, end)
                whole = self.span(0, end)
                kind = classify_phrase(lead, body.text, "", "active")
                if kind in ("when", "where", "how_long", "deadline"):
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
        for end in range(2, 9):  # "In 1975 the company moved"
            if self.low(end) in {"it", "they", "he", "she", "the", "a", "an"} and is_moment(self.span(1, end).text):
                if self.low(end - 1) not in {"of", "and"} | PREPOSITIONS:
                    return end, end
        return 0, 0

    # -- verbs ---------------------------------------------------------------------------------------------------------

    def _find_verb(self, start: int, stop: int | None = None) -> int | None:
        """The first word of the clause's finite verb group."""
        end = len(self.words) if stop is None else stop
        relative = False
        skip = start
        for i in range(start, end):
            low = self.low(i)
            if i < skip:
                continue
            if low == "," and self.low(i + 1) in {"which", "who", "whose"} and i > start:
                closing = next((k for k in range(i + 1, end) if self.words[k].text == ","), None)
                if closing is None:
                    return None
                skip = closing + 1
                if self._verb_starts(skip):
                    return skip
                continue
            if low in SUBORDINATORS and i > start and low not in ("once", "than", "so", "where"):
                return None
            if low in RELATIVES and i > start and self.low(i - 1) not in (",", "") and low != "that":
                relative = True
                continue
            if low == "that" and i > start and is_noun(self.low(i - 1)) and self._could_be_verb(i + 1, start):
                relative = True
                continue
            if i == start or not self._could_be_verb(i, start):
                continue
            if relative:
                relative = False  # the verb of "who have worked"
                skip = i + 1
                while self.low(skip) in AUXILIARIES | ADVERBS | {"been", "be"} or is_participle(self.low(skip)):
                    skip += 1
                if self.low(skip) in {"up", "over", "out", "in", "off", "on"} and verb_forms(self.low(skip + 1)):
                    skip += 1
                continue
            if self._is_reduced_relative(i, end):
                continue
            if self.low(i) in BE | HAVE | MODALS and self._skips_group(i):
                continue
            return i
        return None

    def _skips_group(self, index: int) -> bool:
        """Whether the auxiliary continues a relative clause's own verb group ("who have been")."""
        return index > 0 and self.low(index - 1) in AUXILIARIES

    def _could_be_verb(self, i: int, start: int) -> bool:
        low = self.low(i)
        if low in AUXILIARIES:
            return low != "may" or self.words[i].text == "may"
        if not low.isalpha() or self.words[i].text[0].isupper() or low in PREPOSITIONS | DETERMINERS | ADVERBS | SUBORDINATORS:
            return False
        forms = verb_forms(low)
        if not forms & {"VBZ", "VBD", "VB"}:
            return False
        before, after = self.low(i - 1), self.low(i + 1)
        if after in AUXILIARIES:  # "torsion bars should"
            return False
        carried = before in {"over", "up", "out", "off", "in"} and i >= 2 and is_participle(self.low(i - 2))  # "carried over expire"
        appended = before == "," and [self.low(k) for k in range(start, i)].count(",") == 2  # "The hall, the largest, seats"
        if before in DETERMINERS - {"this", "that"} | PREPOSITIONS | {"of", "to", "and", "or", ","} and not (carried or appended):
            return False
        if before in {"it", "he", "she"} and "VBZ" in forms or before in {"they", "we", "you"} and "VB" in forms:
            return True
        nominal = "VB" in verb_forms(before) and i - 1 > start  # "an engine rebuild"
        nominal = nominal or before == "," and appended
        if not (is_noun(self.words[i - 1].text if i else "") or before in PRONOUNS | ADVERBS or nominal):
            return False
        other = set(lemmas(low)) & {"NOUN", "ADJ", "ADV"}
        if other and verb_base(low) not in COMMON_VERBS and "VBD" not in forms:
            return False
        plural = self._head_is_plural(start, i)
        if "VBZ" in forms and plural and before not in PRONOUNS:
            return False
        if forms & {"VB"} and not forms & {"VBZ", "VBD"} and not plural:
            return False
        if other & {"NOUN"}:
            return self._complement_follows(i + 1) or not after
        return True

    def _joined(self, start: int, i: int) -> bool:
        return any(self.low(k) == "and" for k in range(start, i))

    def _head_is_plural(self, start: int, i: int) -> bool:
        """Whether the noun before the first preposition of the subject is plural."""
        head = start
        for k in range(start, i):
            if k > start and self.low(k) in PREPOSITIONS | {"of"} | RELATIVES:
                break
            head = k
        return self.low(head) in {"they", "we", "you", "i", "these", "those"} or is_plural(self.words[head].text) or self._joined(start, i)

    def _complement_follows(self, i: int) -> bool:
        """Whether what stands at ``i`` can only follow a verb: an article, a number, a preposition."""
        low = self.low(i)
        if not low:
            return False
        number = parse_amount(self.rest(i)) is not None or self.words[i].text[0].isdigit()
        if "-" in low or low in {"place", "best", "well"}:
            return True
        return low in DETERMINERS | PREPOSITIONS | ADVERBS | FREQUENCY_ADVERBS or number or low in {"not", "more", "less"} or (
            "ADJ" in lemmas(low) or is_plural(low) or self.words[i].text[0].isupper()
        )

    def _is_reduced_relative(self, i: int, end: int) -> bool:
        """Whether "submitted" in "Claims submitted late are refused" is at ``i``: an auxiliary follows in the same clause."""
        if not is_participle(self.low(i)) or self.low(i) in AUXILIARIES:
            return False
        for k in range(i + 1, end):
            if self.low(k) in {",", ";", "and", "but", "or"} | SUBORDINATORS | RELATIVES:
                return False
            if self.low(k) in AUXILIARIES:
                return True
        return False

    # -- clause --------------------------------------------------------------------------------------------------------

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
        return clause, following, next_subject, group

    def _end_of_tail(self, i: int, base: str) -> int:
        """Where a particle or adjective that belongs to the verb ends: "held up by", "went bankrupt in"."""
        low, following = self.low(i), self.low(i + 1)
        if low in {"up", "out", "off", "down", "away", "back", "together", "apart"} and not _BOUNDS.match(self.rest(i)):
            if _LONG_PREPOSITIONS.match(self.rest(i)) is None:
                return i + 1
        if low in {"in", "on", "over", "through"} and following in PREPOSITIONS and following not in {"up", "about", "around"}:
            return i + 1
        if base == "take" and low in {"place", "effect"}:
            return i + 1
        if base in LINKING_VERBS and "ADJ" in lemmas(low) and (not following or following in PREPOSITIONS | {",", "and", "if", "when"}):
            return i + 1
        return i

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

    def _verb_starts(self, i: int) -> bool:
        low = self.low(i)
        if low in AUXILIARIES or (low in ADVERBS and self.low(i + 1) in AUXILIARIES):
            return True
        forms = verb_forms(low)
        noun = "NOUN" in lemmas(low)
        return bool(forms & {"VBZ", "VBD"}) and (not noun or (verb_base(low) in COMMON_VERBS and self._complement_follows(i + 1)))

    def _continues_group(self, i: int, shared: tuple[str, str]) -> bool:
        auxiliary, lead = shared
        low, following = self.low(i), self.low(i + 1)
        if verb_base(low) in INTRANSITIVE_VERBS or low in AUXILIARIES:
            return False
        if following and following not in PREPOSITIONS | ADVERBS | FREQUENCY_ADVERBS | {"every", "each", ",", "of"}:
            return False  # an object follows: "was born in Porto and studied law"
        passive = lead.endswith("be ") or auxiliary in BE
        if passive:
            return is_participle(low) and "NOUN" not in lemmas(low)
        return auxiliary in MODALS and "VB" in verb_forms(low) and "NOUN" not in lemmas(low)

    def _check_subject(self, start: int, verb: int) -> tuple[int, int]:
        first, last = start, verb
        while last > first and self.low(last - 1) in ADVERBS:
            last -= 1
        commas = [i for i in range(first, last) if self.words[i].text == ","]
        if len(commas) == 2 and commas[1] == last - 1:  # "Ada, a chemist, was ..."
            last = commas[0]
        elif commas and not self._is_list(first, last):
            raise Refused("complex_subject")
        if self.low(first) in PREPOSITIONS - {"about", "around", "over", "under", "up", "between"} or self.low(first) in {"here", "who", "what"}:
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

    def _read_verb_group(self, verb: int) -> tuple[str, str, str, str, int]:
        """(auxiliary, main, base, voice, end) of the verb group at ``verb``."""
        i = verb
        auxiliary = ""
        parts: list[str] = []
        if self.low(i) in AUXILIARIES:
            auxiliary = self.words[i].text
            i += 1
        if auxiliary.lower() in HAVE | {"need", "needs"} and self.low(i) == "to" and "VB" in verb_forms(self.low(i + 1)) | {"VB"} - {"VBZ"}:
            auxiliary, i = "must", i + 1
        lead: list[str] = []
        while self.low(i) in ADVERBS | {"be", "been", "being", "have", "had"} and i < len(self.words):
            if self.low(i) in NEGATIONS:
                raise Refused("negation")
            if self.low(i) in {"only", "just"} and self.low(i + 1) not in {"be"} and not verb_forms(self.low(i + 1)):
                break
            lead.append(self.words[i].text)
            i += 1
        if auxiliary.lower() in NEGATIONS or auxiliary.lower() in {"do", "does", "did"}:
            raise Refused("negation")
        kept = [word for word in lead if word.lower() not in FLOATING]
        first = auxiliary.lower()
        low = self.low(i)
        has_be = "be" in [w.lower() for w in kept] or "been" in [w.lower() for w in kept]
        if first in BE or has_be:
            if low and is_participle(low) and not self._heads_noun_phrase(i):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "passive", i + 1
            if low and is_adjective(low) and not parse_amount(self.rest(i)) and not self._heads_noun_phrase(i) and self._adjective_ends(i):
                return auxiliary, " ".join([*kept, self.words[i].text]), "be", "adjective", i + 1
            if "being" in [w.lower() for w in kept] or (low.endswith("ing") and "VBG" in verb_forms(low)):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
            return auxiliary, " ".join(kept), "be", "copula", i
        if first in HAVE:
            if low and is_participle(low) and not self._heads_noun_phrase(i):
                return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
            return "", " ".join([auxiliary, *kept]), "have", "active", i
        if first in MODALS:
            if "VB" not in verb_forms(low) and not low == "have":
                raise Refused("no_verb_found")
            return auxiliary, " ".join([*kept, self.words[i].text]), verb_base(low) or low, "active", i + 1
        parts = [*kept, self.words[i].text]
        return "", " ".join(parts), verb_base(low) or low, "active", i + 1

    def _heads_noun_phrase(self, i: int) -> bool:
        """Whether the participle or adjective at ``i`` belongs to a noun: "is closed space", "are paid employees"."""
        following = self.low(i + 1)
        if not following or following in PREPOSITIONS | {",", ";", "and", "or", "but", "every", "each", "at", "than", "if", "when", "only"}:
            return False
        if following in DETERMINERS | ADVERBS | FREQUENCY_ADVERBS | SUBORDINATORS | {"to"} or parse_amount(self.rest(i + 1)):
            return False
        return is_noun(self.words[i + 1].text) and "ADJ" in lemmas(self.low(i))

    def _adjective_ends(self, i: int) -> bool:
        following = self.low(i + 1)
        return not following or not is_noun(self.words[i + 1].text) or following in DETERMINERS | FREQUENCY_ADVERBS

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

    def _parse_imperative(self, start: int) -> Clause:
        """ "Store the powder below 25 °C" reads as "The powder should be stored below 25 °C"."""
        verb = self.words[start].text.lower()
        end, _ = self._end_of_clause(start + 1, "active")
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

    # -- ends ----------------------------------------------------------------------------------------------------------

    def _end_of_clause(self, start: int, voice: str) -> tuple[int, int]:
        """(where the clause ends, where the next one starts)."""
        total = len(self.words)
        for i in range(start, total):
            low, following = self.low(i), self.low(i + 1)
            if low in {";", "—", "–", ":"}:
                return i, i + 1 if low == ";" else total
            if low == ",":
                if following in {"and", "but"} and i + 2 < total:
                    if self._verb_starts(i + 2) or self._find_clause(i + 2):
                        return i, i + 2
                    if following == "but":
                        return i, total
                    continue
                if following in {"which", "who"}:
                    return i, i + 1
                if following in SUBORDINATORS | {"where"}:
                    if following in {"if", "when", "unless", "once", "whenever", "provided", "except"}:
                        continue
                    return i, total
                if self._breaks_off(i):
                    return i, total
            if low == "and" and i > start + 2 and self._has_amounts_around(start, i):
                return i, i + 1
            if low in {"and", "but"} and i > start and i + 1 < total:
                if self._verb_starts(i + 1) or (voice == "passive" and is_participle(following) and "NOUN" not in lemmas(following)):
                    return i, i + 1
                if following in {"it", "they", "he", "she", "the", "a", "an", "each", "every"} and self._find_clause(i + 1):
                    return i, i + 1
            if low in {"because", "although", "though", "while", "whereas", "so"} and i > start:
                return i, total
        return total, total

    def _has_amounts_around(self, start: int, joint: int) -> bool:
        """Whether "two days for X and three days for Y" is joined at ``joint``."""
        first, second = parse_amount(self.rest(start)), parse_amount(self.rest(joint + 1))
        if first is None or second is None or first.kind != second.kind or first.kind not in ("time", "money", "count", "measure"):
            return False
        between = [self.low(k) for k in range(start, joint)]
        return any(low in PREPOSITIONS - {"between"} for low in between) and "between" not in between and len(first.text.split()) < len(between)

    def _find_clause(self, start: int) -> bool:
        stop = next((k for k in range(start, len(self.words)) if self.words[k].text in ",;"), len(self.words))
        verb = self._find_verb(start, stop)
        return verb is not None and verb - start <= 8 and (self.low(start) in DETERMINERS | PRONOUNS or self._complement_follows(verb + 1))

    def _breaks_off(self, comma: int) -> bool:
        """Whether the comma at ``comma`` starts an afterthought instead of going on with a list or a place."""
        following = self.words[comma + 1].text if comma + 1 < len(self.words) else ""
        if following.lower().endswith("ing") and "VBG" in verb_forms(following):
            return True
        if following[:1].isupper() or following[:1].isdigit():
            return False
        return not any(self.low(k) in {"and", "or"} for k in range(comma + 1, min(len(self.words), comma + 14)))

    def _start_of_condition(self, start: int, end: int) -> int | None:
        for i in range(start, end):
            if self.low(i) in {"if", "when", "unless", "whenever", "provided", "except"}:
                return i
            if self.low(i) == "once" and not is_interval(self.rest(i)):
                return i
            if self.low(i) in {"before", "after", "until", "since"} and self._find_verb(i + 1, end) is not None:
                return i
            if self.low(i) == "while" or (self.low(i) == "as" and self.low(i + 1) == "long"):
                return i
        return None

    # -- complement ----------------------------------------------------------------------------------------------------

    def _split_lead(self, first: int, end: int) -> tuple[str, Text]:
        long = _LONG_PREPOSITIONS.match(self.rest(first))
        size = len(long.group().split()) if long else 1
        return self.span(first, first + size).text.lower(), self.span(first + size, end)

    def _read_complement(self, start: int, end: int, base: str, voice: str) -> tuple[Text | None, list[Phrase]]:
        cuts = self._cut_complement(start, end)
        target: Text | None = None
        phrases: list[Phrase] = []
        for number, (first, last) in enumerate(cuts):
            whole = self.span(first, last)
            low = self.low(first)
            if low == "to" and "VB" in verb_forms(self.low(first + 1)) and not self._noun_use(first + 1):
                phrases.append(Phrase("infinitive", "to", self.span(first + 1, last), whole))
            elif is_interval(whole.text):
                phrases.append(Phrase("how_often", "", whole, whole))
            elif low in PREPOSITIONS | {"of"} and not _BOUNDS.match(whole.text) and not self._is_bare_amount(first, last, base, voice):
                lead, body = self._split_lead(first, last)
                phrases.append(Phrase(classify_phrase(lead, body.text, base, voice), lead, body, whole))
            elif number == 0:
                target = whole
            elif is_duration(whole.text) or parse_amount(whole.text):
                phrases.append(Phrase("how_long" if is_duration(whole.text) else "other", "", whole, whole))
            else:
                raise Refused("complex_complement")
        return self._join_deadline(target, phrases, voice)

    def _noun_use(self, i: int) -> bool:
        return "NOUN" in lemmas(self.low(i)) and (i + 1 >= len(self.words) or self.low(i + 1) in PREPOSITIONS | {",", "and", "of"})

    def _is_bare_amount(self, first: int, last: int, base: str, voice: str) -> bool:
        """Whether "between ..." is an object: "costs between $5 and $7"; never "between 1981 and 1983"."""
        if self.low(first) not in {"between", "about", "around", "over", "under"} or voice in ("passive", "adjective"):
            return False
        amount = parse_amount(self.span(first, last).text)
        if base == "be" and amount is not None and amount.kind in ("money", "measure"):
            return True
        return amount is not None and amount.kind in ("money", "time", "measure", "count") and base not in ("", "be")

    def _join_deadline(self, target: Text | None, phrases: list[Phrase], voice: str) -> tuple[Text | None, list[Phrase]]:
        """ "at least 14 days" + "before the trip" are one phrase."""
        if phrases and phrases[0].lead in ("before", "after", "from", "prior"):
            amount = parse_amount(target.text) if target and voice in ("passive", "adjective", "copula") else None
            if target and amount and amount.kind == "time" and not amount.rest:
                whole = self._merge(target, phrases[0].whole)
                return None, [Phrase("deadline", "", whole, whole), *phrases[1:]]
        joined: list[Phrase] = []
        for phrase in phrases:
            if joined and joined[-1].kind == "how_long" and (phrase.lead in ("before", "after") or phrase.whole.text == "in advance"):
                whole = self._merge(joined[-1].whole, phrase.whole)
                joined[-1] = Phrase("deadline", joined[-1].lead, whole, whole)
            else:
                joined.append(phrase)
        return target, joined

    def _merge(self, one: Text, other: Text) -> Text:
        first = next(i for i, offset in enumerate(self.text.offsets) if offset == one.offsets[0])
        last = next(i for i, offset in enumerate(self.text.offsets) if offset == other.offsets[-1])
        return self.text.cut(first, last + 1)

    def _cut_complement(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where the object and the phrases of a complement begin and end."""
        starts: list[int] = []
        i = start
        if start >= end:
            return []
        while i < end:
            begin = i == start or self._phrase_begins(i, starts[-1])
            if begin:
                starts.append(i)
                bound = _BOUNDS.match(self.rest(i)) or _LONG_PREPOSITIONS.match(self.rest(i))
                i += len(bound.group().split()) if bound else 1
            else:
                i += 1
        return list(zip(starts, [*starts[1:], end], strict=True))

    def _phrase_begins(self, i: int, opened: int) -> bool:
        low, before = self.low(i), self.low(i - 1)
        if before in DETERMINERS | {"of", "per"} or low in {"of", "per"}:
            return False
        if any(self.low(k) in RELATIVES for k in range(opened, i)):
            return False
        if low in {"to", "and"} and before[:1].isdigit() and self.low(i + 1)[:1].isdigit():
            return False
        if is_noun(before) and before not in PREPOSITIONS and low not in DETERMINERS | {"once", "twice"} and is_interval(self.rest(i)):
            return low not in FREQUENCY_ADVERBS or i + 1 == len(self.words) or not is_noun(self.low(i + 1))
        if self.low(opened) in {"from", "between"} and low in {"to", "until", "till"}:
            return False
        if self.words[i].text[0].isdigit() and is_noun(before) and before not in PREPOSITIONS and i > opened:
            amount = parse_amount(self.rest(i))
            return amount is not None and amount.kind == "time" and not re.search(r"\d$", before)
        if low in {"each", "every"} | FREQUENCY_ADVERBS:
            return is_interval(self.rest(i)) and (low not in FREQUENCY_ADVERBS or not is_noun(self.low(i + 1)) or i + 1 == len(self.words))
        if before in PREPOSITIONS and not _BOUNDS.match(self.rest(i)):
            return False
        if _BOUNDS.match(self.rest(i)):
            return before not in PREPOSITIONS | {"of", "and", "or"}
        if low in {"up", "down", "out", "off", "about", "around", "as", "over", "under"} and parse_amount(self.rest(i)):
            return low not in {"about", "around"} and low not in {"up"}
        return low in PREPOSITIONS and before not in {"and", "or"}


def classify_phrase(lead: str, body: str, base: str, voice: str) -> str:
    """What a prepositional phrase says: when, where, how_often, how_long, deadline, agent, how, other."""
    amount = parse_amount(body)
    low = body.lower()
    if low in FIXED_PHRASES or re.search(r"\b(?:there|here)$", low):
        return "fixed"
    if lead in ("within", "after") and amount and amount.kind == "time" and (lead == "within" or not amount.rest):
        return "deadline"
    if lead == "for" and amount and amount.kind == "time" and not amount.rest:
        return "how_long"
    if lead in ("in", "on", "at", "by", "before", "after", "since", "until", "till", "from", "between", "during", "through", "around"):
        if is_moment(body) and not (lead == "after" and amount):
            return "when"
        if lead in ("before", "after", "during", "until", "till", "since"):
            return "when"
    if amount and amount.kind != "bare":
        return "other"
    if lead == "by" and voice == "passive":
        first = body.split()[0].lower() if body else ""
        if first.endswith("ing") and "VBG" in verb_forms(first):
            return "how"
        head = next((w for w, n in zip(body.split(), [*body.split()[1:], "of"], strict=True) if n in PREPOSITIONS | {"of"}), "")
        articled = first in DETERMINERS or body[:1].isupper() or is_plural(head)
        return "agent" if articled else "how"
    if lead in SPATIAL or lead in ("in front of", "next to", "on top of"):
        return "where"
    if lead in ("in", "at", "on", "above", "below") and base in LOCATIVE_VERBS | {""}:
        named = any(word[:1].isupper() for word in body.split())
        if (voice == "passive" or lead == "at") and lead in ("in", "at") and low.startswith(("the ", "a ", "an ")) and base in LOCATIVE_VERBS:
            return "where"
        if named or base in {"locate", "situate", "base", "sit", "stand", "lie", "hang", "mount", "store", "keep", "park", "live", "bury"}:
            return "where"
        if voice == "copula" and body.lower().startswith(("the ", "a ")):
            return "where"
    return "other"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
