"""City, region and country out of a dateline's place: `SPRINGFIELD, Ill.`, `SHENZHEN, Guangdong, China`."""

from __future__ import annotations

import re
from typing import NamedTuple

# As the Associated Press Stylebook abbreviates them, by postal code, and in full.
_REGIONS = """
ala|al|alabama alaska|ak ariz|az|arizona ark|ar|arkansas calif|ca|california colo|co|colorado conn|ct|connecticut
del|de|delaware d.c|dc|district_of_columbia fla|fl|florida ga|georgia hawaii|hi idaho|id ill|il|illinois
ind|in|indiana iowa|ia kan|ks|kansas ky|kentucky la|louisiana maine|me md|maryland mass|ma|massachusetts
mich|mi|michigan minn|mn|minnesota miss|ms|mississippi mo|missouri mont|mt|montana neb|ne|nebraska nev|nv|nevada
n.h|nh|new_hampshire n.j|nj|new_jersey n.m|nm|new_mexico n.y|ny|new_york n.c|nc|north_carolina
n.d|nd|north_dakota ohio|oh okla|ok|oklahoma ore|or|oregon pa|pennsylvania p.r|pr|puerto_rico r.i|ri|rhode_island
s.c|sc|south_carolina s.d|sd|south_dakota tenn|tn|tennessee texas|tx|tex utah|ut vt|vermont va|virginia
wash|wa|washington w.va|wv|west_virginia wis|wi|wisconsin wyo|wy|wyoming guam
ab|alberta|alta bc|b.c|british_columbia mb|manitoba|man nb|n.b|new_brunswick nl|newfoundland_and_labrador|newfoundland
ns|n.s|nova_scotia nt|northwest_territories nunavut|nu on|ontario|ont pe|pei|p.e.i|prince_edward_island
qc|quebec|québec|que|qué sk|saskatchewan|sask yukon|yt
nsw|new_south_wales queensland|qld victoria|vic western_australia south_australia tasmania
england scotland wales northern_ireland guangdong sichuan zhejiang jiangsu fujian hainan shandong hubei hunan
bavaria saxony hesse north_rhine-westphalia catalonia ile-de-france île-de-france ontario_canada
bayern sachsen hessen nordrhein-westfalen baden-württemberg niedersachsen catalunya cataluña jalisco nuevo_león
bretagne occitanie nouvelle-aquitaine auvergne-rhône-alpes lombardia lazio maharashtra karnataka gujarat tamil_nadu
nordrhein calif_usa new_delhi gyeonggi-do hokkaido tyrol tirol antioquia flanders
"""
_COUNTRIES = """
afghanistan albania algeria andorra angola antigua_and_barbuda argentina armenia aruba australia austria azerbaijan
bahamas the_bahamas bahrain bangladesh barbados belarus belgium belize benin bermuda bhutan bolivia
bosnia_and_herzegovina botswana brazil brasil british_virgin_islands brunei bulgaria burkina_faso burundi cambodia
cameroon canada cape_verde cayman_islands central_african_republic chad chile china p.r._china pr_china colombia comoros
congo costa_rica croatia cuba curaçao curacao cyprus czech_republic czechia côte_d'ivoire cote_d'ivoire
democratic_republic_of_the_congo denmark deutschland djibouti dominica dominican_republic ecuador egypt el_salvador
equatorial_guinea eritrea españa estonia eswatini ethiopia faroe_islands fiji finland france gabon gambia germany ghana
gibraltar greece greenland grenada guatemala guernsey guinea guyana haiti honduras hong_kong hungary iceland india
indonesia iran iraq ireland isle_of_man israel italia italy ivory_coast jamaica japan jersey jordan kazakhstan kenya
korea kosovo kuwait kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg macao macau
madagascar malawi malaysia maldives mali malta marshall_islands mauritania mauritius mexico méxico micronesia moldova
monaco mongolia montenegro morocco mozambique myanmar namibia nepal netherlands the_netherlands new_zealand nicaragua
niger nigeria north_korea north_macedonia norway oman pakistan palau palestine panama panamá papua_new_guinea paraguay
peru perú philippines the_philippines poland portugal qatar republic_of_korea romania russia rwanda saint_lucia samoa
san_marino saudi_arabia schweiz senegal serbia seychelles sierra_leone singapore slovakia slovenia solomon_islands
somalia south_africa south_korea south_sudan spain sri_lanka sudan suisse suriname sweden switzerland syria taiwan
tajikistan tanzania thailand timor-leste togo tonga trinidad_and_tobago tunisia turkey türkiye turkiye turkmenistan
u.a.e uae uganda uk u.k ukraine united_arab_emirates united_kingdom united_states united_states_of_america uruguay
deutschland österreich allemagne suisse belgique espagne italie royaume-uni états-unis etats-unis japon chine pays-bas
alemania suiza bélgica francia italia reino_unido estados_unidos ee.uu eua japón brasil países_bajos corea_del_sur
frankreich großbritannien vereinigtes_königreich niederlande belgien italien spanien vereinigte_staaten luxemburg
germania svizzera regno_unito stati_uniti spagna cina giappone alemanha suíça frança espanha estados_unidos_da_américa
nederland belgië duitsland hong_kong_sar hong_kong_sar_china macao_sar mainland_china
u.s u.s.a us usa uzbekistan vatican_city venezuela vietnam viet_nam yemen zambia zimbabwe
"""

