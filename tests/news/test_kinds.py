from __future__ import annotations

import pytest

from news.kinds import kind_of, unmarked
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


@pytest.mark.parametrize(
    ("headline", "kind"),
    [
        ("Korrektur: Acme baut ein Werk", Kind.CORRECTION),
        ("RECTIFICATIF : Acme ouvre une usine", Kind.CORRECTION),
        ("Rättelse: Acme öppnar en fabrik", Kind.CORRECTION),
        ("更正：艾克美工厂投产", Kind.CORRECTION),
        ("（訂正）アクメ、工場を開設", Kind.CORRECTION),
        ("Acme Opens a Plant - Correction", Kind.CORRECTION),
        ("更新：艾克美工厂投产", Kind.UPDATE),
        ("Widerruf: Acme baut ein Werk", Kind.WITHDRAWAL),
        ("Acme Teaches Robots Self-Correction", Kind.RELEASE),
        ("Korrekturlesen mit Acme", Kind.RELEASE),
        ("更新换代的艾克美工厂投产", Kind.RELEASE),
    ],
)
def test_marks_in_other_languages(headline: str, kind: Kind) -> None:
    assert kind_of(headline) is kind


@pytest.mark.parametrize(
    ("headline", "bare"),
    [
        ("CORRECTION: Acme Reports Results", "Acme Reports Results"),
        ("/C O R R E C T I O N -- Acme Reports Results/", "Acme Reports Results"),
        ("CORRECTING and REPLACING Acme Reports Results", "Acme Reports Results"),
        ("CORRECTING and REPLACING: Acme Reports Results", "Acme Reports Results"),
        ("Acme Reports Results (CORRECTED)", "Acme Reports Results"),
        ("ADDING MULTIMEDIA Acme Reports Results", "Acme Reports Results"),
        ("更正：艾克美工厂投产", "艾克美工厂投产"),
        ("DISREGARD RELEASE: Acme", "Acme"),
        ("MEDIA ADVISORY: Acme Opens a Plant", "MEDIA ADVISORY: Acme Opens a Plant"),
        ("Acme Reports Results", "Acme Reports Results"),
        ("CORRECTION:", "CORRECTION:"),
    ],
)
def test_the_headline_behind_its_mark(headline: str, bare: str) -> None:
    assert unmarked(headline) == bare
