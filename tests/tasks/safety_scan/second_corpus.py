"""A second evaluation set, written after the rules and apart from the first: values as issuers describe them, sentences as people
write them, and two thousand clean questions and answers of five kinds.

Shares no pattern and no code with the scanner. Check digits are found by trying; tokens are drawn from the alphabets that the
issuers' documentation shows. Everything comes from a seed, and no value belongs to anybody.
"""

# ruff: noqa: E501, SIM905

import base64
import json
import random
import string
from collections.abc import Callable, Iterator

U, L, D = string.ascii_uppercase, string.ascii_lowercase, string.digits
A, H = U + L + D, "0123456789abcdef"
Make = Callable[[random.Random], str]


def pick(r: random.Random, alphabet: str, count: int) -> str:
    return "".join(r.choices(alphabet, k=count))


def by_trial(candidates: Iterator[str], holds: Callable[[str], bool]) -> str:
    return next(candidate for candidate in candidates if holds(candidate))


def uuid(r: random.Random) -> str:
    return "-".join(pick(r, H, n) for n in (8, 4, 4, 4, 12))


# -- personal data with a check digit --------------------------------------------------------------------------------------


def doubled(number: str) -> bool:
    """Luhn, by adding up the digits of every second digit's double."""
    odd, even = number[-1::-2], number[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(c), 10)) for c in even)) % 10 == 0


def luhn(r: random.Random, head: str, length: int) -> str:
    body = head + pick(r, D, length - len(head) - 1)
    return by_trial((body + c for c in D), doubled)


def grouped(number: str, sizes: str, mark: str) -> str:
    parts, at = [], 0
    for size in map(int, sizes):
        parts.append(number[at : at + size])
        at += size
    return mark.join(part for part in parts if part)


def card(r: random.Random) -> str:
    head, length, sizes = r.choice(
        [("4539", 16, "4444"), ("5412", 16, "4444"), ("2720", 16, "4444"), ("3712", 15, "465"), ("6011", 16, "4444"),
         ("3566", 16, "4444"), ("3056", 14, "464"), ("6250", 16, "4444"), ("6759", 16, "4444")]
    )  # fmt: skip
    return grouped(luhn(r, head, length), sizes, r.choice(["", " ", "-"]))


def iban(r: random.Random) -> str:
    country, bban = r.choice(
        [("SE", "20d"), ("NO", "11d"), ("DK", "14d"), ("FI", "14d"), ("PT", "21d"), ("IE", "4U14d"), ("CZ", "20d"), ("SK", "20d"),
         ("HU", "24d"), ("RO", "4U16A"), ("GR", "23d"), ("LU", "3d13A"), ("HR", "17d"), ("TR", "5d1d16A"), ("SA", "2d18A"),
         ("LT", "16d"), ("EE", "16d"), ("MT", "4U5d18A"), ("CY", "8d16A"), ("BG", "4U6d8A"), ("LV", "4U13A"), ("SI", "15d")]
    )  # fmt: skip
    body, count = "", ""
    for c in bban:
        if c.isdigit():
            count += c
        else:
            body, count = body + pick(r, {"d": D, "U": U, "A": U + D}[c], int(count)), ""

    def holds(text: str) -> bool:
        turned = text[4:] + text[:4]
        rest = 0
        for c in turned:
            rest = int(f"{rest}{c if c in D else ord(c) - 55}") % 97
        return rest == 1

    whole = by_trial((f"{country}{check:02}{body}" for check in range(2, 99)), holds)
    return whole if r.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def norwegian(r: random.Random) -> str:
    def holds(n: str) -> bool:
        first = sum(int(c) * w for c, w in zip(n, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), strict=True))
        second = sum(int(c) * w for c, w in zip(n, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True))
        return first % 11 == 0 == second % 11

    while True:
        head = f"{r.randint(1, 28):02}{r.randint(1, 12):02}{r.randint(40, 99)}{pick(r, D, 3)}"
        found = [head + f"{i:02}" for i in range(100) if holds(head + f"{i:02}")]
        if found:
            return found[0]


def dutch(r: random.Random) -> str:
    def holds(n: str) -> bool:
        return (sum(int(c) * w for c, w in zip(n, range(9, 1, -1), strict=False)) - int(n[8])) % 11 == 0

    while True:
        head = r.choice("123456789") + pick(r, D, 7)
        found = [head + c for c in D if holds(head + c)]
        if found:
            return found[0]


