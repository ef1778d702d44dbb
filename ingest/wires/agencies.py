"""What news agencies call themselves in a dateline. Their texts are copied, their pages are not read here."""

from __future__ import annotations

AGENCIES = (
    r"ots(?:\s?/\s?[\w ]{2,20})?",
    *("AP", "AFP", r"dpa(?:-AFX)?", "Reuters", "EFE", "ANSA", "Xinhua", "Kyodo", "Yonhap", "Bernama", "ANTARA"),
    *("PTI", "ANI", "IANS"),
)
