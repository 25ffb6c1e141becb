"""Statements with a question and the answer that a person would expect: the grammar by example, one line of it a name.

Each is (text, question, answer). ``SENTENCES`` are clauses, ``WHOLE_STATEMENTS`` are asked as a whole or for their rule,
``DOCUMENT_FORMS`` are lines, lists and tables.
"""

SENTENCES = {
    "copula with a description": (
        "# The Orrin Bridge\n\nThe Orrin Bridge is a suspension bridge over the Tay.",
        "What is the Orrin Bridge?",
        "a suspension bridge over the Tay",
    ),
    "copula with an amount": ("The notice period is six weeks.", "How long is the notice period?", "six weeks"),
    "passive with an agent": ("The lamp was designed by Ida Krol.", "Who designed the lamp?", "Ida Krol"),
    "passive with a year": ("The lamp was designed by Ida Krol in 1954.", "In which year was the lamp designed?", "1954"),
    "passive with a place": ("The archive is located in Bergen.", "Where is the archive located?", "Bergen"),
    "passive with an interval": (
        "The valves must be greased every 200 hours.",
        "How often must the valves be greased?",
        "every 200 hours",
    ),
    "passive with a deadline": (
        "Complaints must be sent within 14 days of delivery.",
        "How soon must complaints be sent?",
        "within 14 days of delivery",
    ),
    "deadline before an event": (
        "Rooms should be booked at least two days before the event.",
        "When should rooms be booked?",
        "at least two days before the event",
    ),
    "material": ("The hull is made of larch.", "What is the hull made of?", "larch"),
    "cost of a thing": ("A new saddle costs between $80 and $120.", "How much does a new saddle cost?", "between $80 and $120"),
    "weight": ("The anvil weighs 140 kg.", "How much does the anvil weigh?", "140 kg"),
    "duration": ("The tour takes 90 minutes.", "How long does the tour take?", "90 minutes"),
    "count": ("The hall has 12 windows.", "How many windows does the hall have?", "12"),
    "kind": ("The kayak has inflatable seats.", "What kind of seats does the kayak have?", "inflatable seats"),
    "attribute after has": ("The lamp has a range of 300 metres.", "What is the range of the lamp?", "300 metres"),
    "object of a rule": (
        "If a storm comes, the guide may cancel the walk.",
        "What may the guide cancel if a storm comes?",
        "the walk",
    ),
    "amount that people get": (
        "Trainees receive 24 days of leave per year.",
        "How many days of leave per year do trainees receive?",
        "24 days",
    ),
    "imperative": ("Grease the chain every 500 kilometres.", "How often should the chain be greased?", "every 500 kilometres"),
    "fronted time": ("In 1931, the firm moved to Turin.", "When did the firm move to Turin?", "1931"),
    "two clauses": ("The shed was built in 1950, and it burned down in 1971.", "When did the shed burn down?", "1971"),
    "shared subject": ("The trip takes 40 minutes and costs 9 euros.", "How much does the trip cost?", "9 euros"),
    "relative clause": ("Tickets are sold by Tramco, which was founded in 1988.", "When was Tramco founded?", "1988"),
    "subject with a relative clause": (
        "Members who pay late are charged a fee of £10.",
        "What are members who pay late charged?",
        "a fee of £10",
    ),
    "gapped amount": ("The limit is 50 km/h by day and 30 km/h at night.", "What is the limit at night?", "30 km/h"),
    "there are": ("There are 84 desks and 6 booths in the office.", "How many booths are there in the office?", "6"),
    "opening hours": ("The pool is open from 7 a.m. to 9 p.m.", "When is the pool open?", "from 7 a.m. to 9 p.m."),
    "line with an interval": (
        "# The Veloce 3\n\n- Chain: every 500 km\n",
        "How often is the chain of the Veloce 3 due?",
        "every 500 km",
    ),
    "line with a value": ("# The Veloce 3\n\n**Frame size:** 54 cm\n", "What is the frame size of the Veloce 3?", "54 cm"),
    "cell of a list of properties": (
        "# The Veloce 3\n\n| Property | Value |\n|---|---|\n| Gears | 18 |\n| Brake type | disc |\n",
        "What is the brake type of the Veloce 3?",
        "disc",
    ),
    "cell of a table of things": (
        "| Model | Weight |\n|---|---|\n| Veloce 3 | 9 kg |\n| Veloce 5 | 8 kg |\n",
        "What is the weight of Veloce 5?",
        "8 kg",
    ),
    "cell of a price list": (
        "| Service | Price |\n|---|---|\n| Brake check | 25 € |\n",
        "How much does the brake check cost?",
        "25 €",
    ),
    "cell of a table that lies on its side": (
        "| Feature | Basic | Max |\n|---|---|---|\n| Battery life | 6 hours | 9 hours |\n",
        "What is the battery life of Max?",
        "9 hours",
    ),
    "fronted phrase without a comma": (
        "On weekdays the gate closes at 9 p.m.",
        "When does the gate close on weekdays?",
        "9 p.m.",
    ),
    "any verb before an article": ("The warden escorts the tours.", "What does the warden escort?", "the tours"),
    "verb after an adverb": ("The moon always shows the same face.", "What does the moon show?", "the same face"),
    "noun that looks like a verb": (
        "Minor repairs up to £75 are paid by the tenant.",
        "Who pays minor repairs up to £75?",
        "the tenant",
    ),
    "place after any verb": ("The bells are cast in Aarau.", "Where are the bells cast?", "Aarau"),
    "note without subject": (
        "# Inkwell 3.1 release notes\n\nReleased on 11 May 2025.",
        "When was Inkwell 3.1 released?",
        "11 May 2025",
    ),
    "two places are one": ("The office is in the old mill on the river.", "Where is the office?", "in the old mill on the river"),
    "manner": ("Notice must be given in writing.", "How must notice be given?", "in writing"),
    "two things that somebody has": (
        "The firm has 40 clerks and a turnover of 3 million euros.",
        "How many clerks does the firm have?",
        "40",
    ),
    "name in apposition": ("The founder's niece, Ida Krol, bought the mill in 1991.", "Who bought the mill in 1991?", "Ida Krol"),
    "what a description says besides": (
        "# The Veloce 3\n\nThe Veloce 3 is a bicycle manufactured by Krol Cycles from 1981 to 1983.",
        "Who manufactured the Veloce 3?",
        "Krol Cycles",
    ),
    "perfect passive": ("The inn has been led by Ida Krol since 2016.", "Who has led the inn since 2016?", "Ida Krol"),
    "interval with two ends": (
        "Filters are changed every 300 hours or 3 months.",
        "How often are filters changed?",
        "every 300 hours or 3 months",
    ),
    "adverb in a copula": ("The default font is now Inter.", "What is the default font now?", "Inter"),
}

