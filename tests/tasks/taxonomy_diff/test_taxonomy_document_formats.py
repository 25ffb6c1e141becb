"""HTML, DOCX and PDF become Markdown with their headings and tables; what is hostile in them does nothing."""

import io
import zipfile

import pytest

from tasks.taxonomy_diff.document_address import RefusedError
from tasks.taxonomy_diff.document_text import convert_document, document_format

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
STYLE_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r2" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
)
STYLES = f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'


def docx(body: str, prolog: str = "") -> bytes:
    """A Word document with this body, and nothing else in it."""
    document = f'<?xml version="1.0"?>{prolog}<w:document {W}><w:body>{body}</w:body></w:document>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("[Content_Types].xml", TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", document)):
            archive.writestr(name, text)
        archive.writestr("word/_rels/document.xml.rels", STYLE_RELATIONS)
        archive.writestr("word/styles.xml", STYLES)
    return packed.getvalue()


def paragraph(text: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def pdf(content: str) -> bytes:
    """A PDF of one page that is drawn by ``content``."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{place:010d} 00000 n \n" for place in places)
    return (out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").encode("latin-1")


def words(x: int, y: int, text: str) -> str:
    return f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n"


def test_html_keeps_headings_lists_and_tables_and_drops_scripts() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body><script>alert(1)</script><nav>Menu</nav>
    <h1>Car</h1><p>It has a <b>V6</b> &amp; <a href="javascript:x()">doors</a>.</p><ul><li>one</li><li>two</li></ul>
    <table><tr><th>Part</th><th>Price</th></tr><tr><td>Door|left</td><td>250</td></tr></table></body></html>"""
    text = convert_document("page.html", page.encode(), 60)
    assert text.startswith("# Car\n\nIt has a **V6** & doors.\n\n- one\n- two\n")
    assert "| Part | Price |\n| --- | --- |\n| Door\\|left | 250 |" in text
    assert "alert" not in text
    assert "Menu" not in text


def test_docx_keeps_headings_and_tables() -> None:
    body = paragraph("Engine", "Heading1") + paragraph("A V6 &amp; more.") + table(("Part", "Price"), ("Door", "250"))
    text = convert_document("manual.docx", docx(body), 60)
    assert text.startswith("# Engine\n\nA V6 & more.\n")
    assert "| Part | Price |\n| --- | --- |\n| Door | 250 |" in text


def test_pdf_keeps_text_and_ruled_tables_in_order() -> None:
    grid = [f"50 {y} m 250 {y} l S\n" for y in (200, 230, 260)] + [f"{x} 200 m {x} 260 l S\n" for x in (50, 150, 250)]
    cells = words(60, 240, "Part") + words(160, 240, "Price") + words(60, 210, "Door") + words(160, 210, "250")
    drawn = words(50, 300, "Prices of parts:") + "".join(grid) + cells + words(50, 150, "All prices in dollars.")
    text = convert_document("prices.pdf", pdf(drawn), 60)
    assert text == "Prices of parts:\n\n| Part | Price |\n| --- | --- |\n| Door | 250 |\n\nAll prices in dollars.\n"


def test_xml_entities_in_docx_are_not_expanded_without_end() -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "xxxxxxxxxx">' + "".join(
        f'<!ENTITY {name} "{("&" + previous + ";") * 10}">' for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(RefusedError, match="cannot be converted"):
        convert_document("bomb.docx", docx(paragraph("&i;"), bomb + "]>"), 60)


def test_external_entity_in_docx_reads_no_file() -> None:
    prolog = '<!DOCTYPE d [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    try:
        text = convert_document("x.docx", docx(paragraph("before &secret; after"), prolog), 60)
    except RefusedError:
        return
    assert "".join(text.split()) == "beforeafter"


def test_docx_that_unpacks_to_gigabytes_is_refused() -> None:
    packed = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros", b"\0" * 210_000_000)
    with pytest.raises(RefusedError, match="when unpacked"):
        convert_document("bomb.docx", packed.getvalue(), 60)


def test_deeply_nested_html_is_a_refusal_not_a_crash() -> None:
    with pytest.raises(RefusedError, match="cannot be converted"):
        convert_document("deep.html", b"<div>" * 100_000 + b"x", 60)


def test_converter_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(RefusedError, match="was not converted within 0 seconds"):
        convert_document("page.html", b"<p>x</p>", 0.01)


def test_format_is_told_by_the_suffix() -> None:
    found = {name: document_format(name) for name in ("a.MD", "b.txt", "c.HTM", "d.pdf", "e.docx", "f.exe", "README")}
    assert list(found.values()) == ["markdown", "text", "html", "pdf", "docx", None, None]
