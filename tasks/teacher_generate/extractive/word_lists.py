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
LIGHT_VERBS = _words(
    """allow, be, become, begin, call, cause, come, do, enable, end, find, follow, get, give, go, have, help, hold, keep, leave,
    let, make, mean, move, put, reach, remain, see, set, show, spend, start, stay, take, tell, turn, work"""
)
"""What their object is depends on more than the verb: "takes a minute", "leave the pitch"."""
NEEDING_OTHERS = _words(
    """above, again, ago, already, also, and, another, as, below, beforehand, both, but, earlier, either, else, even, except, few,
    fewer, first, following, former, further, her, here, hers, him, his, how, however, i, instead, its, itself, just, last, later,
    latter, least, less, many, me, more, most, my, myself, neither, next, nor, now, once, only, or, other, others, otherwise, our,
    ours, please, plus, previous, respectively, same, several, so, some, still, such, than, their, theirs, them, themselves, then,
    therefore, too, twice, us, what, why, yet, your, yours, yourself"""
)
"""Words of a speaker or a reader, words that need another sentence or thing to be understood, and words that join."""
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
CURRENCY_WORDS = _words(
    """cent, chf, crown, dollar, eur, euro, franc, gbp, pence, penny, pound, usd, yen, kr, kč, zł, sek, nok, dkk, isk, czk, pln,
    huf, inr, aud, cad, nzd, jpy, cny, krone, krona, kroner, kronor, koruna, rupee, peso, yuan, zloty, złoty, forint, lira"""
)
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
INSTITUTIONS = _words(
    """company, museum, university, institute, library, centre, center, park, bridge, society, foundation, school, college,
    hospital, hotel, club, association, committee, station"""
)
"""Last words of names that a text goes on to use alone: "the company"."""
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
PLACE_ADVERBS = _words(
    """abroad, backstage, downstairs, downtown, elsewhere, indoors, nearby, online, outdoors, overhead, overseas,
    underground, underneath, underwater, upstairs"""
)
"""Where without a preposition."""
CAUSING_VERBS = _words(
    """affect, attract, block, cause, clog, cover, damage, destroy, feed, heat, interrupt, kill, light, power, prevent,
    surround, threaten, trigger"""
)
"""Things do these, too: "caused by dry air" answers what caused it, not how."""
AHEAD_VERBS = _words("announce, apply, book, call, notify, order, pay, register, reply, reserve, submit, tell")
"""After these "two weeks in advance" says by when."""
WAYS = _words("ballot, chance, consent, hand, law, letter, lot, majority, means, mistake, phone, post, resolution, vote")
"""After "by" these say how, never who."""
NAME_PARTICLES = _words("al, bin, d', da, de, del, den, der, di, du, la, le, of, ten, van, von, zu")
LANGUAGES = _words(
    """english, german, french, spanish, italian, portuguese, dutch, danish, swedish, norwegian, finnish, icelandic, polish,
    czech, slovak, hungarian, romanian, bulgarian, greek, turkish, russian, ukrainian, arabic, hebrew, persian, hindi,
    chinese, mandarin, japanese, korean, latin, welsh, irish, gaelic, breton, catalan, basque, croatian, serbian,
    slovene, latvian, lithuanian, estonian"""
)
"""What something is "in" without being there."""
