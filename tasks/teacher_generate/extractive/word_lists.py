"""The closed lists of English words that the grammar leans on: extend the teacher here first.

Lists hold words of general English; nothing of any particular document belongs here.

Not covered: forms of verbs and nouns; ``lexicon`` takes those from a dictionary.
"""


def _words(text: str) -> set[str]:
    return {entry.strip() for entry in text.split(",")}


BE = _words("are, is, was, were")
HAVE = _words("had, has, have")
MODALS = _words("can, cannot, could, may, might, must, shall, should, will, would")
AUXILIARIES = BE | HAVE | MODALS | {"do", "does", "did"}
NEGATIONS = _words("cannot, neither, never, no, nobody, none, nor, not, nothing, without")
FLOATING = _words("additionally, also, however, then, therefore, thus")
"""Adverbs that may be left out of a question."""
ADVERBS = _words(
    """additionally, again, already, also, always, automatically, currently, directly, finally, first, fully, generally,
    however, ideally, immediately, initially, just, later, mainly, mostly, never, normally, not, now, officially, often,
    only, originally, partly, permanently, rarely, regularly, sometimes, still, then, therefore, thus, typically, usually"""
)
DETERMINERS = _words(
    """a, all, an, another, any, both, each, every, her, his, its, many, most, my, no, other, our, several, some, that, the,
    their, these, this, those, your"""
)
PRONOUNS = _words("he, i, it, one, she, that, there, these, they, this, those, we, which, who, you")
PREPOSITIONS = _words(
    """about, above, across, after, against, along, among, around, as, at, before, behind, below, beneath, beside, between,
    beyond, by, despite, down, during, for, from, in, inside, into, near, off, on, onto, opposite, out, outside, over,
    since, through, throughout, till, to, toward, towards, under, until, up, upon, via, with, within, without"""
)
SPATIAL = _words("behind, beneath, beside, inside, near, onto, opposite, outside")
"""Prepositions that always say where."""
SUBORDINATORS = _words(
    """although, as soon as, because, except, if, once, provided, so, than, though, unless, when, whenever, where, whereas,
    whether, while"""
)
"""Words that start a subordinate clause."""
RELATIVES = _words("that, which, who, whom, whose")
FREQUENCY_ADVERBS = _words(
    """annually, biannually, daily, fortnightly, hourly, monthly, nightly, once, quarterly, twice, weekly, yearly"""
)
TIME_UNITS = _words(
    """century, day, decade, fortnight, hour, hr, hrs, lifetime, millisecond, min, minute, month, ms, night, quarter, season,
    sec, second, semester, week, weekday, weekend, workday, year"""
)
MONTHS = _words("april, august, december, february, january, july, june, march, may, november, october, september")
WEEKDAYS = _words(
    """friday, fridays, holidays, monday, mondays, saturday, saturdays, sunday, sundays, thursday, thursdays, tuesday,
    tuesdays, wednesday, wednesdays, weekday, weekdays, weekend, weekends"""
)
SEASONS = _words(
    """afternoon, autumn, christmas, dawn, dusk, easter, evening, midnight, morning, noon, spring, summer, sunrise, sunset,
    winter"""
)
CURRENCY_WORDS = _words("cent, chf, crown, dollar, eur, euro, franc, gbp, pound, usd, yen")
MEASURE_UNITS = _words(
    """%, a, acre, ah, amp, ampere, bar, byte, c, calorie, celsius, centimeter, centimetre, cm, cup, db, decibel, degree,
    dpi, f, fahrenheit, foot, g, gallon, gb, ghz, gigabyte, gram, hectare, horsepower, hp, hz, inch, joule, kb, kcal, kg,
    khz, kilobyte, kilogram, kilometer, kilometre, km, km/h, knot, kw, kwh, l, lb, lb-ft, liter, litre, lumen, m, mah, mb,
    megabyte, meter, metre, mg, mhz, mile, milligram, milliliter, millilitre, millimeter, millimetre, ml, mm, mol, mph,
    nm, octane, ounce, oz, pa, per cent, percent, pint, pixel, pound, ppm, psi, quart, rpm, tablespoon, tb, teaspoon,
    terabyte, ton, tonne, cm², ft², km², m², m³, v, volt, w, watt, wh, yard, °c, °f"""
)
PEOPLE = _words(
    """accountant, admin, administration, administrator, admiral, adolescent, adult, agency, applicant, architect, artist,
    assistant, association, attendee, auditor, author, authority, baby, baron, baroness, bishop, board, boy, brother,
    captain, candidate, chaplain, chair, chairman, chairperson, chairwoman, chemist, child, clerk, client, coach, colleague,
    committee, company, colonel, composer, contractor, coordinator, council, count, countess, crew, curator, customer,
    daughter, department, designer, desk, developer, director, doctor, driver, duchess, duke, editor, emperor, employee,
    engineer, explorer, family, farmer, father, firm, foundation, founder, general, girl, government, group, guest, he,
    head, holder, husband, inspector, instructor, infant, insurer, intern, inventor, judge, jury, keeper, king, knight,
    lady, landlord, lawyer, leader, librarian, lord, man, manager, mayor, member, merchant, minister, ministry, mother,
    musician, nurse, office, officer, operator, organiser, organizer, owner, painter, parent, participant, partner,
    patient, people, person, pharmacist, physicist, player, pensioner, pope, president, priest, prince, princess,
    principal, publisher, pupil, queen, researcher, resident, retiree, reviewer, scientist, secretary, senior, she,
    shipowner, singer, sister, society, soldier, son, speaker, staff, student, supervisor, surveyor, teacher, team,
    technician, tenant, trainee, traveler, traveller, treasurer, user, visitor, volunteer, wife, woman, worker, writer"""
)
"""Nouns that name somebody."""
MEASURES = _words(
    """age, altitude, area, breadth, capacity, consumption, content, density, depth, diameter, distance, elevation, height,
    length, load, mass, memory, output, percentage, power, pressure, radius, range, resolution, share, size, speed, storage,
    temperature, thickness, volume, voltage, weight, width, wingspan, yield"""
)
"""Nouns that an amount with a unit is a value of."""
MOMENT_VERBS = _words("arrive, begin, close, depart, end, expire, finish, leave, open, start, stop")
"""What these say happens at a moment: "opens two hours after sunrise" says when, not how long."""
LINKING_VERBS = _words("fall, get, go, keep, lie, remain, run, stand, stay, turn")
"""Verbs that an adjective may complete: "went bankrupt"."""
ANIMALS = _words(
    """animal, ant, ape, bat, bear, bee, beetle, bird, cat, chick, cow, crow, cub, deer, dog, dolphin, dragonfly, drone,
    eagle, elephant, female, fish, fox, frog, goat, gull, hen, horse, insect, juvenile, kitten, lion, lizard, male,
    mammal, monkey, mouse, otter, owl, penguin, pig, predator, pup, rabbit, rat, seal, shark, sheep, snake, spider,
    tiger, turtle, whale, wolf"""
)
"""Neither "who" nor "what" asks for these well."""
INTRANSITIVE_VERBS = _words("arrive, come, die, expire, fall, go, grow, last, live, remain, retire, rise, stay, travel, work")
RESULTING_VERBS = _words("fill, hold, keep, leave, make, paint, turn")
"""What these are done to may have its new state behind it: "leave the door open"."""
PAYING_VERBS = _words("earn, enjoy, get, need, owe, pay, receive")
"""Whoever does these is the one that an amount is for."""
HUMAN_ACTS = _words(
    """accept, agree, appoint, approve, author, authorise, authorize, build, carve, chair, coach, compose, decide,
    design, develop, direct, discover, donate, edit, elect, found, grant, invent, lead, manage, marry, organise, organize,
    own, paint, photograph, publish, review, run, sculpt, sign, style, teach, translate, write"""
)
"""Who does these is somebody, whatever its name looks like."""
WRITING_VERBS = _words(
    "archive, book, describe, document, enter, list, log, note, publish, record, register, save, upload, write"
)
"""What these are done to is found "in" something."""
FIXED_PHRASES = _words(
    """a regular basis, addition, advance, all, all times, any time, average, case, common, default, demand, detail,
    effect, example, fact, first, foot, force, full, future, general, hand, instance, itself, last, least, most,
    once, order, part, particular, person, place, practice, present, principle, private, public, purpose, question,
    request, sale, sea level, short, stock, summary, the background, the clock, themselves, time, total, turn, use,
    writing"""
)
"""After a preposition: an adverb in disguise, nothing that one can ask for."""
STRANDING_VERBS = {
    (entry.split()[0], entry.split()[1])
    for entry in _words(
        """act as, amount to, answer with, apply to, begin with, belong to, come from, connect to, consist of, contribute to,
    correspond to, deal with, depend on, derive from, descend from, differ from, end with, feed on, flow into, focus on,
    function as, graduate from, lead to, lie on, move to, open into, originate from, participate in, pay for, protect
    against, qualify for, react with, refer to, rely on, respond with, result in, run on, serve as, specialise in,
    specialize in, start with, suffer from, travel to, work as, work for, work with"""
    )
}
"""Intransitive verbs with the preposition that belongs to them."""
STRANDING_PARTICIPLES = {
    (entry.split()[0], entry.split()[1])
    for entry in _words(
        """attach to, base on, build on, charge with, combine with, compose of, connect to, convert into, convert to, cool to,
    cover with, divide into, equip with, exclude from, fasten with, feed with, fight with, fill with, fit with, heat to,
    include in, know as, limit to, list as, make from, make of, make into, mount on, name after, power with, protect
    against, protect from, protect with, reduce to, replace with, rename as, restrict to, seal with, send to, set to,
    sign with, split into, submit to, swallow with, address to, report to, give to, hand to, return to, transfer to,
    turn into, need for, use as, use for, write in, coat with, line with, mix with, sterilise with, treat with, clean
    with, wash with, wipe with, rinse with, pay to, present to, show to, award to, raise to, lower to, increase to, cut
    to, boil in, chill to, remind of, free of, available in, exempt from, print on, run on, store on, focus on, switch
    to, tune to, entitle to, serve with, register with, made of"""
    )
}
"""Passives (and adjectives) with the preposition that may end a question: "What is it made of?"."""
LOCATIVE_VERBS = _words(
    """assemble, base, be, bear, begin, build, bury, buy, check, collect, deposit, die, discover, display, end, exhibit,
    find, fit, found, grow, hand, hang, happen, hide, hold, host, house, install, issue, keep, leave, lie, live, locate,
    make, manufacture, meet, mount, move, obtain, open, organise, organize, park, perform, pick, place, print, produce,
    publish, put, register, report, return, sell, settle, sign, sit, situate, stand, start, stay, store, study, take,
    teach, work"""
)
"""After these "in" and "at" say where."""
COMMON_VERBS = _words(
    """accept, act, aim, amount, answer, apply, approve, attract, average, begin, boil, bring, build, burn, buy,
    call, carry, catch, cause, change, charge, claim, close, collect, combine, come, command, compare, complete,
    conduct, consider, consist, contact, contain, control, cook, cool, cost, count, cover, create, cross, cut,
    cycle, date, deal, decrease, defend, deliver, depend, design, die, display, divide, drain, draw, drink, drive,
    drop, dry, earn, eat, employ, end, enter, equal, examine, exceed, exhibit, expect, export, extend, face, fall,
    feature, feed, feel, fill, find, fit, flow, fly, focus, force, form, found, freeze, get, give, go, grant, grow,
    guard, guide, handle, hang, heat, help, hire, hold, host, house, hunt, import, increase, inspect, issue, join,
    keep, know, label, lack, land, last, launch, lead, learn, leave, lend, let, lie, lift, limit, link, list, live,
    load, lock, log, look, love, lower, make, manage, mark, match, mean, measure, meet, melt, mind, miss, mix,
    mount, move, name, near, need, number, occupy, offer, open, order, paint, park, part, pass, pay, peak, perform,
    permit, pick, place, plan, plant, play, point, power, practise, press, print, process, produce, protect,
    provide, publish, pull, pump, push, quote, raise, range, rank, reach, read, receive, record, recover, refer,
    reflect, refund, release, remain, remove, rent, repair, repeat, replace, reply, report, request, require,
    rescue, reset, reside, resist, resolve, respond, rest, restrict, result, return, review, reward, rise, roll,
    rule, run, save, score, search, seat, see, select, sell, send, separate, serve, set, settle, shape, share, ship,
    show, sign, sit, ski, sleep, smell, smoke, solve, sound, span, speak, specify, spend, spread, stand, start,
    stay, stock, stop, store, stretch, strike, study, succeed, suffer, suggest, suit, supply, support, surround,
    survive, swim, switch, take, talk, target, taste, tax, teach, test, thank, throw, tie, total, touch, trace,
    track, trade, train, transfer, transport, travel, treat, trust, try, tune, turn, use, vary, view, visit, vote,
    wait, wake, walk, wash, watch, water, wear, weather, weigh, welcome, win, wish, wonder, work, write, yield"""
)
"""Verbs whose forms are nouns too, and that statements of fact use as verbs."""
TWO_PLACE_VERBS = _words(
    """add, send, give, apply, attach, connect, move, return, submit, inform, mix, combine, replace, provide, supply, fill,
    equip, charge, pay, put, place, bring, take, carry, offer, report, grant, use, transfer, deliver, sell, lend,
    assign, award, hand, forward, show, present, pass, check"""
)
"""Verbs with an object and a place for it: what follows the object is not part of it."""
INSTITUTIONS = _words(
    """company, museum, university, institute, library, centre, center, park, bridge, society, foundation, school, college,
    hospital, hotel, club, association, committee, station"""
)
"""Last words of names that a text goes on to use alone: "the company"."""
CONSUMED = _words("food, fertilizer, fertiliser, feed, fuel, medicine, oxygen, water")
"""What something alive or running gets now and then: it "needs" that."""
STATES = _words("accessible, available, closed, open, staffed, valid")
"""Adjectives that a line gives a time for: "Open: June to September"."""
BEGINNINGS = {
    "arrival": "arrive",
    "arrives": "arrive",
    "begin": "begin",
    "begins": "begin",
    "beginning": "begin",
    "closes": "close",
    "closing": "close",
    "departs": "depart",
    "departure": "depart",
    "end": "end",
    "ends": "end",
    "finish": "finish",
    "finishes": "finish",
    "leaves": "leave",
    "opening": "open",
    "opens": "open",
    "start": "start",
    "starts": "start",
}
"""Headers of a column of times, with their verbs."""
PLAIN_HEADS = _words(
    """amount, date, day, default, duration, number, purpose, quantity, reason, result, status, time, total, type, unit,
    use"""
)
"""Attributes that a thing has only on paper: nothing "has" a time."""
SUMMING_VERBS = _words("allow, cause, enable, give, lead, make, mean, result, take")
"""After ", which" these speak of the whole clause before, not of its last noun."""
EXPRESSING_VERBS = _words("code, compose, develop, express, implement, measure, pay, program, quote, speak, translate, write")
"""After these "in" says a language or a unit, no place."""
PLACES = _words(
    """airport, attic, basement, bathroom, bedroom, building, cabinet, cafeteria, camp, canteen, cellar, classroom, clinic,
    corridor, counter, courtyard, cupboard, desk, door, drawer, entrance, exit, farm, foyer, freezer, fridge, garage,
    garden, gate, gym, hall, hallway, harbour, hospital, hotel, house, kiosk, kitchen, laboratory, lake, library, lobby,
    lodge, market, museum, office, playground, pool, port, reception, restaurant, river, room, school, shed, shop, square,
    station, store, street, tent, terminal, theatre, town, valley, village, warehouse, workshop, yard"""
)
"""Nouns that name where something may be."""
MANNERS = _words("a lead, a leash, cash, card, email, hand, instalments, letter, person, phone, post, writing")
"""After "in" or "by": how something is done."""
STANDING_ACTS = _words("coach, drive, keep, lead, manage, own, run, supervise, teach, train")
"""What somebody does for long: "the owner" owns it now, "the founder" founded it once."""
PERMITTING_VERBS = _words("accept, admit, allow, cover, include, license, permit, support, tolerate, welcome")
FORBIDDING_VERBS = _words("ban, exclude, forbid, prohibit")
"""Passives of these answer "Is it allowed?"."""
POLAR_ADJECTIVES = _words(
    """accessible, allowed, available, closed, compatible, compulsory, free, impossible, included, insured, mandatory,
    necessary, obligatory, open, optional, permissible, possible, refundable, required, reusable, sufficient,
    transferable, unavailable, valid, voluntary, waterproof, welcome"""
)
"""Adjectives that answer a yes/no question rather than "what is it like?"."""
PERMITTING_ADJECTIVES = _words(
    """allowed, compulsory, forbidden, impossible, included, insured, mandatory, obligatory, optional, permissible, permitted,
    possible, prohibited, refundable, reusable, transferable, voluntary, waterproof, welcome"""
)
"""Those of them that somebody would ask about without knowing the answer."""
DEMANDING_ADJECTIVES = _words(
    """able, aware, busy, due, eligible, entitled, exempt, full, liable, likely, necessary, next, only, prone, ready,
    responsible, subject, sure, unable, unlikely, used, willing, worth"""
)
"""Adjectives that need more to say what something is like."""
PLACE_ADVERBS = _words(
    """abroad, backstage, downstairs, downtown, elsewhere, indoors, nearby, online, outdoors, overhead, overseas,
    underground, underneath, underwater, upstairs"""
)
"""Where without a preposition."""
CHANGING_VERBS = _words(
    """boost, change, cut, decrease, drop, expand, extend, fall, grow, increase, lengthen, lower, move, raise, reduce, rename,
    rise, shorten, shrink, switch"""
)
"""What these happen to goes "from X to Y"."""
CAUSING_VERBS = _words(
    """affect, attract, block, cause, clog, cover, damage, destroy, feed, heat, interrupt, kill, light, power, prevent,
    surround, threaten, trigger"""
)
"""Things do these, too: "caused by dry air" answers what caused it, not how."""
BRINGING_VERBS = _words("avoid, bring, contact, expect, include, pack, use, wear")
"""What one should do at all, without saying when or where."""
AHEAD_VERBS = _words("announce, apply, book, call, notify, order, pay, register, reply, reserve, submit, tell")
"""After these "two weeks in advance" says by when."""
WAYS = _words("ballot, chance, consent, hand, law, letter, lot, majority, means, mistake, phone, post, resolution, vote")
"""After "by" these say how, never who."""
NAME_PARTICLES = _words("al, bin, d', da, de, del, den, der, di, du, la, le, of, ten, van, von, zu")
FINDABLE_VERBS = _words(
    "display, exhibit, find, hang, hide, keep, list, locate, mark, mount, place, post, print, show, situate, store, write"
)
"""What is done so somewhere can be found there."""
CARRYING_VERBS = _words(
    "bring, carry, deliver, forward, hand, lead, move, relocate, return, send, ship, take, transfer, transport"
)
"""After these "to the valley" says where to."""