def french(r: random.Random) -> str:
    head = f"{r.choice('12')}{r.randint(40, 99)}{r.randint(1, 12):02}{r.randint(1, 95):02}{r.randint(1, 990):03}{r.randint(1, 990):03}"
    whole = f"{head}{97 - int(head) % 97:02}"
    return whole if r.random() < 0.5 else grouped(whole, "1222332", " ")


def italian(r: random.Random) -> str:
    odd = dict(zip(D + U, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23], strict=True))  # fmt: skip
    head = f"{pick(r, 'BCDFGLMNPRSTV', 6)}{r.randint(40, 99)}{r.choice('ABCDEHLMPRST')}{r.randint(1, 28):02}{r.choice('AFHL')}{pick(r, D, 3)}"
    total = sum(odd[c] if i % 2 == 0 else (int(c) if c in D else U.index(c)) for i, c in enumerate(head))
    return head + U[total % 26]


def german_tax(r: random.Random) -> str:
    while True:
        digits = r.sample(D, 9)
        digits.insert(r.randrange(1, 9), r.choice(digits[1:]))
        head = "".join(digits)
        if head[0] == "0" or len(set(head)) != 9:
            continue
        product = 10
        for c in head:
            product = ((int(c) + product) % 10 or 10) * 2 % 11
        return head + str((11 - product) % 10)


def chinese(r: random.Random) -> str:
    head = f"11010{r.randint(1, 9)}{r.randint(1950, 2005)}{r.randint(1, 12):02}{r.randint(1, 28):02}{pick(r, D, 3)}"
    weights = [2**i % 11 for i in range(17, 0, -1)]
    return by_trial((head + c for c in "0123456789X"), lambda n: (sum(int(c) * w for c, w in zip(n, weights, strict=False)) + (10 if n[17] == "X" else int(n[17]))) % 11 == 1)  # fmt: skip


def nino(r: random.Random) -> str:
    return grouped(f"{r.choice('ABCEGHJ')}{r.choice('ABCEGHJ')}{pick(r, D, 6)}{r.choice('ABCD')}", "22221", r.choice(["", " "]))


def swiss(r: random.Random) -> str:
    head = "756" + pick(r, D, 9)
    return grouped(head + str(-sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(head)) % 10), "3442", ".")


def singaporean(r: random.Random) -> str:
    number = pick(r, D, 7)
    return f"S{number}{'JZIHGFEDCBA'[sum(int(c) * w for c, w in zip(number, (2, 7, 6, 5, 4, 3, 2), strict=True)) % 11]}"


def swedish(r: random.Random) -> str:
    number = luhn(r, f"{r.randint(50, 99)}{r.randint(1, 12):02}{r.randint(1, 28):02}", 10)
    return f"{number[:6]}-{number[6:]}"


def ssn(r: random.Random) -> str:
    return f"{r.randint(101, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}"


CHECKED: dict[str, Make] = {
    "card": card,
    "card of 19 digits": lambda r: grouped(luhn(r, "6759", 19), "44443", " "),
    "iban": iban,
    "social security number": ssn,
    "fodselsnummer": lambda r: f"fødselsnummer {norwegian(r)}",
    "bsn": lambda r: f"BSN {dutch(r)}",
    "nir": french,
    "codice fiscale": italian,
    "steuer-id": lambda r: f"Steuer-ID {german_tax(r)}",
    "resident identity card": chinese,
    "national insurance": nino,
    "ahv": swiss,
    "nric": singaporean,
    "sin": lambda r: f"SIN: {grouped(luhn(r, '5', 9), '333', r.choice([' ', '-']))}",
    "imei": lambda r: f"IMEI: {luhn(r, '86', 15)}",
    "personnummer": lambda r: f"personnummer {swedish(r)}",
}


