"""Letters of other alphabets that look like Latin ones.

Part of ``safety_scan``: ``normalise`` reads them as Latin inside words that mix alphabets. The choice follows the idea of Unicode
UTS #39 (confusables), cut down to letters that are hard to tell apart in common fonts.

Not covered: letters that only resemble (Greek alpha, which science writes inside Latin words, stays Greek), digits for letters.
"""

_PAIRS = {
    # Cyrillic
    "аА": "aA", "ВЬ": "Bb", "сС": "cC", "ԁ": "d", "еЕ": "eE", "һН": "hH", "іІ": "iI", "ӏӀ": "lI", "јЈ": "jJ", "кК": "kK", "М": "M",  # noqa: E501
    "оО": "oO", "рР": "pP", "ԛԚ": "qQ", "ѕЅ": "sS", "тТ": "tT", "ѵѴ": "vV", "ԝԜ": "wW", "хХ": "xX", "уУ": "yY", "ґ": "r", "п": "n",  # noqa: E501
    "г": "r", "м": "m", "Ү": "Y", "ү": "y",
    # Greek
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ": "ABEZHIKMNOPTYX", "ο": "o", "ν": "v", "ι": "i", "κ": "k", "ϲ": "c", "ϳ": "j",
    # Armenian, Cherokee
    "օ": "o", "ս": "u", "ոց": "ng", "հ": "h", "զ": "q", "ՏՕ": "SO", "ᎪᏴᏟᎬᎻᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃ": "AbCEHJKLMPSTVWZ",
    # Latin letters of phonetic alphabets, small capitals, letters with bars
    "ɑ": "a", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɡɢ": "gg", "ʜ": "h", "ɪıɩ": "iii", "ᴊ": "j", "ᴋ": "k",
    "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z",  # noqa: E501
    "ƅ": "b", "ɗ": "d", "ɘ": "e", "ʋ": "v", "ⱱ": "v", "ꞓ": "c",
}  # fmt: skip

LOOKALIKES: dict[str, str] = {
    letter: latin for letters, latins in _PAIRS.items() for letter, latin in zip(letters, latins, strict=True)
}
"""Letter -> the Latin letter that it looks like."""
