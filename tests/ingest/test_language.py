from __future__ import annotations

import pytest

from ingest.language import language_of

ENGLISH = "The company today announced that its new plant will open in the spring of next year."
CHINESE = "重庆市人民政府今天宣布了建设世界级产业集群的新计划。"


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en-US", ENGLISH, "en"),
        ("pt_BR", "A empresa anunciou hoje uma nova fábrica.", "pt"),
        ("zh-Hans", CHINESE, "zh"),
        ("en", CHINESE, "zh"),
        ("zh", ENGLISH, "en"),
        (None, ENGLISH, "en"),
        (None, CHINESE, "zh"),
        (None, "近日，示例市发布铸造业发展规划，提出五年内建成三座新厂。", "zh"),
        (None, "記者17日從示例市獲悉，當地第三座鑄造廠當天開工。", "zh"),
        (None, "東京製鉄株式会社は新しい工場を開設します。", "ja"),
        (None, "삼성전자 2026년 3분기 실적 발표", "ko"),
        (None, "Η εταιρεία ανακοίνωσε σήμερα νέο εργοστάσιο", "el"),
        (None, "Das Unternehmen hat heute angekündigt, ein neues Werk zu eröffnen.", "de"),
        ("not a tag", ENGLISH, "en"),
        (None, "", "und"),
        (None, "1 2 3", "und"),
        (None, "Xqzt brrm flnk wvx 7731 zzgh pqr tkm", "und"),
    ],
)
def test_declared_unless_the_script_says_otherwise(declared: str | None, text: str, language: str) -> None:
    assert language_of(declared, text) == language