SHAPED: dict[str, Make] = {
    "e-mail": lambda r: f"{r.choice(['j.doe', 'Anna-Lena', 'o_brien', 'k.t.nguyen', 'x99'])}@{r.choice(['firma.at', 'sub.univ-lyon.fr', 'co-op.org.nz', 'kunden.bank.de'])}",
    "phone": lambda r: r.choice([f"+43 1 5{pick(r, D, 6)}", f"+61 4{pick(r, '0123456', 2)} {pick(r, '23456789', 3)} {pick(r, D, 3)}", f"+1-202-{r.randint(200, 999)}-{pick(r, D, 4)}", f"tel. 030 / 2{pick(r, D, 6)}", f"(503) {r.randint(200, 999)}-{pick(r, D, 4)}"]),
    "ip": lambda r: f"{r.choice([8, 91, 141, 193, 213])}.{r.randint(1, 254)}.{r.randint(1, 254)}.{r.randint(1, 254)}",
    "ipv6": lambda r: "2a02:" + ":".join(pick(r, H, 4).lstrip("0") or "1" for _ in range(7)),
    "bech32": lambda r: r.choice(["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"]),
}  # fmt: skip

# -- credentials -----------------------------------------------------------------------------------------------------------


def jwt(r: random.Random) -> str:
    parts = ({"typ": "JWT", "alg": "RS256", "kid": pick(r, A, 8)}, {"iss": "https://id.example", "exp": r.randrange(10**9)})
    head = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*head, pick(r, A + "-_", 86)])


def pem(r: random.Random, kind: str) -> str:
    return f"-----BEGIN {kind}-----\n" + "\n".join(pick(r, A + "+/", 64) for _ in range(8)) + f"\n-----END {kind}-----"


def strong(r: random.Random) -> str:
    return pick(r, U, 2) + pick(r, L, 4) + r.choice("!#$%&*") + pick(r, D, 3) + r.choice("-_.") + pick(r, L, 2)


