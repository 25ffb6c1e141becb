"""Where a quoted sentence stands, in words: the section, and the document where the section's name says little.

    section "Tickets" of "Tollan City Museum"   ->  "Tickets" of "Tollan City Museum"
    section "Opening hours and tickets"         ->  "Opening hours and tickets"

Not covered: sections of the same name in one document; their questions are refused where they are the same.
"""

import re
from collections.abc import Sequence

LONGEST_NAME = 12
"""Words of a heading that is named."""
LONGEST_TITLE = 7
"""Words. Of a longer title the part before its colon is named."""
_SHORT = 3
"""A heading of fewer words says little without the document's title."""
_NUMBERED = re.compile(r"^(?:(?:Article|Section|Chapter|Part|Step|Clause|§)\s*)?(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.):])\s+(?=\w)")


def name_place(headings: Sequence[str], title: str) -> str:
    """A sentence's place in quotes: its section, and its document where the section's name says little.

    Args:
        headings: The headings above, the nearest last.
        title: The document's title, "" where it has none.
    """
    return name_path(headings[-1:], title)


def name_path(path: Sequence[str], title: str, titled: bool = False) -> str:
    """Sections and list items in quotes, the nearest first, and the document where their names have few words.

    Args:
        path: Headings and list items above, the nearest last; all of them are named.
        titled: Whether the document is always named.
    """
    title = main_part(tidy(title))
    names = [name for name in map(tidy, reversed(path)) if name and name != title]
    short = titled or sum(len(name.split()) for name in names) < _SHORT
    last = [title] if title and (short or not names) and len(title.split()) <= LONGEST_NAME else []
    return " of ".join(f'"{name}"' for name in (*names, *last))


def tidy(heading: str) -> str:
    """A heading without its number and quotation marks, "" where it is too long to be named."""
    name = re.sub(r'["“”«»]', "", _NUMBERED.sub("", heading)).strip(" :.,;")
    return name if len(name.split()) <= LONGEST_NAME else ""


def main_part(title: str) -> str:
    """ "From Nora's Kitchen" of "From Nora's Kitchen: Five Everyday Recipes for Autumn"; a short title as it is."""
    first = re.split(r": | [–—-] ", title)[0]
    return first if len(title.split()) > LONGEST_TITLE and len(first.split()) > 1 else title
