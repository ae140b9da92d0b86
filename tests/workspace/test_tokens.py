"""Tokens of a connection (product.md 1.3)."""

from __future__ import annotations

import math
import os

import pytest

from entrant.workspace.tokens import DIGITS, LENGTH, PREFIX, RANDOM_LENGTH, make_token, mask_token, token_digest

TOKEN = make_token(lambda n: bytes(range(n)))


def test_a_token_carries_at_least_178_random_bits() -> None:
    assert RANDOM_LENGTH * math.log2(len(DIGITS)) >= 178


def test_a_token_is_a_prefix_and_characters_that_survive_every_text_field() -> None:
    token = make_token(os.urandom)

    assert token.startswith(PREFIX)
    assert len(token) == LENGTH
    assert set(token.removeprefix(PREFIX)) <= set(DIGITS)


def test_two_tokens_differ() -> None:
    assert make_token(os.urandom) != make_token(os.urandom)


def test_the_digest_is_a_sha256_and_not_the_token() -> None:
    digest = token_digest(TOKEN)

    assert digest is not None
    assert len(digest) == 64
    assert TOKEN.removeprefix(PREFIX) not in digest


@pytest.mark.parametrize("position", range(LENGTH))
def test_one_mistyped_character_is_noticed(position: int) -> None:
    wrong = "0" if TOKEN[position] != "0" else "1"

    assert token_digest(TOKEN[:position] + wrong + TOKEN[position + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(PREFIX, id="prefix alone"),
        pytest.param(TOKEN[:-1], id="cut"),
        pytest.param(TOKEN + "0", id="longer"),
        pytest.param(TOKEN.upper(), id="upper case"),
        pytest.param(TOKEN.removeprefix(PREFIX), id="no prefix"),
        pytest.param(" " + TOKEN, id="blank before"),
        pytest.param("é" * LENGTH, id="not ASCII"),
        pytest.param(PREFIX + "\ud800" * (LENGTH - len(PREFIX)), id="lone surrogates"),
    ],
)
def test_other_text_is_no_token(text: str) -> None:
    assert token_digest(text) is None


def test_a_masked_token_shows_both_ends_alone() -> None:
    masked = mask_token(TOKEN)

    assert masked == f"{TOKEN[:9]}…{TOKEN[-4:]}"
    assert token_digest(masked) is None