CREDENTIALS: dict[str, Make] = {
    "openai project": lambda r: f"sk-proj-{pick(r, A + '_-', 74)}T3BlbkFJ{pick(r, A + '_-', 74)}",
    "openai service account": lambda r: f"sk-svcacct-{pick(r, A + '_-', 120)}",
    "anthropic admin": lambda r: f"sk-ant-admin01-{pick(r, A + '_-', 93)}AA",
    "openrouter": lambda r: f"sk-or-v1-{pick(r, H, 64)}",
    "deepseek": lambda r: f"sk-{pick(r, H, 32)}",
    "elevenlabs": lambda r: f"sk_{pick(r, H, 48)}",
    "groq": lambda r: f"gsk_{pick(r, A, 52)}",
    "xai": lambda r: f"xai-{pick(r, A, 80)}",
    "perplexity": lambda r: f"pplx-{pick(r, A, 48)}",
    "hugging face": lambda r: f"hf_{pick(r, A, 34)}",
    "replicate": lambda r: f"r8_{pick(r, A, 37)}",
    "mistral, named": lambda r: f"MISTRAL_API_KEY={pick(r, A, 32)}",
    "cohere, named": lambda r: f'co = cohere.Client(api_key="{pick(r, A, 40)}")',
    "together, named": lambda r: f"TOGETHER_API_KEY: {pick(r, H, 64)}",
    "nvidia": lambda r: f"nvapi-{pick(r, A + '-_', 64)}",
    "wandb, named": lambda r: f"WANDB_API_KEY={pick(r, H, 40)}",
    "azure openai, named": lambda r: f"AZURE_OPENAI_API_KEY={pick(r, A, 84)}",
    "aws pair": lambda r: f"[default]\naws_access_key_id = AKIA{pick(r, U + '234567', 16)}\naws_secret_access_key = {pick(r, A + '/+', 40)}",
    "aws session": lambda r: f"AWS_SESSION_TOKEN={pick(r, A + '/+', 300)}",
    "google": lambda r: f"AIzaSy{pick(r, A + '-_', 33)}",
    "google oauth": lambda r: f"ya29.a0{pick(r, A + '-_', 120)}",
    "google client secret": lambda r: f"GOCSPX-{pick(r, A + '-_', 28)}",
    "google service account": lambda r: json.dumps({"type": "service_account", "private_key": pem(r, "PRIVATE KEY")}),
    "azure client secret": lambda r: f"{pick(r, A, 3)}8Q~{pick(r, A + '-_~.', 34)}",
    "azure sas": lambda r: f"https://data.blob.core.windows.net/in?sv=2022-11-02&ss=b&srt=sco&sp=rl&se=2026-01-01T00:00:00Z&sig={pick(r, A, 43)}%3D",
    "digitalocean": lambda r: f"dop_v1_{pick(r, H, 64)}",
    "cloudflare, named": lambda r: f"CF_API_TOKEN={pick(r, A + '-_', 40)}",
    "hetzner, named": lambda r: f"HCLOUD_TOKEN={pick(r, A, 64)}",
    "linode, named": lambda r: f'token = "{pick(r, H, 64)}"  # linode',
    "vercel, named": lambda r: f"VERCEL_TOKEN={pick(r, A, 24)}",
    "netlify": lambda r: f"nfp_{pick(r, A, 40)}",
    "fly": lambda r: f"FlyV1 fm2_{pick(r, A + '+/', 180)}",
    "railway, named": lambda r: f"RAILWAY_TOKEN={uuid(r)}",
    "supabase": lambda r: f"sbp_{pick(r, H, 40)}",
    "planetscale": lambda r: f"pscale_tkn_{pick(r, A + '-_', 43)}",
    "neon": lambda r: f"postgres://owner:npg_{pick(r, A, 16)}@ep-cool-1.eu-central-1.aws.neon.tech/main",
    "databricks": lambda r: f"dapi{pick(r, H, 32)}",
    "snowflake": lambda r: f'snowflake.connector.connect(user="etl", password="{strong(r)}", account="ab12345")',
    "github": lambda r: f"{r.choice(['ghp', 'ghu', 'ghr', 'ghs', 'gho'])}_{pick(r, A, 36)}",
    "github fine-grained": lambda r: f"github_pat_11{pick(r, U + D, 20)}_{pick(r, A, 59)}",
    "gitlab": lambda r: f"glpat-{pick(r, A + '_-', 20)}",
    "gitlab runner": lambda r: f"glrt-{pick(r, A + '_-', 20)}",
    "bitbucket": lambda r: f"ATBB{pick(r, A, 32)}",
    "atlassian": lambda r: f"ATATT3xFfGF0{pick(r, A + '-_', 170)}={pick(r, H.upper(), 8)}",
    "circleci": lambda r: f"CCIPAT_{pick(r, A, 22)}_{pick(r, H, 40)}",
    "doppler": lambda r: f"dp.pt.{pick(r, A, 43)}",
    "pulumi": lambda r: f"pul-{pick(r, H, 40)}",
    "terraform cloud": lambda r: f"{pick(r, A, 14)}.atlasv1.{pick(r, A, 67)}",
    "vault": lambda r: f"hvs.CAES{pick(r, A + '-_', 88)}",
    "1password": lambda r: f"ops_eyJ{pick(r, A, 250)}",
    "docker": lambda r: f"dckr_pat_{pick(r, A + '-_', 27)}",
    "npmrc": lambda r: f"//registry.npmjs.org/:_authToken={uuid(r)}",
    "pypi": lambda r: f"pypi-AgEIcHlwaS5vcmcCJ{pick(r, A + '-_', 150)}",
    "rubygems": lambda r: f"rubygems_{pick(r, H, 48)}",
    "crates": lambda r: f"cio{pick(r, A, 32)}",
    "slack bot": lambda r: f"xoxb-{pick(r, D, 12)}-{pick(r, D, 13)}-{pick(r, A, 24)}",
    "slack app": lambda r: f"xapp-1-A0{pick(r, U + D, 9)}-{pick(r, D, 13)}-{pick(r, H, 64)}",
    "discord webhook": lambda r: f"https://discord.com/api/webhooks/{pick(r, D, 18)}/{pick(r, A + '-_', 68)}",
    "telegram": lambda r: f"{pick(r, '123456789', 10)}:AA{pick(r, A + '-_', 33)}",
    "twilio, named": lambda r: f"TWILIO_AUTH_TOKEN={pick(r, H, 32)}",
    "sendgrid": lambda r: f"SG.{pick(r, A + '-_', 22)}.{pick(r, A + '-_', 43)}",
    "mailchimp": lambda r: f"{pick(r, H, 32)}-us{r.randint(1, 21)}",
    "postmark, named": lambda r: f"POSTMARK_SERVER_TOKEN={uuid(r)}",
    "brevo": lambda r: f"xkeysib-{pick(r, H, 64)}-{pick(r, A, 16)}",
    "resend": lambda r: f"re_{pick(r, A, 8)}_{pick(r, A, 24)}",
    "stripe": lambda r: f"{r.choice(['sk', 'rk'])}_live_51{pick(r, A, 97)}",
    "stripe webhook": lambda r: f"whsec_{pick(r, A, 32)}",
    "square": lambda r: f"EAAA{pick(r, A + '-_', 60)}",
    "razorpay": lambda r: f"rzp_live_{pick(r, A, 14)}",
    "shopify": lambda r: f"shpat_{pick(r, H, 32)}",
    "hubspot": lambda r: f"pat-na1-{uuid(r)}",
    "airtable": lambda r: f"pat{pick(r, A, 14)}.{pick(r, H, 64)}",
    "notion": lambda r: f"ntn_{pick(r, D, 11)}{pick(r, A, 35)}",
    "linear": lambda r: f"lin_api_{pick(r, A, 40)}",
    "figma": lambda r: f"figd_{pick(r, A + '-_', 40)}",
    "asana, named": lambda r: f"ASANA_ACCESS_TOKEN=1/{pick(r, D, 16)}:{pick(r, H, 32)}",
    "datadog, named": lambda r: f"DD_APP_KEY={pick(r, H, 40)}",
    "new relic": lambda r: f"NRAK-{pick(r, U + D, 27)}",
    "grafana": lambda r: f"glsa_{pick(r, A, 32)}_{pick(r, H, 8)}",
    "sentry": lambda r: f"sntryu_{pick(r, H, 64)}",
    "pagerduty, named": lambda r: f"Authorization: Token token={pick(r, A + '-_', 20)}",
    "algolia, named": lambda r: f'algoliasearch("APPID12345", apiKey: "{pick(r, H, 32)}")',
    "mapbox": lambda r: f"sk.eyJ{pick(r, A, 76)}.{pick(r, A + '-_', 22)}",
    "jwt": jwt,
    "ssh key": lambda r: pem(r, r.choice(["OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"])),
    "pgp key": lambda r: pem(r, "PGP PRIVATE KEY BLOCK"),
    "age key": lambda r: f"AGE-SECRET-KEY-1{pick(r, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}",
    "basic header": lambda r: f"Authorization: Basic {base64.b64encode(f'svc:{strong(r)}'.encode()).decode()}",
    "bearer header": lambda r: f"curl -H 'Authorization: Bearer {pick(r, A + '-_', 48)}' https://api.host.test",
    "netrc": lambda r: f"machine git.host.test login bot password {strong(r)}",
    "pgpassword": lambda r: f"PGPASSWORD={strong(r)} psql -h db -U app",
    "mysql flag": lambda r: f"mysql -u root -p{pick(r, A, 6)}7{pick(r, A, 6)} shop",
    "redis url": lambda r: f"redis://:{pick(r, A, 20)}@cache.host.test:6379/0",
    "amqp url": lambda r: f"amqps://worker:{pick(r, A, 16)}@mq.host.test/vhost",
    "jdbc": lambda r: f"jdbc:postgresql://db.host.test/app?user=app&password={pick(r, A, 14)}9",
    "ado.net": lambda r: f"Server=tcp:x.database.windows.net;User ID=app;Password={strong(r)};Encrypt=True;",
    "yaml password": lambda r: f"db:\n  user: app\n  password: {strong(r)}",
    "json password": lambda r: f'{{"user": "app", "password": "{strong(r)}"}}',
    "kubernetes secret": lambda r: f"data:\n  password: {base64.b64encode(pick(r, A, 18).encode()).decode()}",
    "said aloud": lambda r: f"the wifi password is {strong(r)}",
    "credentials in prose": lambda r: f"Log in with user admin and password {strong(r)}",
    "django secret": lambda r: f"SECRET_KEY = 'django-insecure-{pick(r, A + '!@#$%^&*(-_=+)', 50)}'",
    "otpauth": lambda r: f"otpauth://totp/ACME:ann?secret={pick(r, U + '234567', 32)}&issuer=ACME",
    "session cookie": lambda r: f"Cookie: sessionid={pick(r, L + D, 32)}",
}  # fmt: skip