_REGION_NAMES = frozenset(name.replace("_", " ") for name in re.split(r"[|\s]+", _REGIONS.strip()))
_COUNTRY_NAMES = frozenset(name.replace("_", " ") for name in _COUNTRIES.split())
_SEVERAL = re.compile(r"\s+(?:and|und|et|y|e|&|\+)\s+|\s*/\s*|\s*;\s*|[、・]|\s+[–—]\s+", re.IGNORECASE)
# Cities that the stylebooks of the agencies let stand without their state or country.
_ALONE = """
atlanta baltimore boston chicago cincinnati cleveland dallas denver detroit honolulu houston indianapolis las_vegas
los_angeles miami milwaukee minneapolis new_orleans new_york new_york_city oklahoma_city philadelphia phoenix pittsburgh
st._louis salt_lake_city san_antonio san_diego san_francisco seattle washington amsterdam athens auckland bangkok
barcelona beijing berlin bogota bogotá brussels brüssel bruxelles budapest buenos_aires cairo cape_town copenhagen
delhi dubai dublin düsseldorf edinburgh frankfurt geneva genève guadalajara guangzhou hamburg helsinki hong_kong
islamabad istanbul jakarta jerusalem johannesburg köln kuala_lumpur kuwait lagos lima lisboa lisbon london londres lyon
luxembourg macau madrid manila melbourne mexico_city miami milan milano montreal montréal moscow mumbai munich münchen
nairobi new_delhi oslo ottawa panama_city paris prague quebec quebec_city rio_de_janeiro riyadh rome roma rotterdam
santiago seoul shanghai shenzhen singapore stockholm stuttgart sydney são_paulo taipei tel_aviv tokyo toronto
vancouver vienna warsaw wien zurich zürich
"""
_ALONE_NAMES = frozenset(name.replace("_", " ").upper() for name in _ALONE.split())
_CITY_STATES = frozenset(re.split(r"\|", "singapore|hong kong|hong kong sar|macau|macao|monaco|luxembourg|gibraltar"))
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CJK_COUNTRIES = (
    "中国|中國|美国|美國|英国|英國|法国|法國|德国|德國|日本|韩国|韓國|韓国|印度|澳大利亚|澳洲|加拿大|意大利|瑞士|荷兰|荷蘭|西班牙|以色列"
    "|俄罗斯|俄羅斯|巴西|泰国|泰國|越南|马来西亚|馬來西亞|印度尼西亚|印尼|阿联酋|沙特阿拉伯|瑞典|丹麦|挪威|芬兰|爱尔兰|比利时|奥地利|米国|ドイツ|フランス|スイス"
)
# 中国广东省深圳, 加利福尼亚州圣何塞, 日本東京
_CJK_PARTS = re.compile(rf"(?P<country>{_CJK_COUNTRIES})?(?P<region>.{{2,8}}?(?:省|州|自治区|自治區))?(?P<city>.+)")


class Place(NamedTuple):
    city: str | None
    region: str | None
    country: str | None


def split_place(place: str) -> Place:
    """Take a place apart; of several places (`NEW YORK and LONDON`) the first counts.

    A part that is neither a known region nor a known country is held to be a region.
    """
    if _CJK.search(place):
        return _split_cjk(place)
    city, *rest = [part.strip() for part in _first_place(place).split(",") if part.strip()] or [""]
    if not rest and _plain(city) in _COUNTRY_NAMES and _plain(city) not in _CITY_STATES:
        return Place(None, None, city)
    country = next((part for part in rest if _plain(part) in _COUNTRY_NAMES), None)
    region = next((part for part in rest if part is not country), None)
    return Place(city or None, region, country)


def is_place_part(text: str) -> bool:
    """Whether `text` is a country, state or province by name or usual abbreviation."""
    return _plain(text) in _COUNTRY_NAMES or _plain(text) in _REGION_NAMES


def stands_alone(city: str) -> bool:
    """Whether `city` is written in capitals, as at the head of a text, and known without its country."""
    return city.strip() in _ALONE_NAMES


def _split_cjk(place: str) -> Place:
    """The large comes before the small where no commas part them."""
    first = re.split(r"[、・/和与與]|\s及\s", place, maxsplit=1)[0]
    parts = [part.strip() for part in re.split(r"[,，\s]+", first) if part.strip()]
    if len(parts) > 1:
        country = next((part for part in parts if re.fullmatch(_CJK_COUNTRIES, part)), None)
        others = [part for part in parts if part != country] or [parts[0]]
        return Place(others[0], others[1] if len(others) > 1 else None, country)
    match = _CJK_PARTS.fullmatch(parts[0]) if parts else None
    return Place(match["city"], match["region"], match["country"]) if match else Place(first or None, None, None)


def _first_place(place: str) -> str:
    parts = [part.strip() for part in place.split(",")]
    kept: list[str] = []
    for part in parts:
        pieces = [part] if is_place_part(part) else _SEVERAL.split(part, maxsplit=1)
        kept.append(pieces[0])
        if len(pieces) > 1:
            break
    return ", ".join(kept)


def _plain(part: str) -> str:
    return " ".join(part.casefold().split()).rstrip(".")
