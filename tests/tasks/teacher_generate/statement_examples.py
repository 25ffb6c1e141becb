"""Statements with a question and the answer that a person would expect: what is asked naturally, and what is quoted.

Each is (text, question, answer); one line of the grammar is a name.
"""

NATURAL = {
    "agent": ("The lamp was designed by Ida Krol.", "Who designed the lamp?", "Ida Krol"),
    "year": ("The lamp was designed by Ida Krol in 1954.", "In which year was the lamp designed by Ida Krol?", "1954"),
    "day": ("Bins are emptied on Tuesdays.", "On which days are bins emptied?", "Tuesdays"),
    "time": ("The gate closes at 9 p.m.", "At what time does the gate close?", "9 p.m."),
    "opening hours": ("The pool is open from 7 a.m. to 9 p.m.", "When is the pool open?", "from 7 a.m. to 9 p.m."),
    "since": ("The inn has been led by Ida Krol since 2016.", "Since when has the inn been led by Ida Krol?", "2016"),
    "until": ("Reservations are kept until 5 p.m.", "Until when are reservations kept?", "5 p.m."),
    "perfect": ("The inn has been led by Ida Krol since 2016.", "Who has led the inn since 2016?", "Ida Krol"),
    "interval": ("The valves must be greased every 200 hours.", "How often must the valves be greased?", "every 200 hours"),
    "interval with two ends": (
        "Filters are changed every 300 hours or 3 months.",
        "How often are filters changed?",
        "every 300 hours or 3 months",
    ),
    "deadline": (
        "Complaints must be sent within 14 days of delivery.",
        "How soon must complaints be sent?",
        "within 14 days of delivery",
    ),
    "deadline before an event": (
        "Rooms should be booked at least two days before the event.",
        "When should rooms be booked?",
        "at least two days before the event",
    ),
    "how long": ("Books can be borrowed for two weeks.", "For how long can books be borrowed?", "two weeks"),
    "name of a place": ("The archive is located in Bergen.", "Where is the archive located?", "Bergen"),
    "place": ("Hut slippers must be worn upstairs.", "Where must hut slippers be worn?", "upstairs"),
    "two places are one": ("The office is in the old mill on the river.", "Where is the office?", "in the old mill on the river"),
    "manner": ("Notice must be given in writing.", "How must notice be given?", "in writing"),
    "value in time": ("The notice period is six weeks.", "How long is the notice period?", "six weeks"),
    "value in money": ("The monthly rent is £900.", "How much is the monthly rent?", "£900"),
    "size": ("The chapel is 12 m high.", "How high is the chapel?", "12 m"),
    "cost": ("A new saddle costs between $80 and $120.", "How much does a new saddle cost?", "between $80 and $120"),
    "weight": ("The anvil weighs 140 kg.", "How much does the anvil weigh?", "140 kg"),
    "duration": ("The tour takes 90 minutes.", "How long does the tour take?", "90 minutes"),
    "payment": ("Families pay 420 euros.", "How much do families pay?", "420 euros"),
    "count": ("The hall has 12 windows.", "How many windows does the hall have?", "12"),
    "count of what people get": (
        "Trainees receive 24 days of leave per year.",
        "How many days of leave do trainees receive per year?",
        "24 days",
    ),
    "there are": ("There are 84 desks in the office.", "How many desks are there in the office?", "84"),
    "description of a name": (
        "# The Orrin Bridge\n\nThe Orrin Bridge is a suspension bridge over the Tay.",
        "What is the Orrin Bridge?",
        "a suspension bridge over the Tay",
    ),
    "name for a general word": (
        "# Handbook\n\nThe Orrin Probe is a small spacecraft. The spacecraft carries seven cameras.",
        'In "Handbook", how many cameras does the Orrin Probe carry?',
        "seven",
    ),
    "second clause": ("The trip takes 40 minutes and costs 9 euros.", "How much does the trip cost?", "9 euros"),
    "clause with a subject of its own": (
        "Doors open at 8:20 and lessons start at 8:40.",
        "When do lessons start?",
        "8:40",
    ),
    "second participle": (
        "The box is kept at the desk and emptied every Friday.",
        "How often is the box emptied?",
        "every Friday",
    ),
    "negation": ("Subletting is not permitted.", "Is subletting permitted?", "Subletting is not permitted"),
    "must not": ("Software must not be installed.", "May software be installed?", "Software must not be installed"),
    "forbidden": ("Open fires are forbidden.", "Are open fires allowed?", "Open fires are forbidden"),
    "time in front": (
        "In 1931, the firm moved to Turin.",
        "In which year did the firm move to Turin?",
        "1931",
    ),
    "with a time in front": ("On Sundays, tours cost 9 euros.", "How much do tours cost on Sundays?", "9 euros"),
    "time before an event": (
        "Pickles have to stand for two weeks before they can be eaten.",
        "For how long must pickles stand before they can be eaten?",
        "two weeks",
    ),
    "two subjects": (
        "Chickens and rabbits are not permitted.",
        "Are chickens and rabbits permitted?",
        "Chickens and rabbits are not permitted",
    ),
    "condition": (
        "If the rent is late, the landlord may charge a fee.",
        "What happens if the rent is late?",
        "the landlord may charge a fee",
    ),
    "condition behind": (
        "Visitors get a refund if a tour is cancelled.",
        "What happens if a tour is cancelled?",
        "Visitors get a refund",
    ),
    "condition and order": (
        "If the lamp blinks, press the reset button.",
        "What should you do if the lamp blinks?",
        "press the reset button",
    ),
    "section of a document about several things": (
        "# Recipes\n\n## Red lentil soup\n\nThe soup keeps for four days.\n",
        'In "Red lentil soup", for how long does the soup keep?',
        "four days",
    ),
    "part of what the document is about": (
        "# The Orrin Probe\n\nThe Orrin Probe is a spacecraft. The antenna weighs 9 kg.",
        "For the Orrin Probe, how much does the antenna weigh?",
        "9 kg",
    ),
    "question and answer": (
        "# FAQ - Ferry Pass\n\n**Q: Where can I buy it?**\nA: At any pier.\n",
        "For the Ferry Pass, where can I buy it?",
        "At any pier.",
    ),
    "question as a heading": ("# Help\n\n## Can I bring a dog?\n\nYes, on a lead.\n", "Can I bring a dog?", "Yes, on a lead."),
    "clause of a contract": (
        "# Loan Agreement\n\n4.2 The loan fee is $90.",
        'In "Loan Agreement", how much is the loan fee?',
        "$90",
    ),
}