FRAMES = (
    "Here is what the ticket says: {}",
    "How do I connect? Use\n\n    {}\n\nand restart.",
    "{}",
    "In the logs of Monday I found {} twice.",
    "- first entry\n- {}\n- last entry",
    'The customer wrote: "{}" and then hung up.',
)

# -- clean questions and answers ---------------------------------------------------------------------------------------------

_PARTS = "clutch|oil filter|inverter|gearbox|spindle|condenser|router|heat pump|conveyor|thermostat|valve|rotor|turbine".split(
    "|"
)
_DRUGS = "ibuprofen|amoxicillin|metformin|warfarin|atorvastatin|lisinopril|insulin glargine|paracetamol|omeprazole".split("|")
_STATUTES = "Data Protection Act|Sale of Goods Act|Civil Code|Employment Rights Act|Companies Act|Housing Act|Patents Act".split(
    "|"
)
_FUNCTIONS = "parse_header|load_config|get_token|reset_password|make_key|hash_secret|find_user|send_mail|read_bytes".split("|")
_PLACES = "Lyon|Osaka|Quito|Tampere|Perth|Leipzig|Oaxaca|Bergen|Windhoek|Porto|Tucson|Plovdiv".split("|")


def _technical(r: random.Random) -> tuple[str, str]:
    part, n = r.choice(_PARTS), r.randint
    return r.choice([
        (f"What is the part number of the {part}?", f"The {part} is part {n(100, 999)}-{n(1000, 9999)}-{n(10, 99)} in the catalogue of {n(1990, 2024)}."),
        (f"Which torque does the {part} need?", f"Tighten it to {n(10, 180)} Nm ({n(8, 130)} lb-ft), in {n(2, 4)} steps, with M{n(5, 16)}x{n(20, 90)} bolts."),
        (f"Which firmware runs on the {part}?", f"Version {n(1, 9)}.{n(0, 30)}.{n(0, 20)}.{n(100, 9999)}, released {n(2015, 2025)}-{n(1, 12):02}-{n(1, 28):02}."),
        (f"What does error code E{n(100, 999)} of the {part} mean?", f"The supply fell below {n(10, 40)}.{n(0, 9)} V for {n(20, 900)} ms; see section {n(1, 9)}.{n(1, 20)}.{n(1, 9)}."),
        (f"How is the {part} addressed on the bus?", f"Its address is 0x{n(16, 250):02X}, at {n(1, 12)}00 kbit/s; registers {n(40001, 40099)} to {n(40100, 40199)} hold its state."),
        (f"What is the serial number format of the {part}?", f"Two letters, the year and five digits, for example {r.choice(U)}{r.choice(U)}{n(10, 25)}{n(10000, 99999)}."),
        (f"Which address does the {part} have after a reset?", f"It answers on 192.168.{n(0, 254)}.{n(2, 254)}, port {n(1024, 9999)}; the mask is 255.255.255.0."),
    ])  # fmt: skip


