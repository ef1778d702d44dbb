"""The words by which parts of a release begin and end, in the languages of the wires.

Each is held against a heading or the first words of a paragraph, never against prose: `ingest.zones` says which.
"""

from __future__ import annotations

import re

from news.patterns import any_of

SOURCE = re.compile(
    r"(?:(?:SOURCE|FUENTE|FONTE|QUELLE|KÄLLA|KILDE|LÄHDE|BRON|ŹRÓDŁO)\s*[:：]?\s+"
    r"|(?:Source|Fuente|Fonte|Quelle|Källa|Kilde|Lähde|Bron|Źródło|Original-Content von)\s*[:：]\s+"
    r"|(?:消息|稿件|新闻|新聞|文章|资料|資料|信息)?[来來]源\s*(?:[:：]|\s)\s*|(?:情報提供元|出典|배포처|출처|자료제공)\s*[:：]\s*)"
    r"(?P<issuer>\S.*)",
    re.DOTALL,
)
RELATED = re.compile(
    r"(?:related (?:links|documents|stories)|also from this source|more (?:by|from) this source|modal title)\s*:?",
    re.IGNORECASE,
)
# Lines that a wire adds to its copy, and that carry no news: where the original stands, credits of pictures.
WIRE_LINE = any_of(
    r"(?:\w+\s+)?(?:to )?view (?:the |this )?(?:original|source)"
    r" (?:version|content|press release|release|multimedia).{0,300}",
    r"(?:photo|logo|image|video|infographic|pdf|multimedia|picture|foto|bild|vidéo|audio|attachment)s?"
    r"\s*(?:[-–—:]|is available at|available at:?)\s*https?://\S+(?:\s+https?://\S+)*",
    r"\((?:photo|logo|image|video)s?\s*[-–—:]\s*https?://\S+\s*\)",
    r"a photo accompanying this announcement is available at.{0,300}|click to tweet|tweet this",
    r"(?:#\s*){3}|-\s*30\s*-|[-–—]*\s*(?:end|ends|fin|ende)\s*[-–—]+|[-–—]+\s*(?:end|ends|fin|ende)",
    r"(?:industry )?keywords?:.{0,300}|copyright (?:business )?\w+ \d{4}\.?|pub: .{0,40}/disc: .{0,40}",
)

