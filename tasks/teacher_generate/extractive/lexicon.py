"""What the grammar knows of English words: closed lists here, verb and noun forms from lemminflect's dictionary.

Extending the teacher to more statements usually means a word in one of these lists. Lists hold words of general English; nothing of
any particular document belongs here.

Not covered: meaning. "The bank holds shares" and "The bank holds water" are read alike.
"""

from functools import lru_cache

from lemminflect import getAllLemmas, getInflection

BE = {"is", "are", "was", "were"}
HAVE = {"has", "have", "had"}
MODALS = {"can", "could", "may", "might", "must", "shall", "should", "will", "would", "cannot"}
AUXILIARIES = BE | HAVE | MODALS | {"do", "does", "did"}
NEGATIONS = {"not", "never", "no", "neither", "nor", "without", "cannot", "nobody", "nothing", "none"}
FLOATING = {  # adverbs that may stand between auxiliary and verb; the first set may be left out of a question
    "also",
    "therefore",
    "however",
    "thus",
    "then",
    "additionally",
}
ADVERBS = FLOATING | {
    "always",
    "usually",
    "normally",
    "generally",
    "typically",
    "often",
    "sometimes",
    "rarely",
    "originally",
    "first",
    "finally",
    "currently",
    "now",
    "still",
    "fully",
    "only",
    "automatically",
    "directly",
    "officially",
    "initially",
    "later",
    "mainly",
    "mostly",
    "partly",
    "permanently",
    "immediately",
    "already",
    "just",
    "ideally",
    "regularly",
    "again",
    "never",
    "not",
}
DETERMINERS = {"the", "a", "an", "each", "every", "all", "any", "some", "this", "these", "that", "those", "its", "their", "his", "her"}
DETERMINERS |= {"our", "your", "both", "most", "many", "several", "no", "another", "other", "my"}
PRONOUNS = {"it", "they", "he", "she", "this", "these", "that", "those", "we", "you", "i", "one", "there", "which", "who"}
PREPOSITIONS = {
    "in", "on", "at", "by", "for", "from", "to", "with", "without", "within", "under", "over", "above", "below", "behind", "beside",
    "between", "before", "after", "since", "until", "till", "during", "into", "onto", "through", "across", "near", "inside",
    "outside", "against", "along", "around", "as", "via", "beneath", "among", "throughout", "toward", "towards", "beyond", "about",
    "upon", "off", "opposite", "despite", "up", "out", "down",
}  # fmt: skip
SPATIAL = {"behind", "beside", "near", "inside", "outside", "beneath", "opposite", "onto"}
SUBORDINATORS = {"if", "when", "unless", "because", "although", "though", "while", "whereas", "once", "whenever", "where", "provided"}
SUBORDINATORS |= {"except", "whether", "as soon as", "so", "than"}
RELATIVES = {"which", "who", "whom", "whose", "that"}
FREQUENCY_ADVERBS = {
    "daily", "weekly", "monthly", "quarterly", "yearly", "annually", "hourly", "twice", "once", "biannually", "fortnightly", "nightly",
}  # fmt: skip
TIME_UNITS = {"second", "minute", "hour", "day", "night", "week", "weekend", "month", "quarter", "year", "decade", "century", "season"}
TIME_UNITS |= {"workday", "fortnight", "weekday", "semester", "lifetime", "sec", "min", "hr", "hrs", "ms", "millisecond"}
MONTHS = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
}  # fmt: skip
WEEKDAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
WEEKDAYS |= {f"{day}s" for day in WEEKDAYS} | {"weekday", "weekdays", "weekend", "weekends", "holidays"}
SEASONS = {"christmas", "easter", "spring", "summer", "autumn", "winter", "noon", "midnight", "dawn", "dusk", "morning", "afternoon", "evening", "sunset", "sunrise"}
CURRENCY_WORDS = {"dollar", "euro", "pound", "cent", "franc", "yen", "crown", "eur", "usd", "gbp", "chf"}
MEASURE_UNITS = {
    "mile", "kilometre", "kilometer", "km", "metre", "meter", "m", "foot", "inch", "cm", "mm", "yard", "centimetre", "centimeter",
    "millimetre", "millimeter", "lb", "pound", "kg", "kilogram", "gram", "g", "mg", "milligram", "tonne", "ton", "oz", "ounce",
    "litre", "liter", "l", "ml", "millilitre", "milliliter", "gallon", "quart", "pint", "cup", "tablespoon", "teaspoon", "watt", "w",
    "kw", "kwh", "volt", "v", "amp", "ampere", "a", "hz", "khz", "mhz", "ghz", "hp", "horsepower", "mph", "km/h", "psi", "bar", "pa",
    "degree", "celsius", "fahrenheit", "°c", "°f", "c", "f", "percent", "%", "per cent", "byte", "kb", "mb", "gb", "tb", "kilobyte",
    "megabyte", "gigabyte", "terabyte", "pixel", "dpi", "rpm", "db", "decibel", "acre", "hectare", "lumen", "octane", "lb-ft", "nm",
    "calorie", "kcal", "mah", "ppm", "mol", "knot", "joule", "ah", "wh",
}  # fmt: skip
PEOPLE = {
    "manager", "director", "team", "department", "committee", "officer", "supervisor", "employee", "staff", "member", "president",
    "founder", "engineer", "architect", "company", "government", "ministry", "board", "council", "doctor", "nurse", "teacher",
    "student", "customer", "visitor", "user", "administrator", "admin", "owner", "author", "chair", "chairman", "chairwoman",
    "chairperson", "secretary", "treasurer", "people", "person", "child", "adult", "resident", "tenant", "landlord", "guest",
    "driver", "operator", "technician", "worker", "colleague", "partner", "designer", "developer", "artist", "painter", "writer",
    "scientist", "chemist", "curator", "librarian", "mayor", "king", "queen", "emperor", "minister", "lawyer", "judge", "agency",
    "client", "contractor", "applicant", "candidate", "trainee", "intern", "parent", "volunteer", "keeper", "coach", "player",
    "traveller", "traveler", "firm", "foundation", "society", "association", "leader", "organiser", "organizer", "accountant",
    "auditor", "patient", "pupil", "principal", "brother", "sister", "father", "mother", "son", "daughter", "wife", "husband",
    "assistant", "coordinator", "inspector", "surveyor", "reviewer", "editor", "publisher", "inventor", "physicist", "group",
    "senior", "retiree", "head", "shipowner", "merchant", "pharmacist", "explorer", "musician", "singer", "composer", "farmer", "holder", "participant", "attendee", "speaker", "instructor", "office", "he", "she", "researcher",
}  # fmt: skip
LINKING_VERBS = {"go", "get", "remain", "stay", "fall", "run", "turn", "stand", "lie", "keep"}
INTRANSITIVE_VERBS = {"die", "go", "live", "work", "retire", "arrive", "come", "remain", "rise", "fall", "grow", "travel", "stay", "last", "expire"}
HUMAN_ACTS = {  # who does these is somebody, whatever its name looks like
    "approve", "sign", "write", "author", "found", "design", "invent", "direct", "lead", "manage", "paint", "compose", "discover",
    "develop", "publish", "style", "review", "teach", "chair", "own", "organise", "organize", "elect", "appoint", "accept", "grant",
    "decide", "authorise", "authorize", "build", "edit", "translate", "photograph", "coach", "marry", "sculpt", "carve", "agree",
}  # fmt: skip
FIXED_PHRASES = {  # after a preposition: an adverb in disguise, nothing that one can ask for
    "full", "advance", "general", "part", "turn", "use", "place", "addition", "total", "person", "writing", "detail", "time", "question",
    "order", "effect", "force", "case", "summary", "short", "particular", "practice", "any time", "all times", "request", "a regular basis",
    "the clock", "least", "most", "once", "example", "instance", "foot", "hand", "average", "principle", "fact", "common", "public",
    "private", "sea level", "stock", "sale", "demand", "purpose", "first", "last", "itself", "themselves", "all", "future", "present", "default",
}  # fmt: skip
STRANDING_VERBS = {  # intransitive verbs with the preposition that belongs to them
    ("consist", "of"), ("belong", "to"), ("depend", "on"), ("apply", "to"), ("serve", "as"), ("lead", "to"), ("result", "in"),
    ("refer", "to"), ("come", "from"), ("start", "with"), ("begin", "with"), ("end", "with"), ("run", "on"), ("work", "with"),
    ("answer", "with"), ("amount", "to"), ("react", "with"), ("connect", "to"), ("specialise", "in"), ("specialize", "in"),
    ("deal", "with"), ("rely", "on"), ("correspond", "to"), ("originate", "from"), ("derive", "from"), ("respond", "with"),
    ("descend", "from"), ("feed", "on"), ("act", "as"), ("function", "as"), ("work", "as"), ("work", "for"), ("travel", "to"),
    ("move", "to"), ("flow", "into"), ("contribute", "to"), ("focus", "on"), ("qualify", "for"), ("pay", "for"), ("lie", "on"),
    ("protect", "against"), ("suffer", "from"), ("differ", "from"), ("graduate", "from"), ("participate", "in"), ("open", "into"),
}  # fmt: skip
LOCATIVE_VERBS = {
    "locate", "situate", "base", "build", "assemble", "hold", "store", "keep", "bear", "found", "place", "sit", "stand", "lie", "live",
    "settle", "grow", "bury", "hang", "mount", "house", "open", "move", "take", "meet", "work", "study", "exhibit", "display", "make",
    "produce", "manufacture", "happen", "begin", "start", "end", "park", "be", "install", "fit", "print", "find", "die", "teach",
    "collect", "deposit", "host", "stay", "perform", "publish", "organize", "organise", "discover", "return", "hide", "leave", "put", "sign", "check", "register", "report",
}  # fmt: skip
COMMON_VERBS = {  # verbs whose forms are nouns too, and that statements of fact use as verbs
    "cost", "need", "use", "cover", "hold", "open", "close", "start", "end", "measure", "weigh", "last", "offer", "house", "support",
    "work", "show", "run", "stand", "rise", "range", "rank", "record", "report", "rest", "return", "review", "produce", "place",
    "visit", "cause", "change", "charge", "claim", "deal", "drive", "drop", "earn", "face", "fall", "feature", "fit", "flow", "grow",
    "lead", "leave", "lie", "limit", "link", "live", "load", "lock", "make", "mark", "match", "meet", "move", "name", "pay", "play",
    "process", "provide", "pump", "reach", "receive", "release", "remain", "require", "score", "serve", "set", "share", "sign",
    "sit", "sleep", "store", "store", "supply", "take", "travel", "turn", "vary", "walk", "wear", "accept", "act", "answer", "apply",
    "approve", "handle", "display", "draw", "employ", "enter", "equal", "export", "form", "get", "give", "go", "help", "join", "keep",
    "attract", "burn", "carry", "conduct", "contain", "control", "deliver", "grant", "guard", "host", "issue", "permit", "refund",
    "reward", "save", "seat", "sell", "send", "span", "stay", "stop", "switch", "target", "total", "transport", "weather", "win",
    "decrease", "increase", "average", "begin", "feed", "fly", "melt", "boil", "freeze", "contact", "drink", "eat", "cross", "divide",
    "design", "study", "build", "land", "launch", "publish", "paint", "rule", "trade", "reside", "rent", "heat", "cool", "return",
    "shape", "ship", "spread", "strike", "tax", "teach", "test", "train", "transfer", "reset", "plan", "log", "lack", "stock",
    "come", "taste", "repair", "look", "smell", "sound", "feel", "call", "bring", "buy", "catch", "collect", "combine", "command",
    "complete", "consider", "consist", "cook", "count", "create", "cut", "cycle", "date", "defend", "depend", "die", "drain", "dry",
    "examine", "exceed", "exhibit", "expect", "extend", "fill", "find", "focus", "force", "found", "guide", "hang", "hire", "hunt",
    "import", "inspect", "know", "label", "learn", "lend", "let", "lift", "list", "look", "love", "lower", "manage", "mean", "mind",
    "miss", "mix", "mount", "near", "number", "occupy", "open", "order", "park", "part", "pass", "peak", "perform", "pick", "plant",
    "point", "power", "practise", "press", "print", "protect", "pull", "push", "quote", "raise", "read", "recover", "refer", "reflect",
    "remove", "repeat", "replace", "reply", "request", "rescue", "resist", "resolve", "respond", "restrict", "result", "roll", "search",
    "see", "select", "separate", "settle", "ski", "smoke", "solve", "speak", "specify", "spend", "stretch", "study", "succeed",
    "suffer", "suggest", "suit", "surround", "survive", "swim", "talk", "thank", "throw", "tie", "touch", "trace", "track", "treat",
    "trust", "try", "tune", "view", "vote", "wait", "wake", "wash", "watch", "water", "wish", "wonder", "write", "yield", "aim",
}  # fmt: skip


