"""A tolerant hand: what input methods, copied text and haste leave out of a query or bring into it."""

from __future__ import annotations

import pytest

from news.query import parse, print_query


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("重庆OR成都", "重庆 OR 成都"),
        ("重庆AND成都", "重庆 AND 成都"),
        ("重庆NOT成都", "重庆 AND NOT 成都"),
        ("重庆AND NOT成都", "重庆 AND NOT 成都"),
        ("重庆OR成都OR北京 电池", "重庆 OR 成都 OR 北京 AND 电池"),
        ("トヨタORホンダ", "トヨタ OR ホンダ"),
        ("한국OR중국", "한국 OR 중국"),
        ("重庆OR chongqing", "重庆 OR chongqing"),
        ("chongqing OR重庆", "chongqing OR 重庆"),
        ("重庆OR@chengdu", "重庆 OR @chengdu"),
        ("重庆OR=成都", '重庆 OR ="成都"'),
        ("重*OR成都", "重* OR 成都"),
        ("重庆OR“成都”", '重庆 OR "成都"'),
        ("(重庆)OR(成都)", "重庆 OR 成都"),
        ("headline:重庆OR成都", "headline:重庆 OR 成都"),
        ("重庆NEAR/5电池", "重庆 NEAR/5 电池"),
        ("重庆ONEAR/5电池", "重庆 ONEAR/5 电池"),
        ("重庆 ＯＲ 成都", "重庆 OR 成都"),
        ("（重庆ＯＲ成都）　ＡＮＤ　电池", "(重庆 OR 成都) AND 电池"),
        ("a ＮＯＴ b", "a AND NOT b"),
        ("重庆　ＮＥＡＲ／５　电池", "重庆 NEAR/5 电池"),
        ("headline：“重庆”", 'headline:"重庆"'),
        # An operator is a word of its own, or stands beside characters that need no space.
        ("FOR重庆", "FOR重庆"),
        ("重庆ORACLE", "重庆ORACLE"),
        ("COVIDOR重庆", "COVIDOR重庆"),
        ("“重庆OR成都”", '"重庆OR成都"'),
        ("=重庆OR成都", '="重庆OR成都"'),
        ("Johnson & Johnson", "Johnson AND Johnson"),
        ("AT&T R&D", "AT&T AND R&D"),
        ("10 % OR ( 5 € )", "10 OR 5"),
    ],
)
def test_what_is_meant_is_read(written: str, meant: str) -> None:
    assert print_query(parse(written)) == meant
    assert parse(meant) == parse(written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("重庆、成都", "column 1: '重庆、成都' is searched for as it stands; write a space for both, OR for either"),
        ("电池 重庆，成都", "column 4: '重庆，成都' is searched for as it stands"),
        ("重庆or成都", "column 1: '重庆or成都' is searched for as it stands"),
        ("Johnson & Johnson", "column 9: & is read as AND"),
        ("up 10 % now", "column 7: % is not searched for"),
    ],
)
def test_what_may_not_be_meant_is_told(written: str, told: str) -> None:
    [hint] = parse(written).hints
    assert hint.startswith(told)


@pytest.mark.parametrize("written", ["重庆，", "、重庆", "A、B", "重庆 OR 成都", "order重庆", "AT&T", "10%"])
def test_what_can_only_be_meant_is_not_remarked_on(written: str) -> None:
    assert parse(written).hints == ()
