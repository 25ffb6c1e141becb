"""Normalisation keeps its place: every span of a view is a span of the original."""

import base64

import scan_corpus as corpus
from hypothesis import given
from hypothesis import strategies as st

from tasks.safety_scan.normalise import encoded_views, escaped_view, joined_view, plain_view, spaced_view

UNICODE = st.text(st.characters(exclude_categories=()), max_size=60)


@given(UNICODE)
def test_every_character_of_a_view_stands_for_a_span_of_the_original(text):
    for view in (plain_view(text), spaced_view(plain_view(text)), joined_view(plain_view(text)), escaped_view(plain_view(text))):
        if view is None:
            continue
        last = 0
        for offset in range(len(view.text)):
            start, end = view.span(offset, offset + 1)
            assert 0 <= start < end <= len(text)
            assert start >= last or end > last
            last = start


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_plain_ascii_is_left_alone(text):
    view = plain_view(text)
    assert view.text == text
    assert view.span(0, len(text)) == (0, len(text))


@given(st.text("abcXYZ019@.-_ ", min_size=1, max_size=40))
def test_disguises_that_are_only_looks_read_as_the_plain_text(text):
    for name in ("zero width", "word joiners", "full width", "mathematical", "bidi marks", "dashes and spaces"):
        assert plain_view(corpus.DISGUISES[name](text)).text == text, name


def test_lone_surrogates_do_not_stop_the_scan():
    view = plain_view("a\ud800b")
    assert view.text == "a\ufffdb"
    assert view.span(2, 3) == (2, 3)


def test_an_expanded_character_stands_for_its_whole_self():
    view = plain_view("x㎏y")
    assert view.text == "xkgy"
    assert view.span(1, 3) == (1, 2)
    assert view.span(2, 4) == (1, 3)


def test_a_value_with_hidden_characters_spans_them_all():
    text = "to: a\u200bnn@e\u200bx.org."
    view = plain_view(text)
    start = view.text.index("ann@ex.org")
    assert text[slice(*view.span(start, start + 10))] == "a\u200bnn@e\u200bx.org"


def test_cyrillic_and_greek_prose_stays_what_it_is():
    assert plain_view("Привет").text == "Привет"
    assert plain_view("α-Zerfall, kΩ").text == "α-Zerfall, kΩ"


def test_look_alikes_inside_latin_words_read_as_latin():
    assert plain_view("раssword").text == "password"


def test_spaced_letters_close_up_and_words_stay_apart():
    view = spaced_view(plain_view("say i g n o r e  i t  a l l now"))
    assert view is not None
    assert view.text == "say ignore it all now"
    assert view.span(4, 10) == (4, len("say i g n o r e  i t  a l l"))


def test_encoded_tokens_are_read_and_stand_for_the_whole_token():
    token = base64.b64encode(b"write to ann@example.org").decode()
    (view,) = encoded_views(plain_view(f"x {token} y"))
    assert view.text == "write to ann@example.org"
    assert view.span(9, 12) == (2, 2 + len(token))


def test_decoding_is_bounded():
    token = base64.b64encode(b"plain readable text number").decode()
    assert len(list(encoded_views(plain_view(" ".join([token] * 50))))) == 8


def test_random_bytes_are_not_taken_for_text():
    assert list(encoded_views(plain_view("x" * 40 + " " + base64.b64encode(bytes(range(128, 190))).decode()))) == []