ABOUT = any_of(
    # Of names and of the speaker, not of numbers: `About 60% of those asked` tells something.
    r"A(?:bout|BOUT)\s+(?![\d%])(?=(?:[Tt]he|THE|[Uu]s|[Oo]ur)\b|[^\W\d_a-z]|[a-z]+[A-Z])[^\n]{1,100}",
    r"(?:Ü(?:ber|BER)|Ueber|A(?:cerca|CERCA) (?:de|DE|del|DEL)|S(?:obre|OBRE)|Informazioni (?:su|sul"
    r"|sulla)|Over|Om|Tietoja"
    r"|O firmie|O spółce|Acerca del)\s+(?:(?:die|das|den|der|el|la|los|las|a|o|de|het|il|lo)\s+)?(?![\d%])[^\Wa-z]"
    r"[^\n]{1,100}",
    r"[ÀA] (?:propos|PROPOS)(?: (?:de|du|des|DE|DU|DES)(?: la| LA)?\s+| d[’'])"
    r"(?:société\s+|groupe\s+|entreprise\s+)?[^\Wa-z][^\n]{1,100}|[ÀA] propos",
    r"(?:Über uns|Chi siamo|Qui(?:é|e)nes somos|Sobre nosotros|Quem somos|Qui sommes-nous|Über das Unternehmen"
    r"|Unternehmens(?:profil|information|beschreibung|porträt)|Firmenprofil|Kurzprofil"
    r"|(?:Company|Corporate) (?:[Pp]rofile|[Bb]ackground)"
    r"|Profil d[eu] .{1,60})(?:\s+[^\n]{1,60})?",
    r"[关關][于於][^。，,；;！!？?]{1,40}",
    r"(?:公司|企业|企業|机构|機構|会社|會社)(?:简介|簡介|介绍|介紹|概要|情報|案内|背景)[^。，]{0,20}|회사\s?(?:소개|개요)",
    # In Japanese and Korean any subject may be spoken `about`: these are of companies.
    r"(?:[^。、]{0,30}(?:株式会社|グループ|会社|[A-Za-zＡ-Ｚ.])|(?:株式|合同|有限)会社[^。、]{1,30}|当社)(?:について|の概要)",
    r"(?:[^.,]{0,30}(?:주식회사|㈜|그룹|[A-Za-z.]))\s?(?:소개|에 대하여|에 대해)",
    flags=re.DOTALL,
)
FORWARD = any_of(
    r".{0,60}\bforward[- ‑]?looking (?:statements?|information)\b",
    r".{0,60}\b(?:safe harbou?r|cautionary (?:notes?|statements?|language)"
    r"|private securities litigation reform act)\b",
    r".{0,60}\b(?:zukunfts(?:gerichtete|bezogene) aussagen|(?:énoncés|déclarations|informations) prospecti(?:f|ve)s"
    r"|énoncés de nature prospective|declaraciones (?:prospectivas|a futuro)|declarações prospectivas"
    r"|dichiarazioni (?:previsionali|prospettiche)|toekomstgerichte verklaringen|framåtblickande uttalanden"
    r"|framtidsinriktad information|fremadrettede udsagn|fremtidsrettede (?:uttalelser|utsagn))\b",
    r".{0,30}(?:前瞻性(?:陈述|陳述|声明|聲明|信息|資訊)|将来(?:の)?見通し|将来予測|(?:免责|免責)(?:声明|聲明|事項)|미래\s?예측)",
)
FORWARD_SENTENCE = any_of(
    r"(?:this|the|certain|some|all|except for|statements?|any)\b.{0,200}\bforward[- ‑]?looking\b",
    r"(?:diese|die|bestimmte|einige)\b.{0,160}\bzukunfts(?:gerichtete|bezogene)",
    r"(?:ce|le présent|certain(?:e?s)|les)\b.{0,160}\b(?:énoncés|déclarations|informations) prospecti",
    r"(?:este|el presente|ciertas|algumas|esta)\b.{0,160}\b(?:declaraciones|declarações) (?:prospectivas|a futuro)",
    r"(?:本|此|该|該)?(?:新闻稿|新聞稿|公告|文件|声明|通讯).{0,60}前瞻性",
)
LEGAL = any_of(
    r"\b(?:disclaimer|no offer|solicitation|additional information|where to find|trademarks?|non-gaap"
    r"|disclosures?)\b",
    r"\b(?:important (?:safety )?information|legal notice|important notice|notice to|notes? to editors"
    r"|risk factors)\b",
    r"\b(?:use of|indications?|advisory|references)\b",
)
_WHO = (
    r"(?:media|press|news|investors?|ir|pr|public|company|corporate|analysts?|editorial|sales|general"
    r"|shareholders?|business"
    r"|stockholders?|agency|customer|us|u\.s\.|uk|global|international|european|financial|institutional|journalist)"
)
CONTACT = any_of(
    rf"(?:for )?(?:more |further |additional )?(?:the )?(?:{_WHO}(?:\s*(?:and|&|/|or|,)\s*{_WHO})*\s*)?"
    rf"(?:relations|affairs|office|information)?\s*(?:{_WHO}\s*)?(?:contacts?(?: information| details| person| us)?"
    r"|inquir(?:y|ies)|enquir(?:y|ies)|queries|relations)\b(?!\s+(?:with|between|lens|center|centre|tracing)).{0,60}",
    r"(?:presse)?kontakte?\b.{0,60}|contactos?(?: de prensa| para medios)?\b.{0,60}|contatti\b.{0,60}"
    r"|contatos?\b.{0,60}"
    r"|(?:presse)?ansprechpartner\b.{0,60}|contacts? presse\b.{0,60}",
    r"for (?:further|more|additional) information|(?:pour )?renseignements",
    r"pour (?:de )?plus (?:d[’']|de )informations?",
    r"(?:media|medien|presse|pers|press|investoren)-?\s?(?:kontakt(?:e|er|personer?)?|stelle|anfragen"
    r"|dienst|rückfragen)\b.{0,60}",
    r"(?:kontakt(?:person(?:er|en)?)?|perscontact|contactpersoon|yhteystiedot|lisätietoja|lisätiedot)\b.{0,60}",
    r"(?:für )?(?:weitere |nähere )?(?:rückfragen|informationen|auskünfte)\b.{0,40}|kontakt (?:dla mediów"
    r"|prasowy)\b.{0,40}",
    r"(?:för|for|til) (?:mer|mere|ytterligare|yderligere|ytterligere)(?: information| informasjon| info)\b.{0,40}"
    r"|voor meer informatie\b.{0,40}|per (?:ulteriori |maggiori )?informazioni\b.{0,40}"
    r"|para (?:más|mayor|mais) informa(?:ción|ções)\b.{0,40}",
    r"(?:ufficio stampa|assessoria de imprensa|sala de prensa|service de presse|relations (?:presse"
    r"|investisseurs|médias))\b.{0,60}",
    r"contact(?:s)? (?:presse|médias|media|investisseurs)\b.{0,60}|contacto (?:para|con|de) .{0,60}",
    r"(?:媒体|媒體|新闻|新聞|投资者|投資者)?(?:关系|關係)?(?:[联聯][系絡络]|垂询|垂詢|查询|查詢|咨询|諮詢|问询)(?:人|方式|我们|我們)?.{0,30}",
    r".{0,24}(?:お)?問い?合わ?せ(?:先|窓口)?.{0,16}|(?:報道関係者?(?:の皆様)?|広報|連絡先).{0,24}",
    r"(?:언론|미디어|홍보|투자자)?\s?(?:문의|연락처|담당자?)(?:처)?.{0,20}",
)
CONTACT_SENTENCE = any_of(
    r"(?:for (?:more|further|additional|media|press|general)\b.{0,80}|to learn more,? "
    r"|(?:media|press) (?:inquiries|enquiries).{0,20})"
    r"\b(?:contact|call|e-?mail|reach)\b"
)
