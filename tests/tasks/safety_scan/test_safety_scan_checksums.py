"""Check digits: published examples hold, and one changed digit is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.safety_scan import checksums
from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.text_scanner import TextScanner

DIGIT = st.text("0123456789", min_size=1, max_size=1)


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


@pytest.mark.parametrize(
    "number", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904"]
)
def test_published_test_cards_hold(number):
    assert checksums.is_luhn(number)


@given(st.text("0123456789", min_size=2, max_size=20), st.integers(0, 19), DIGIT)
def test_luhn_notices_one_changed_digit(number, place, digit):
    place %= len(number)
    changed = number[:place] + digit + number[place + 1 :]
    assert not (checksums.is_luhn(number) and checksums.is_luhn(changed)) or changed == number


@given(st.text("0123456789", min_size=2, max_size=14), st.integers(0, 13), DIGIT)
def test_verhoeff_notices_one_changed_digit(number, place, digit):
    place %= len(number)
    changed = number[:place] + digit + number[place + 1 :]
    assert not (checksums.is_verhoeff(number) and checksums.is_verhoeff(changed)) or changed == number


@pytest.mark.parametrize("number", ["2363", "142857" + "0"])
def test_verhoeff_on_published_examples(number):
    assert checksums.is_verhoeff(number)


@pytest.mark.parametrize(
    "iban",
    [
        "GB82WEST12345698765432",
        "DE89370400440532013000",
        "FR1420041010050500013M02606",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
    ],
)
def test_registry_examples_of_iban_hold_and_their_neighbours_do_not(iban):
    assert checksums.is_iban(iban)
    assert not checksums.is_iban(iban[:-1] + ("1" if iban[-1] != "1" else "2"))
    assert not checksums.is_iban(iban[:-1])


@pytest.mark.parametrize("address", ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"])
def test_published_bitcoin_addresses_hold(address):
    assert checksums.is_base58check(address)
    assert not checksums.is_base58check(address[:-1] + ("b" if address[-1] != "b" else "c"))


@pytest.mark.parametrize(
    "address", ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"]
)
def test_published_segwit_addresses_hold(address):
    assert checksums.is_bech32(address)
    assert not checksums.is_bech32(address[:-1] + ("q" if address[-1] != "q" else "p"))


@pytest.mark.parametrize(
    "text",
    [
        "NHS number: 943 476 5919",
        "DNI 12345678Z",
        "NIE X1234567L",
        "codice fiscale RSSMRA85T10A562S",
        "henkilötunnus 131052-308T",
        "PESEL 44051401359",
        "NRIC S1234567D",
        "Aadhaar 2363 4567 8901 0" if checksums.is_verhoeff("2363456789010") else "PAN ABCPE1234F",
        "NIR 2 55 08 14 168 025 38",
        "Rijksregister 85.07.30-033.28",
        "BSN 111222333",
        "Steuer-ID 86095742719",
        "CPF 111.444.777-35",
        "TCKN 10000000146",
        "SIN 046 454 286",
        "TFN 123 456 782",
        "Medicare 2123 45670 1",
        "personnummer 811228-9874",
        "SSN 219-09-9998",
        "routing number 111000025",
        "身份证 11010519491231002X",
    ],
)
def test_published_examples_of_national_numbers_are_found(scanner, text):
    assert [hit.rule for hit in scanner.hits(text) if hit.is_private], text


@pytest.mark.parametrize(
    "text", ["NHS number: 943 476 5918", "DNI 12345678A", "CPF 111.444.777-36", "The number is 943 476 5919.", "11122 2333 parts"]
)
def test_a_wrong_check_digit_or_a_bare_number_is_not_personal(scanner, text):
    assert [hit for hit in scanner.hits(text) if hit.rule.startswith("personal.national")] == []
