"""No text is slow to scan because somebody wanted it so: time grows with length, not with its square."""

import time
from collections.abc import Callable

import pytest

from tasks.safety_scan.policy import load_policy
from tasks.safety_scan.text_scanner import TextScanner

HARD = (
    "a", "1", "1 ", "a.", "a@", "sk-", "key=", "://", "a://", "http://", "how ", "%41", "\n", "aA1", "0x", "a\u200b", "a\ufeff",
    "you ", "1.", "eyJ", "eyJ.", "A B ", "x\n", "a@b.co ", "-", "_", "=", "/", "bearer ", "password:", "token=", "?key=", "&#65;",
    "-----BEGIN PRIVATE KEY-----", "xoxb-", "AKIA", "aaaa:APA91b", "?sv=", "DE89 ", "4111 ", "+1 ", "\nuser: x", "### ", "<|",
    "make a bomb ", "kill my ", "ignore all ", "curl -u ", "ab.cd.", "0123456789abcdef", "w w w w w w ", "(c) ", "\U000e0041",
    "а",
)  # fmt: skip
SHORT, LONG = 12_500, 200_000
_TIMES_LINEAR = 4
"""So many times what a linear scan would take is allowed for: caches, a busy machine. A square would be 16 times."""
_NOISE_SECONDS = 0.5


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner(load_policy(None)[0])


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.timeout(120)
@pytest.mark.slow
@pytest.mark.parametrize("piece", HARD)
def test_sixteen_times_the_text_takes_about_sixteen_times_as_long(scanner: TextScanner, piece: str) -> None:
    short, long = ((piece * length)[:length] for length in (SHORT, LONG))
    least = min(cpu_seconds(lambda: scanner.hits(short)) for _ in range(2))
    assert cpu_seconds(lambda: scanner.hits(long)) <= least * LONG / SHORT * _TIMES_LINEAR + _NOISE_SECONDS


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", ["://", "eyJ", "1", "aA1", "a@", "-----BEGIN PRIVATE KEY-----"])
def test_texts_made_for_the_slowest_rules_are_scanned_all_the_same(scanner: TextScanner, piece: str) -> None:
    short, long = ((piece * length)[:length] for length in (4_000, 64_000))
    least = min(cpu_seconds(lambda: scanner.hits(short)) for _ in range(2))
    assert cpu_seconds(lambda: scanner.hits(long)) <= least * 16 * _TIMES_LINEAR + _NOISE_SECONDS


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "rule", ["credential.assigned_secret", "credential.jwt", "credential.npm_token", "credential.private_key"]
)
def test_each_rule_alone_is_linear_on_digits_and_letters(scanner: TextScanner, rule: str) -> None:
    """The prefilter would hide a slow pattern from a text without its literals."""
    patterns = [each.regex for each in scanner.rules if each.id == rule]
    for piece in ("1", "aA1", "eyJ", "0123456789abcdef", "//x/"):
        short, long = ((piece * length)[:length] for length in (2_000, 32_000))
        for pattern in patterns:
            least = min(cpu_seconds(lambda p=pattern, t=short: list(p.finditer(t))) for _ in range(2))
            taken = cpu_seconds(lambda p=pattern, t=long: list(p.finditer(t)))
            assert taken <= least * 16 * _TIMES_LINEAR + _NOISE_SECONDS, pattern.pattern[:60]