@lru_cache(maxsize=20_000)
def lemmas(word: str) -> dict[str, tuple[str, ...]]:
    """Parts of speech that the word (in lower case) can be, each with its base forms."""
    return getAllLemmas(word.lower()) or {}


def is_noun(word: str) -> bool:
    """Whether the word can end a noun phrase: a noun, a name, a code or a number."""
    if not word:
        return False
    if word[0].isupper() or word[0].isdigit() or any(c.isdigit() for c in word):
        return True
    if word.lower() in PREPOSITIONS | AUXILIARIES | DETERMINERS | SUBORDINATORS:
        return False
    last = word.rsplit("-", 1)[-1]
    if "-" in word and last.lower() in PREPOSITIONS:  # "clean-up"
        return True
    known = lemmas(last)
    return "NOUN" in known or "PROPN" in known or not known or last.endswith("ing")


def is_adjective(word: str) -> bool:
    """Whether the word can be an adjective."""
    return "ADJ" in lemmas(word) or word.lower() in {"responsible", "eligible", "liable"}


def is_plural(noun: str) -> bool:
    """Whether a noun is plural by its form."""
    word = noun.rsplit("-", 1)[-1].lower()
    if word in {"people", "staff", "police", "data", "media"}:
        return word != "data"
    base = lemmas(word).get("NOUN", ())
    if base:
        return word not in base
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def singular(noun: str) -> str:
    """The base form of a noun, in lower case."""
    word = noun.lower().rstrip(".")
    return next(iter(lemmas(word).get("NOUN", ())), word.removesuffix("s") if word.endswith("s") and len(word) > 3 else word)


