import pytest

from alerts.keys import delivery_key, thread_key

NAMED = {
    "archive_uid": "a-1",
    "rule_uid": "r-1",
    "release_identity": "number:wire:309999999",
    "occasion": "first",
    "channel": "desk",
    "recipient": "desk@example.org",
}


def test_a_key_is_what_it_always_was():
    """Receivers know messages by it: changing how it is made sends every open delivery anew."""
    assert delivery_key(**NAMED) == "4w5kzmnzkchrzcqn6c3rheyyk6fkzdty"
    told = {"archive_uid": "a-1", "story_identity": "number:wire:1", "channel": "desk", "recipient": "d@example.org"}
    assert thread_key(**told) == "k5mu5bbmwzhglx4sejhkflh2qhlqubs7"


@pytest.mark.parametrize("part", list(NAMED))
def test_every_part_counts(part):
    assert delivery_key(**NAMED | {part: NAMED[part] + "x"}) != delivery_key(**NAMED)


def test_letters_do_not_move_from_one_part_to_the_next():
    shifted = NAMED | {"channel": "des", "recipient": "kdesk@example.org"}
    assert delivery_key(**shifted) != delivery_key(**NAMED)


def test_a_key_fits_a_header_and_has_no_dot():
    assert set(delivery_key(**NAMED)) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert len(delivery_key(**NAMED)) == 32