QUOTED = {
    "rest behind the verb": (
        "# Oak Farm\n\n## Trips\n\nChildren under five travel free with an adult.\n",
        'In "Trips" of "Oak Farm", how does the sentence "Children under five travel ..." go on?',
        "free with an adult",
    ),
    "two amounts": (
        "# Oak Farm\n\n## Trips and tickets\n\nA single ticket costs 5 euros, a return ticket 9 euros.\n",
        'In "Trips and tickets", what is missing in "A single ticket costs 5 euros, a return ticket ___"?',
        "9 euros",
    ),
    "range": (
        "On Sundays the hall is open from 10 a.m. to 5 p.m.",
        'What is missing in "On Sundays the hall is open ___"?',
        "from 10 a.m. to 5 p.m.",
    ),
    "interval": (
        "Trams leave every 12 minutes until noon.",
        'What is missing in "Trams leave ___ until noon"?',
        "every 12 minutes",
    ),
    "in place": (
        "# Fees\n\nNew members pay a joining fee of 60 euros.",
        'In "Fees": New members pay a joining fee of how much?',
        "60 euros",
    ),
    "name": (
        "The treasurer, Ida Krol, keeps the books.",
        'What is missing in "The treasurer, ___, keeps the books"?',
        "Ida Krol",
    ),
    "name with a title": (
        "Ask for Dr. Helena Vogt at the desk.",
        'What is missing in "Ask for ___ at the desk"?',
        "Dr. Helena Vogt",
    ),
    "telephone": ("Ring 0161 496 0088 or ask a driver.", 'What is missing in "Ring ___ or ask a driver"?', "0161 496 0088"),
    "negation": (
        "Jewellery is not allowed, apart from small earrings.",
        'How does the sentence "Jewellery is ..." go on?',
        "not allowed, apart from small earrings",
    ),
    "modal without an object": (
        "In winter, from November to March, vests must be worn.",
        'How does the sentence "In winter, from November to March, vests ..." go on?',
        "must be worn",
    ),
    "order": (
        "Clean the underside with a brush.",
        'How does the sentence "Clean the underside ..." go on?',
        "with a brush",
    ),
    "condition": (
        "If the club is dissolved, its assets go to the town.",
        'How does the sentence "If the club is dissolved, its assets go ..." go on?',
        "to the town",
    ),
    "second half": (
        "The board meets at noon and publishes a report on its work in June.",
        'How does the sentence "The board meets at noon and publishes ..." go on?',
        "a report on its work in June",
    ),
    "middle": (
        "Door seals are wear parts and are excluded from the warranty of the maker.",
        'What is missing in "Door seals are ___ and are excluded from the warranty of the maker"?',
        "wear parts",
    ),
    "noun of a relative clause": (
        "You will need the serial number, which is printed on a label inside the door.",
        'How does the sentence "You will need ..." go on?',
        "the serial number, which is printed on a label inside the door",
    ),
    "pronoun": (
        "The hall was built by monks. It was restored in 1994.",
        'What is missing in "The hall was built by monks. It was restored in ___"?',
        "1994",
    ),
    "pronoun two sentences on": (
        "The hall stands in Kiel. It is old. It was restored in 1994.",
        'What is missing in "The hall stands in Kiel. It is old. It was restored in ___"?',
        "1994",
    ),
    "item under a lead": (
        "# Oak Farm\n\n## Summer camp\n\nPlease bring:\n\n- a sleeping bag with a liner\n",
        'In "Summer camp" of "Oak Farm", under "Please bring", how does the sentence "a sleeping bag ..." go on?',
        "with a liner",
    ),
    "answer to a question": (
        "# FAQ - Ferry Pass\n\n**Q: What does it cost?**\nA: It costs 40 euros a year for an adult.\n",
        'In "FAQ - Ferry Pass", under "What does it cost?", what is missing in "It costs ___ a year for an adult"?',
        "40 euros",
    ),
    "this policy under its title": (
        "# Leave Policy\n\nThis policy applies to clerks of all grades.",
        'In "Leave Policy", how does the sentence "This policy applies ..." go on?',
        "to clerks of all grades",
    ),
    "quotation inside": (
        'The best known picture is "The Ferry" by Hanne Brock.',
        "What is missing in \"The best known picture is 'The Ferry' by ___\"?",
        "Hanne Brock",
    ),
}
