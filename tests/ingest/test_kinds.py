from __future__ import annotations

import pytest

from ingest.kinds import kind_of
from news.release import Kind


@pytest.mark.parametrize(
    ("headline", "kind"),
    [
        ("CORRECTION: Acme Reports Results", Kind.CORRECTION),
        ("/C O R R E C T I O N -- Acme Corp/", Kind.CORRECTION),
        ("CORRECTING and REPLACING Acme Reports Results", Kind.CORRECTION),
        ("Acme Reports Results (CORRECTED)", Kind.CORRECTION),
        ("UPDATE -- Acme Reports Results", Kind.UPDATE),
        ("/UPDATE - Acme/", Kind.UPDATE),
        ("ADDING MULTIMEDIA Acme Opens a Plant", Kind.UPDATE),
        ("RETRANSMISSION: Acme Opens a Plant", Kind.RETRANSMISSION),
        ("/R E P E A T -- Acme Opens a Plant/", Kind.RETRANSMISSION),
        ("DISREGARD RELEASE: Acme Corp", Kind.WITHDRAWAL),
        ("/ADVISORY/ Disregard Press Release: Acme Corp", Kind.WITHDRAWAL),
        ("WITHDRAWAL: Acme Opens a Plant", Kind.WITHDRAWAL),
        ("MEDIA ADVISORY: Acme to Open a Plant", Kind.ADVISORY),
        ("Acme Opens a Plant", Kind.RELEASE),
        ("Acme Provides Update on Plant", Kind.RELEASE),
        ("Update on Acme's Plant in Ohio", Kind.RELEASE),
        ("Correction Officers Get a Raise", Kind.RELEASE),
        ("Repeat Customers Like Acme", Kind.RELEASE),
        ("Advisory Board Named at Acme", Kind.RELEASE),
        ("Withdrawal Symptoms Are Eased by Acmezine", Kind.RELEASE),
    ],
)
def test_the_mark_of_the_headline_decides(headline: str, kind: Kind) -> None:
    assert kind_of(headline) is kind


def test_the_set_words_of_a_wire_decide_where_the_headline_is_silent() -> None:
    assert (
        kind_of("Acme", "In the news release, A Jam, issued 13-Jan by Acme over a wire, we are advised ...")
        is Kind.CORRECTION
    )
    assert kind_of("Acme", "Please disregard the press release sent at noon.") is Kind.WITHDRAWAL