def _medical(r: random.Random) -> tuple[str, str]:
    drug, n = r.choice(_DRUGS), r.randint
    return r.choice([
        (f"What is the half-life of {drug}?", f"About {n(1, 40)} hours in adults with normal kidneys (range {n(1, 9)}.{n(0, 9)} to {n(10, 60)})."),
        (f"How was {drug} studied?", f"In {n(100, 9000)} patients over {n(4, 104)} weeks (hazard ratio 0.{n(60, 99)}, 95 % CI 0.{n(40, 59)} to 1.{n(10, 30)}, p = 0.0{n(1, 49):02})."),
        (f"Which interactions does {drug} have?", "It raises the effect of anticoagulants, so clotting is checked more often."),
        ("What does a blood count show?", f"Haemoglobin {n(11, 17)}.{n(0, 9)} g/dl, leucocytes {n(4, 11)}.{n(0, 9)} x 10^9/l, platelets {n(150, 400)} x 10^9/l."),
        (f"Which ICD code stands for the diagnosis in chapter {n(1, 21)}?", f"{r.choice(U)}{n(10, 99)}.{n(0, 9)}, with the extension {n(100000, 999999)} in the register."),
        ("Who discovered that the vaccine protects?", f"A group in {r.choice(_PLACES)}, in {n(1920, 2015)}, with {n(12, 400)} volunteers."),
    ])  # fmt: skip


def _legal(r: random.Random) -> tuple[str, str]:
    act, n = r.choice(_STATUTES), r.randint
    return r.choice([
        (f"What does section {n(1, 400)} of the {act} {n(1950, 2023)} say?", f"That notice must be given in writing within {n(7, 90)} days; paragraph ({n(1, 9)}) names exceptions."),
        ("How is the case cited?", f"Smith v. Jones, {n(100, 600)} U.S. {n(1, 999)} ({n(1950, 2020)}); docket {n(10, 23)}-{n(1000, 9999)}."),
        (f"When did the {act} enter into force?", f"On {n(1, 28)} March {n(1950, 2020)}, as published in OJ L {n(1, 400)}, p. {n(1, 300)}-{n(301, 400)}."),
        ("Is a password a trade secret?", "Only if reasonable steps keep it secret; courts look at how access was limited."),
        (f"What is the penalty under article {n(1, 99)}?", f"A fine of up to {n(1, 20)},000,000 euros or {n(1, 4)} % of turnover."),
        ("What is a bearer bond?", "A debt instrument that belongs to whoever holds it; no register names the owner."),
    ])  # fmt: skip


