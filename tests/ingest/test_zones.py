"""Body, boilerplate and contact apart, in releases laid out in many ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clipping import Block, Shape
from ingest.zones import cut_tail, joined, split_zones

NEWS = "Halden Instruments today opened a plant in Dayton that will make probes for wells of every depth."
MORE = "The plant cost nine million dollars, and it employs forty people from the town and around it."


def para(text: str, run_in: str = "") -> Block:
    return Block(text=text, run_in=run_in)


def bold(text: str) -> Block:
    return Block(text=text, shape=Shape.HEADING, run_in=text)


def table(text: str) -> Block:
    return Block(text=text, shape=Shape.TABLE)


@pytest.mark.parametrize(
    "opening",
    [
        [bold("About Halden Instruments"), para("Halden makes probes.")],
        [para("About Halden Instruments"), para("Halden makes probes.")],
        [para("About Halden Instruments, Inc."), para("Halden makes probes.")],
        [para("ABOUT HALDEN INSTRUMENTS"), para("Halden makes probes.")],
        [para("About iHalden: iHalden makes probes.")],
        [para("About the Halden Foundation\nThe foundation gives.", "About the Halden Foundation")],
        [para("About Us: We make probes.", "About Us:")],
        [bold("Über Halden"), para("Halden baut Sonden.")],
        [bold("À propos d'Halden"), para("Halden fait des sondes.")],
        [bold("关于Halden"), para("Halden 制造探头。")],
        [bold("Forward-Looking Statements"), para("Results may differ.")],
        [bold("Cautionary Note Regarding Forward-Looking Statements"), para("Results may differ.")],
        [bold("Safe Harbor"), para("Results may differ.")],
        [para("This press release contains forward-looking statements. Results may differ.")],
        [para("Certain statements in this release are forward-looking statements that may fail.")],
        [para("Forward-looking statements: results may differ.", "Forward-looking statements:")],
    ],
)
def test_boilerplate_is_known_by_how_it_begins(opening: list[Block]) -> None:
    zones = split_zones([para(NEWS), para(MORE), *opening])
    assert joined(zones.body) == f"{NEWS}\n\n{MORE}"
    assert joined(zones.boilerplate) == joined(opening)
    assert zones.contact == ()


@pytest.mark.parametrize(
    "contact",
    [
        [para("Media Contact:\nJane Doe\njane@halden.example", "Media Contact:")],
        [bold("MEDIA CONTACT"), para("Jane Doe"), para("+1 937 555 0100")],
        [para("Contact: Jane Doe, 937-555-0100")],
        [bold("Investor Relations Contact:"), para("Jane Doe"), bold("Media Contact:"), para("John Roe")],
        [para("For media inquiries:"), para("jane@halden.example")],
        [bold("Contacts"), para("Jane Doe, Halden, jane@halden.example")],
        [bold("Pressekontakt:"), para("Jana Roe")],
        [para("For more information, contact Jane Doe at jane@halden.example.")],
    ],
)
def test_a_contact_is_apart(contact: list[Block]) -> None:
    zones = split_zones([para(NEWS), para(MORE), *contact])
    assert joined(zones.body) == f"{NEWS}\n\n{MORE}"
    assert joined(zones.contact) == joined(contact)


@pytest.mark.parametrize(
    "text",
    [
        "About 60 towns have asked for one.",
        "About 60% of those asked said yes",
        "Contact lenses sell well at the plant, where they are made by hand from sand.",
        "Contact with the ground is what a probe needs.",
        "She was asked about Halden and said nothing of the kind had ever been planned by anybody.",
        "Investors like it.",
    ],
)
def test_news_that_begins_with_such_words_is_body(text: str) -> None:
    zones = split_zones([para(NEWS), para(text), para(MORE)])
    assert joined(zones.body) == f"{NEWS}\n\n{text}\n\n{MORE}"


def test_tables_and_headings_lead_back_to_the_body() -> None:
    blocks = [
        para(NEWS),
        bold("About the Probe"),
        para("The probe is long."),
        bold("Outlook"),
        para(MORE),
        bold("About Halden"),
        para("Halden makes probes."),
        bold("Balance Sheet"),
        table("Cash | $4"),
    ]
    zones = split_zones(blocks)
    assert joined(zones.body) == f"{NEWS}\n\nOutlook\n\n{MORE}\n\nBalance Sheet\n\nCash | $4"
    assert joined(zones.boilerplate) == "About the Probe\n\nThe probe is long.\n\nAbout Halden\n\nHalden makes probes."


def test_a_contact_between_boilerplates_ends_with_prose() -> None:
    disclaimer = "Halden and the drop are trademarks of Halden Instruments, registered in many countries of the world."
    zones = split_zones(
        [para(NEWS), bold("About Halden"), para("H."), bold("Contact:"), para("Jane Doe"), para(disclaimer)]
    )
    assert joined(zones.contact) == "Contact:\n\nJane Doe"
    assert joined(zones.boilerplate) == f"About Halden\n\nH.\n\n{disclaimer}"


def test_a_table_of_names_and_numbers_is_a_contact() -> None:
    names = table("Jane Doe | John Roe\njane@halden.example | +1 937 555 0100")
    assert split_zones([para(NEWS), bold("Contacts"), names]).contact == (bold("Contacts"), names)
    alone = table("Media Contact: | Investors:\njane@halden.example | john@halden.example")
    assert split_zones([para(NEWS), alone]).contact == (alone,)


def test_a_release_is_never_all_boilerplate() -> None:
    zones = split_zones([bold("About Halden"), para("Halden makes probes.")])
    assert joined(zones.body) == "About Halden\n\nHalden makes probes."
    assert zones.boilerplate == ()


def test_the_closing_line_ends_the_release_and_names_the_issuer() -> None:
    blocks, issuer = cut_tail(
        [para(NEWS), para("SOURCE  Halden Instruments"), bold("Related Links"), para("http://halden.example")]
    )
    assert blocks == (para(NEWS),)
    assert issuer == "Halden Instruments"


def test_a_contact_behind_the_closing_line_is_kept() -> None:
    contact = para("For further information: Jane Doe, 937-555-0100")
    blocks, _ = cut_tail([para(NEWS), para("SOURCE Halden"), contact, bold("Related Links"), para("x")])
    assert blocks == (para(NEWS), contact)


def test_a_source_of_figures_inside_the_text_ends_nothing() -> None:
    long = f"{NEWS} {MORE} " * 2
    blocks, issuer = cut_tail([para(NEWS), para("SOURCE: a survey of 2019"), para(long), para(long)])
    assert len(blocks) == 4
    assert issuer is None


@pytest.mark.parametrize(
    "line",
    [
        "Related Links",
        "RELATED LINKS",
        "Also from this source",
        "View original content to download multimedia:https://news.example/x.html",
        "Some View original content:https://news.example/x.html",
        "To view the original version on Some Wire, visit:http://news.example/x.html",
        "View source version on news.example: https://news.example/x",
        "Photo - https://media.example/1.jpg",
        "Logo - http://media.example/LOGO",
        "(Photo: http://media.example/1 )",
        "###",
        "# # #",
        "- END -",
    ],
)
def test_lines_of_the_wire_are_no_part_of_the_release(line: str) -> None:
    assert cut_tail([para(NEWS), para(line)])[0] == (para(NEWS),)


@given(st.lists(st.builds(Block, text=st.text(min_size=1, max_size=60), shape=st.sampled_from(Shape)), max_size=12))
def test_every_block_is_in_one_zone(blocks: list[Block]) -> None:
    zones = split_zones(blocks)
    assert sorted(map(id, (*zones.body, *zones.boilerplate, *zones.contact))) == sorted(map(id, blocks))


@pytest.mark.parametrize(
    "heading",
    [
        *("Über die Halden AG", "Über uns", "ÜBER HALDEN", "Unternehmensprofil", "Firmenprofil Halden"),
        *("À propos de la société Halden", "À propos du Groupe Halden", "À PROPOS DE HALDEN", "Qui sommes-nous"),
        *("Acerca de Halden", "Sobre a Halden", "Sobre Halden", "Sobre nosotros", "Quiénes somos"),
        *(
            "Informazioni su Halden",
            "Chi siamo",
            "Over Halden",
            "Over de Halden Groep",
            "Om Halden",
            "Tietoja Haldenista",
        ),
        *("关于哈尔登", "關於哈爾登", "公司简介", "企業簡介", "株式会社ハルデンについて", "Haldenについて", "会社概要"),
        *("Halden 소개", "회사 소개", "Company Profile", "Corporate background"),
        *("Zukunftsgerichtete Aussagen", "Déclarations prospectives", "Informations prospectives"),
        *("Declaraciones prospectivas", "Declarações prospectivas", "Dichiarazioni previsionali"),
        *("前瞻性陈述", "前瞻性聲明", "免责声明", "将来見通しに関する注意事項", "미래 예측 진술"),
        *("Toekomstgerichte verklaringen", "Framåtblickande uttalanden", "Fremadrettede udsagn"),
    ],
)
def test_boilerplate_begins_in_many_languages(heading: str) -> None:
    zones = split_zones([para(NEWS), para(MORE), bold(heading), para("Halden AG.")])
    assert joined(zones.boilerplate) == f"{heading}\n\nHalden AG."
    assert joined(zones.body) == f"{NEWS}\n\n{MORE}"


@pytest.mark.parametrize(
    "heading",
    [
        *("Pressekontakt", "Medienkontakt:", "Pressestelle", "Ansprechpartner", "Für Rückfragen", "Rückfragen"),
        *("Contact presse", "Contacts investisseurs", "Relations presse", "Service de presse", "Contact médias"),
        *("Contacto de prensa", "Contactos para medios", "Contacto para la prensa", "Para más información"),
        *("Ufficio stampa", "Contatti", "Per ulteriori informazioni", "Assessoria de Imprensa", "Contato"),
        *("Perscontact", "Voor meer informatie", "Presskontakt", "För mer information", "Kontaktpersoner"),
        *("Pressekontakt", "For mere information", "Lisätietoja", "Yhteystiedot", "Kontakt dla mediów"),
        *("媒体联系", "媒體聯絡", "媒体联系人", "投资者关系联系", "媒体垂询", "联系我们", "新闻联系人"),
        *("本件に関するお問い合わせ先", "お問い合わせ", "報道関係者の皆様", "문의", "언론 문의", "연락처"),
    ],
)
def test_a_contact_begins_in_many_languages(heading: str) -> None:
    zones = split_zones([para(NEWS), para(MORE), bold(heading), para("Jane Doe\njane@halden.example")])
    assert joined(zones.contact) == f"{heading}\n\nJane Doe\njane@halden.example"
    assert joined(zones.body) == f"{NEWS}\n\n{MORE}"


@pytest.mark.parametrize(
    "prose",
    [
        "About 40 people attended.",
        "Over 60 people attended.",
        "Om 2025 wil Halden een fabriek.",
        "Über 200 Gäste kamen.",
        "Sobre 40 personas asistieron.",
        "关于此事，公司没有评论。",
        "関于40人参加。",
        "今後の展開について",
        "新製品の特長について、社長は述べた。",
        "신제품 소개",
        "Contact lenses sell well.",
        "2015-2019 were good years.",
        "Kontakte knüpfen war das Ziel der Messe in diesem Jahr, sagte die Firma.",
    ],
)
def test_prose_that_begins_alike_is_body(prose: str) -> None:
    zones = split_zones([para(NEWS), para(prose), para(MORE)])
    assert joined(zones.body) == f"{NEWS}\n\n{prose}\n\n{MORE}"


@pytest.mark.parametrize(
    ("line", "issuer"),
    [
        ("SOURCE Halden Instruments", "Halden Instruments"),
        ("SOURCE: Halden Instruments", "Halden Instruments"),
        ("Source: Halden Instruments", "Halden Instruments"),
        ("Source : Halden", "Halden"),
        ("Quelle: Halden AG", "Halden AG"),
        ("Original-Content von: Halden AG, übermittelt durch den Dienst", "Halden AG"),
        ("FUENTE Halden", "Halden"),
        ("消息来源：哈尔登", "哈尔登"),
        ("消息來源 哈爾登", "哈爾登"),
        ("来源：哈尔登", "哈尔登"),
        ("出典：ハルデン株式会社", "ハルデン株式会社"),
        ("출처: 할덴", "할덴"),
    ],
)
def test_the_closing_line_names_the_issuer(line: str, issuer: str) -> None:
    blocks, found = cut_tail([para(NEWS), para(MORE), para(line)])
    assert found == issuer
    assert [block.text for block in blocks] == [NEWS, MORE]


def test_a_word_that_only_begins_like_a_closing_line_closes_nothing() -> None:
    for text in ("Sources said so.", "Source code is open.", "来源可靠", "Quelle surprise!"):
        assert cut_tail([para(NEWS), para(text)])[1] is None
