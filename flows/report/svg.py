"""A matplotlib figure as SVG that lives inside the page: real text in the page's font, the page's colours in light and dark, no
ids that clash with another figure's, the same bytes for the same figure.

Colours are drawn as stand-ins (``INK``, ``STUDENT``, ...) and replaced by the style sheet's variables. Texts reach the SVG
escaped: they are written by matplotlib and again by ElementTree, never pasted.

Not covered: rasters, clipping by CSS, animation.
"""

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, RULE, BASE, STUDENT, REFUSED = (f"#0a000{number}" for number in range(1, 7))
_VARIABLES = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    BASE: "var(--base)",
    STUDENT: "var(--student)",
    REFUSED: "var(--refused)",
}
_STAND_IN = re.compile("|".join(_VARIABLES))
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"font: (?:(\d+) )?([\d.]+)px [^;]*")
_FONT_FAMILY = re.compile(r"font-family: [^;]*(?:; )?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "text.color": INK,
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.dpi": 72,  # one unit of the SVG is one CSS pixel at its natural width
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "path.simplify": True,
    "text.parse_math": False,
    "text.usetex": False,
}


def plain_label(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _CONTROL.sub("\ufffd", text)


def draw(plot: Callable[["Figure"], None], name: str, label: str, size: tuple[float, float]) -> Markup:
    """The figure that ``plot`` draws, as an ``<svg>`` element.

    Args:
        plot: draws on an empty figure.
        name: unique in the page: prefix of the ids.
        label: what a reader who cannot see the figure is told.
        size: width and height, CSS pixels at natural width.
    """
    import matplotlib
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph that matplotlib's font lacks is drawn by the browser's
        matplotlib.rcdefaults()  # a person's matplotlibrc must not change the page
        style: Any = matplotlib.rcParams
        style.update(STYLE | {"svg.hashsalt": name})
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        plot(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _for_page(buffer.getvalue(), name, label, size)


def _for_page(svg: bytes, name: str, label: str, size: tuple[float, float]) -> Markup:
    root = ElementTree.fromstring(svg)  # noqa: S314 - matplotlib wrote it a moment ago
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in list(element.attrib):
            element.set(key.rpartition("}")[2], _for_attribute(key.rpartition("}")[2], element.attrib.pop(key), name))
    for child in [c for c in root if c.tag == "metadata"]:
        root.remove(child)
    for defs in list(root.iter("defs")):
        for style in [c for c in defs if c.tag == "style"]:
            defs.remove(style)  # it would hold for the whole page
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", plain_label(label))
    root.set("style", f"max-width: {size[0]:g}px")
    root.set("stroke-linejoin", "round")
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - serialised, so escaped


def _for_attribute(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    value = _FONT.sub(lambda found: f"font-size: {found[2]}px" + (f"; font-weight: {found[1]}" if found[1] else ""), value)
    value = _FONT_FAMILY.sub("", value) if key == "style" else value
    return _STAND_IN.sub(lambda found: _VARIABLES[found[0]], value)