@lru_cache(maxsize=20_000)
def verb_base(word: str) -> str | None:
    """The base form if the word can be a form of a verb."""
    bases = lemmas(word).get("VERB", ())
    preferred = [base for base in bases if "-" not in base]
    return preferred[0] if preferred else None


@lru_cache(maxsize=20_000)
def inflect(base: str, tag: str) -> str:
    """A form of a verb: VBZ (takes), VBD (took), VBN (taken), VBG (taking)."""
    forms = getInflection(base, tag=tag) or ()
    return forms[0] if forms else base


def verb_forms(word: str) -> set[str]:
    """Which forms the word can be: VB, VBZ, VBD, VBN, VBG."""
    lower = word.lower()
    found: set[str] = set()
    for base in lemmas(lower).get("VERB", ()):
        if lower == base:
            found.add("VB")
        found |= {tag for tag in ("VBZ", "VBD", "VBN", "VBG") if lower in (getInflection(base, tag=tag) or ())}
    return found


def is_participle(word: str) -> bool:
    """Whether the word can be a past participle (built, held, located)."""
    return "VBN" in verb_forms(word.rsplit("-", 1)[-1])


def is_common_word(word: str) -> bool:
    """Whether a capitalised word is an ordinary one that may be written small inside a question."""
    lower = word.lower()
    if word != word.capitalize() or not word.replace("-", "").replace("'", "").isalpha():
        return False
    if lower in DETERMINERS | PREPOSITIONS | PRONOUNS:
        return True
    lower = lower.removesuffix("'s")
    if lower in MONTHS | WEEKDAYS:
        return False
    return any(part in lemmas(lower.rsplit("-", 1)[-1]) for part in ("NOUN", "VERB", "ADJ", "ADV"))