WHOLE_STATEMENTS = {
    "condition in front": (
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
    "order before something": ("Make a backup before you upgrade.", "What should you do before you upgrade?", "Make a backup"),
    "order with an amount": ("Mix 50 g of oats with milk.", "How much oats should you mix with milk?", "50 g"),
    "second order": ("Add the lentils and simmer the soup for 20 minutes.", "How long should I simmer the soup?", "20 minutes"),
    "order not to": ("Do not open the housing.", "May I open the housing?", "Do not open the housing"),
    "negation": ("Subletting is not permitted.", "Is subletting permitted?", "Subletting is not permitted"),
    "negation in short": ("Tickets can't be returned.", "Can tickets be returned?", "Tickets can't be returned"),
    "no dogs": ("No dogs are allowed on the beach.", "Are dogs allowed on the beach?", "No dogs are allowed on the beach"),
    "must not": ("Software must not be installed.", "May software be installed?", "Software must not be installed"),
    "forbidden": ("Open fires are forbidden.", "Are open fires allowed?", "Open fires are forbidden"),
    "there is none": ("There is no lift in the house.", "Is there a lift in the house?", "There is no lift in the house"),
    "reason": ("Nuts are banned because they are dangerous.", "Why are nuts banned?", "because they are dangerous"),
    "reason in front": ("Because the floor is wet, shoes must be worn.", "Why must shoes be worn?", "Because the floor is wet"),
    "moment that is a clause": (
        "The cake is done when a skewer comes out clean.",
        "When is the cake done?",
        "when a skewer comes out clean",
    ),
    "what is free": ("Upgrades from 4.x are free.", "How much do upgrades from 4.x cost?", "free"),
    "what something is like": ("Carbonation is high.", "What is carbonation like?", "high"),
    "change of an amount": ("The memory is raised from 2 GB to 4 GB.", "What is the memory raised to?", "4 GB"),
    "place without preposition": ("Slippers must be worn upstairs.", "Where must slippers be worn?", "upstairs"),
    "reader instead of passive": ("Bikes can be left behind the hall.", "Where can I leave bikes?", "behind the hall"),
    "cause": ("Brown tips are caused by dry air.", "What causes brown tips?", "dry air"),
    "price of a thing bought": (
        "Ada Berg bought the mill for 900 euros.",
        "For how much did Ada Berg buy the mill?",
        "900 euros",
    ),
    "fee inside an object": ("New members pay a joining fee of 60 euros.", "How much is the joining fee?", "60 euros"),
    "age": ("You need to be at least 16 years old.", "How old must I be?", "at least 16 years"),
    "role with a name in apposition": ("The chaplain, Ida Moll, visits the wards daily.", "Who is the chaplain?", "Ida Moll"),
    "two clauses without article": ("Doors open at 8:20 and lessons start at 8:40.", "When do lessons start?", "8:40"),
    "several days": (
        "The museum is closed on Mondays, on 24 December and on New Year's Day.",
        "When is the museum closed?",
        "Mondays, on 24 December and on New Year's Day",
    ),
    "instead of": (
        "Autosave runs every 5 minutes instead of every 10.",
        "How often does Autosave run instead of every 10?",
        "every 5 minutes",
    ),
    "error code": (
        "# The Veloce 3\n\n## Error codes\n\n- E10: no power\n",
        "What does error code E10 mean for the Veloce 3?",
        "no power",
    ),
    "weight of a thing in a line": ("# The Veloce 3\n\n- Weight: 9 kg\n", "How heavy is the Veloce 3?", "9 kg"),
    "ingredients of one of several recipes": (
        "# Five Easy Recipes\n\n## Bean stew\n\nIngredients:\n\n- 2 carrots\n- 1 l stock\n",
        "How many carrots does the bean stew need?",
        "2",
    ),
}

DOCUMENT_FORMS = {
    "clause of a contract": ("# Loan Agreement\n\n4.2 The loan fee is $90.", "How much is the loan fee?", "$90"),
    "list under a list item": (
        "# Pet Care Sheet\n\n- **Gecko**\n  - Humidity: 70 %\n- **Corn snake**\n  - Humidity: 50 %\n",
        "What is the humidity of the gecko?",
        "70 %",
    ),
    "what living things need": (
        "# Pet Care Sheet\n\n- **Corn snake**\n  - Water: every 3 days\n",
        "How often does the corn snake need water?",
        "every 3 days",
    ),
    "part of a thing in a list": (
        "# Pet Care Sheet\n\n- **Gecko**\n  - Temperature:\n    - winter: 18 °C\n",
        "What is the winter temperature of the gecko?",
        "18 °C",
    ),
    "question and answer": (
        "# FAQ - Ferry Pass\n\n**Q: Where can I buy it?**\nA: At any pier.\n",
        "For the Ferry Pass, where can I buy it?",
        "At any pier.",
    ),
    "question as a heading": ("# Help\n\n## Can I bring a dog?\n\nYes, on a lead.\n", "Can I bring a dog?", "Yes, on a lead."),
    "dots before a price": (
        "# Marlow Castle: Tariffs\n\nCream tea ......... £7\nCake of the day ... £4\n",
        "For the Marlow Castle, how much does the cream tea cost?",
        "£7",
    ),
    "noun with its amount": (
        "# The Veloce 3\n\nFrame size 54 cm\nDisc brakes with oil\nWeight 9 kg\nPump under the seat\nRange 80 km\n",
        "What is the weight of the Veloce 3?",
        "9 kg",
    ),
    "ingredient": (
        "# Recipe: Rye Loaf\n\nThe Rye Loaf is dense.\n\n- 300 g rye flour\n",
        "How much rye flour is used for the Rye Loaf?",
        "300 g",
    ),
    "entry of a diary": (
        "# Diving log #12 - Blue Grotto\n\n- 3 May: first dive\n",
        "For the Blue Grotto, what is noted for 3 May?",
        "first dive",
    ),
    "participle as a key": ("# The Veloce 3\n\nReleased: 2017, by post\n", "When was the Veloce 3 released?", "2017"),
    "maker as a key": ("# The Veloce 3\n\nDesigned by: Ida Krol\n", "Who designed the Veloce 3?", "Ida Krol"),
    "state as a key": (
        "# Marlow Castle\n\nMarlow Castle is old.\n\nOpen: May to June\n",
        "When is Marlow Castle open?",
        "May to June",
    ),
    "role as a key": (
        "# Marlow Castle\n\nMarlow Castle is old.\n\nOwner: Ida Krol\n",
        "Who is the owner of Marlow Castle?",
        "Ida Krol",
    ),
    "doer as a header": (
        "# Rota\n\n| Class | Teacher |\n|---|---|\n| Pottery | Ida Krol |\n| Dance | Per Lund |\n",
        "Who teaches the Pottery class?",
        "Ida Krol",
    ),
    "doer as a key": ("# The Veloce 3\n\nDesigner: Ida Krol\n", "Who designed the Veloce 3?", "Ida Krol"),
    "code as a key": (
        "# Probe Manual\n\n## Error code\n\n- 17: the lamp is out\n",
        "What does error code 17 mean in the probe manual?",
        "the lamp is out",
    ),
    "price for a group": (
        "# Rooms\n\n| | Guests | Non-guests |\n|---|---|---|\n| Sauna | 9 € | 14 € |\n",
        "How much does the sauna cost for non-guests?",
        "14 €",
    ),
    "people among the prices": (
        "# Rooms\n\n| | Guests | Others |\n|---|---|---|\n| Sauna | 9 € | 14 € |\n| Children under 12 | 3 € | 5 € |\n",
        "How much do children under 12 pay as guests?",
        "3 €",
    ),
    "day as a header": (
        "# Rota\n\n| Shift | Monday | Tuesday |\n|---|---|---|\n| 1 | Ida | Per |\n",
        "What is scheduled for shift 1 on Tuesday?",
        "Per",
    ),
    "verb as a header": ("# Rota\n\n| Shift | Begins |\n|---|---|\n| 1 | 6:30 |\n", "When does shift 1 begin?", "6:30"),
    "option of a program": (
        "# zipgrep\n\n| Option | Default |\n|---|---|\n| `--depth N` | 3 |\n",
        "What is the default of the option --depth N?",
        "3",
    ),
    "plans as columns": (
        "# Fees\n\n## Plans\n\n| | Basic | Plus |\n|---|---|---|\n| Storage | 50 GB | 80 GB |\n| Price | $4 | $9 |\n"
        "| Users | 1 | 3 |\n",
        "What is the storage of the Plus plan?",
        "80 GB",
    ),
    "settings as columns": (
        "# Lamp\n\n| Setting | Home | Office |\n|---|---|---|\n| Range | 20 m | 90 m |\n| Timeout | 5 minutes | 9 minutes |\n",
        "For Office, what is the range?",
        "90 m",
    ),
    "step as a header": (
        "# Dough\n\n| Dough | Kneading | Oven |\n|---|---|---|\n| Rye | 8 minutes | 240 °C |\n",
        "For the Rye dough, how long does kneading take?",
        "8 minutes",
    ),
    "departure from a stop": (
        "# Bus\n\n| Stop | Departs |\n|---|---|\n| Mill Bridge | 9:10 |\n",
        "When is the departure from Mill Bridge?",
        "9:10",
    ),
    "time on a day": (
        "# Rota\n\n| Course | Mondays | Fridays |\n|---|---|---|\n| Rolling class | 19:30 | 20:00 |\n",
        "When is the rolling class on Mondays?",
        "19:30",
    ),
    "range as a row": (
        "# Pool\n\n| Age | Day pass |\n|---|---|\n| under 6 | 2 € |\n",
        "For age under 6, how much does the day pass cost?",
        "2 €",
    ),
    "own key under a title that is no name": (
        "# How to order bread\n\nOrder deadline: Thursday, 6 p.m.\n",
        "When is the order deadline?",
        "Thursday, 6 p.m.",
    ),
    "area as an object": (
        "The lake covers an area of 3 square kilometres.",
        "What is the area of the lake?",
        "3 square kilometres",
    ),
}