def _code(r: random.Random) -> tuple[str, str]:
    name, n = r.choice(_FUNCTIONS), r.randint
    return r.choice([
        (f"What does {name}() return?", f"A dict; `{name}(user_id={n(1, 99)}, timeout={n(5, 90)})` raises KeyError where the key is missing."),
        ("How do I read the password from the environment?", 'Use `password = os.environ["DB_PASSWORD"]`, never a literal in the source.'),
        ("How is the token passed?", "As a header: `Authorization: Bearer $TOKEN`; replace `$TOKEN` by your own."),
        (f"Which commit introduced {name}?", f"Commit {pick(r, H, 40)} of {n(2012, 2024)}-{n(1, 12):02}-{n(1, 28):02}, see #{n(10, 9999)}."),
        ("What is the digest of the archive?", f"sha256:{pick(r, H, 64)}, {n(1, 900)} MB."),
        (f"How do I call {name} in a loop?", f"for (int i = 0; i < {n(2, 99)}; i++) {{ {name}(items[i].key, NULL); }}"),
        ("How is the key of the cache built?", 'key = f"{namespace}:{user.id}:{version}"; the value is JSON.'),
        ("Which settings does the example use?", f"max_tokens: {n(64, 4096)}\nseed: {n(1, 99999)}\ntoken_limit: {n(100, 9000)}\nsecret_name: prod-db-credentials"),
        ("Which image is deployed?", f"registry.internal/app/{name}@sha256:{pick(r, H, 64)}, build {n(1000, 99999)}."),
        ("What is the request id in the log?", f"{uuid(r)}, at {n(0, 23):02}:{n(0, 59):02}:{n(0, 59):02}.{n(100, 999)}Z."),
    ])  # fmt: skip


def _numeric(r: random.Random) -> tuple[str, str]:
    place, n = r.choice(_PLACES), r.randint
    return r.choice([
        (f"How many people live in {place}?", f"{n(100, 999)},{n(100, 999)} in {n(1990, 2024)}, after {n(100, 999)},{n(100, 999)} ten years before."),
        (f"Where does {place} lie?", f"At {n(0, 80)}.{n(1000, 9999)} N, {n(0, 170)}.{n(1000, 9999)} E, {n(1, 2500)} m above the sea."),
        ("What is the sum?", f"{n(1000, 9999)} + {n(1000, 9999)} = {n(2000, 19999)}; divided by {n(3, 97)} that is {n(10, 99)}.{n(10000, 99999)}."),
        ("Which order is late?", f"Order {n(10_000_000, 99_999_999)} of invoice {n(2019, 2025)}-{n(10000, 99999)}; tracking number 1Z{pick(r, U + D, 6)}{n(10**9, 10**10 - 1)}."),
        ("Which ISBN has the book?", f"ISBN 978-{n(0, 9)}-{n(100, 999)}-{n(10000, 99999)}-{n(0, 9)}, {n(90, 900)} pages."),
        ("What did the sensor read?", f"{n(10, 99)}.{n(100, 999)}; {n(10, 99)}.{n(100, 999)}; {n(10, 99)}.{n(100, 999)} at {n(1_600_000_000, 1_750_000_000)}."),
        (f"When does the train to {place} leave?", f"At {n(5, 23)}:{n(10, 59)} from platform {n(1, 12)}, train {n(100, 9999)}, coach {n(1, 14)}, seats {n(11, 99)}-{n(100, 118)}."),
        ("What are the digits?", f"{n(1000, 9999)} {n(1000, 9999)} {n(100, 999)} are three numbers."),
    ])  # fmt: skip


KINDS = {"technical": _technical, "medical": _medical, "legal": _legal, "code": _code, "numeric": _numeric}


def clean_pairs(each: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """Kind, question, answer."""
    r = random.Random(seed)
    for kind, make in KINDS.items():
        for _ in range(each):
            yield (kind, *make(r))