def is_person(phrase: str) -> bool:
    """Whether the phrase names somebody: a role, a group of people, or a name."""
    words = [word.strip(".,") for word in phrase.split() if word.lower() not in DETERMINERS]
    if not words:
        return False
    head = words
    for position, word in enumerate(words):
        if word.lower() in PREPOSITIONS | RELATIVES | {"of"} and position:
            head = words[:position]
            break
    if singular(head[-1]) in PEOPLE:
        return True
    titled = [word for word in head if word[:1].isupper() and word.isalpha()]
    if len(titled) >= 2 and head[0][:1].islower() and head[-2:] == titled[-2:] and not phrase.lower().startswith(("ship ", "the ship ")):
        kind = next((word for word in reversed(head) if word[:1].islower()), "")
        return singular(kind) in PEOPLE or kind.endswith(("er", "or", "ist", "ian", "eer", "man", "ress", "ant", "tect"))
    names = [word for word in head if word[:1].isupper() and not any(c.isdigit() for c in word)]
    if len(head) == 1 and is_common_word(head[0]):
        return False
    # All words capitalised, no article: a person, a company; "Northern Ireland" after "by" is one too.
    return len(names) == len(head) and not phrase.lower().startswith(("the ", "a ")) and all(len(word) > 1 for word in names)
