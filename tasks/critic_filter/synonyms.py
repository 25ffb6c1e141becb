"""Everyday words that people and documents use for the same matter: "kids" for "children", "ring" for "call".

    related_words("kid")  ->  {"child", "youngst", "minor"}    (base forms)

A person asks in words of their own; a critic that only knows the document's words would call the answer out of place. The groups
are of common English, not of any document: money, time, people, homes, ways to say that something is allowed. A word of one
line may stand for each other word of it. Arrows go one way only: "Sunday" is asked for where the text says "weekend".

Part of ``critic_filter``. Not covered: words of a trade, and which of a word's meanings is meant.
"""

from functools import cache

from tasks.critic_filter.word_forms import content_words

_GROUPS = """
cost price pay fee charge tariff rate payment payable
start begin open commence launch beginning opening
end finish close stop over expire closing
call ring phone telephone dial contact reach
child kid youngster
minor child
adult grown-up grownup
bike bicycle cycle
car vehicle automobile
flat apartment
home house
holiday vacation leave
ill sick illness sickness unwell disease
doctor physician
medicine medication drug pill tablet
forbid forbidden ban prohibit
allow permit permitted permission authorise
boss manager director head chief chair
lead run manage direct head
found establish start create set
build construct make erect
make produce manufacture making
firm company business
buy purchase get
sell offer
book reserve reservation booking
hand return give submit bring
refund reimburse
repair fix mend
damage damaged broken defective faulty defect fault
poison toxic poisonous
harmless safe
big large size area
small little tiny
photo photograph photography picture
picture painting image
toilet bathroom lavatory restroom
rubbish waste trash garbage litter
job position post work
employee worker staff employ people
wage salary pay
customer client
visitor guest
pupil student schoolchild
teacher instructor tutor
lesson class
street road address
near nearby close next
trip journey excursion travel
ticket admission entry entrance
show display exhibit exhibition see
meal food eat lunch dinner
drink beverage
hot warm
annual year annually yearly
monthly month
weekly week
daily day
hourly hour
internet wi-fi wifi wlan
web online website
mail e-mail email
phone mobile
noise loud noisy
quiet silent silence
fertilize fertiliser fertilizer fertilise feed
heat heating
borrow lend loan
rent hire rental lease
move relocate
member membership join
resign resignation quit leave
prize award
old age aged
baby infant
senior pensioner
discount reduction reduced cheaper
free nothing
due deadline latest
inform tell report notify
change replace exchange swap
keep store stored put
delete remove erase gone
fridge refrigerator
licence license
invent develop design designer
die dead death
birth born
complain complaint
guarantee warranty
accompany accompanied supervise alone
meeting assembly
rule regulation
bag luggage
speed fast quick
weight heavy weigh
height high tall
colour color
grey gray
centre center
metre meter
litre liter
park parking
fine penalty
exit leave
lift elevator
shop store
autumn fall
film movie
bin rubbish
dangerous danger hazard harmful
sleep overnight
bathe swim swimming
dissolve dissolved dissolution
sign signed signature
agree consent approve approval
choose select pick
collect pick fetch
answer reply respond response
register registration sign
mistake error
begin first
serve serving portion people person
strong strength
wash laundry washing
bake oven
write written writing
speak talk
percent share percentage proportion
turnover revenue turn
mean meaning
restore restoration renovate renovation
found foundation founder
monday mon mo
tuesday tue tues
wednesday wed weds
thursday thu thur thurs
friday fri
saturday sat
sunday sun
january jan
february feb
april apr
august aug
september sep sept
october oct
november nov
december dec
"""
_ARROWS = """
sunday weekend
saturday weekend
monday weekday
tuesday weekday
wednesday weekday
thursday weekday
friday weekday
mother parent
father parent
mum parent
dad parent
son child
daughter child
teenager child
dog animal
cat animal
dog pet
cat pet
bus transport
train transport
physics subject
"""


@cache
def related_words(word: str) -> frozenset[str]:
    """The base forms that a word in its base form may stand for, itself not among them."""
    return _related().get(word, frozenset())


@cache
def _related() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _GROUPS.strip().splitlines():
        group = {_base(word) for word in line.split()} - {""}
        for word in group:
            found.setdefault(word, set()).update(group - {word})
    for line in _ARROWS.strip().splitlines():
        asked, said = map(_base, line.split())
        found.setdefault(asked, set()).add(said)
    return {word: frozenset(others) for word, others in found.items()}


def _base(word: str) -> str:
    """The last part of its base form: "wi-fi" is read as "wi" and "fi"."""
    return (content_words(word) or [""])[-1]
