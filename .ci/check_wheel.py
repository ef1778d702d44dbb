"""Whether the wheel holds every file of the packages that git knows."""

import subprocess
import sys
import zipfile

PACKAGES = ("news", "config", "ingest", "storage", "alerts", "wirewatch")


def main(wheel: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *PACKAGES],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = set(listed.stdout.split("\0")) - {""}
    held = set(zipfile.ZipFile(wheel).namelist())
    missing, foreign = expected - held, {name for name in held - expected if ".dist-info/" not in name}
    assert expected, "git lists no file of the packages"
    assert not missing, f"not in the wheel: {sorted(missing)}"
    assert not foreign, f"in the wheel, though not ours: {sorted(foreign)}"
    print(f"wheel: {len(held)} files")


if __name__ == "__main__":
    main(sys.argv[1])
