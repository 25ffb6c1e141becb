"""``python -P -m tasks.taxonomy_diff.convert_worker html|pdf|docx SECONDS``: a document on standard input, Markdown on standard
output.

A process of its own because converters read untrusted bytes: memory and processor time are limited before the first byte is
read, and nothing but the text comes back. Called by ``document_text.py`` only.

Not covered: pictures (dropped), footnotes of DOCX beyond what mammoth makes of them, PDF headings (a PDF has none to read).
"""

import io
import re
import resource
import sys
import zipfile
from typing import Any

MEMORY_BYTES = 3 << 30
UNZIPPED_BYTES = 200_000_000
NOT_TEXT = ("script", "style", "template", "noscript", "iframe", "object", "svg", "head", "nav", "form", "img")


def convert_html(content: bytes) -> str:
    """Markdown of an HTML page: headings, paragraphs, lists and tables."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    soup = BeautifulSoup(content, "html.parser")
    for element in soup(NOT_TEXT):
        element.decompose()
    for cell in soup(("td", "th")):
        for piece in cell.find_all(string=lambda found: "|" in found):
            piece.replace_with(piece.replace("|", "\\|"))
    converter = MarkdownConverter(heading_style="ATX", bullets="-", escape_underscores=False, escape_asterisks=False, strip=["a"])
    text = converter.convert_soup(soup)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"


def convert_docx(content: bytes) -> str:
    """Markdown of a Word document, by way of HTML."""
    import mammoth

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNZIPPED_BYTES:
            raise ValueError(f"more than {UNZIPPED_BYTES:,} bytes when unpacked")
    html = mammoth.convert_to_html(io.BytesIO(content), convert_image=mammoth.images.img_element(lambda _: {})).value
    return convert_html(_with_header_cells(html).encode("utf-8"))


def _with_header_cells(html: str) -> str:
    """Word's first table row is its header, which mammoth marks only where Word does."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for table in soup("table"):
        row = table.find("tr")
        if row is not None and table.find("th") is None:
            for cell in row("td"):
                cell.name = "th"
    return str(soup)


def convert_pdf(content: bytes) -> str:
    """The text of a PDF's pages, ruled tables as Markdown tables after the text above them."""
    import pdfplumber

    pages = []
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            pages.append(_page_text(page))
            page.close()  # pdfplumber keeps every page's objects otherwise
    return "\n\n".join(page for page in pages if page).strip() + "\n"


def _page_text(page: Any) -> str:
    parts, top = [], 0.0
    for table in sorted(page.find_tables(), key=lambda table: table.bbox[1]):
        rows = [[re.sub(r"\s+", " ", cell or "").replace("|", "\\|").strip() for cell in row] for row in table.extract()]
        if len(rows) < 2 or len(rows[0]) < 2 or table.bbox[1] < top:
            continue
        parts.append(_text_between(page, top, table.bbox[1]))
        lines = [f"| {' | '.join(row)} |" for row in rows]
        parts.append("\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]]))
        top = table.bbox[3]
    parts.append(_text_between(page, top, float(page.height)))
    return "\n\n".join(part for part in parts if part)


def _text_between(page: Any, top: float, bottom: float) -> str:
    left, upper, right, lower = page.bbox
    top, bottom = max(top, upper), min(bottom, lower)
    return str(page.crop((left, top, right, bottom)).extract_text() or "").strip() if bottom - top > 1 else ""


CONVERTERS = {"html": convert_html, "docx": convert_docx, "pdf": convert_pdf}


def main(kind: str, seconds: int) -> int:
    """Converts standard input; exit code 1 and one line on standard error where that fails."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        text = CONVERTERS[kind](sys.stdin.buffer.read())
    except (Exception, RecursionError) as error:  # any converter's any error is one thing: this document cannot be read
        sys.stderr.write(f"{type(error).__name__}: {error}"[:300])
        return 1
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
