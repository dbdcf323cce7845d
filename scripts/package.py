"""What `scripts/package` does in Python: leaves pins out of a lock, and packs a folder.

    package.py without NAME... < LOCK > LOCK     a lock without these packages
    package.py pack FOLDER ZIP                   our packages and those in the folder, as one zip

A zip has its names in order, one time for all of them and no compiled files, so that the same
content is the same bytes. Of boto3's descriptions of AWS only those of our services are kept.
"""

import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

OURS = ("domain", "projections", "application", "adapters", "conciliar", "handlers")

NOT_FOR_FUNCTIONS = (
    "handlers/cli/",
    "handlers/page/",
    "adapters/demo_bank/",
    "adapters/match_checker/",
)
"""What only a person at a command line uses."""

SERVICES = ("dynamodb", "kms", "s3", "sns", "sqs", "stepfunctions", "sts")
"""Whose descriptions botocore needs; `sts` is how a function's role is asked for."""

DROPPED = re.compile(
    r"(^|/)(__pycache__|tests?|bin|examples)/|\.py[co]$|/(RECORD|INSTALLER|REQUESTED)$"
)
"""Compiled files and tests of libraries; records of an installation that is none."""

TIME = (1980, 1, 1, 0, 0, 0)
ZIP_BYTES_MAX = 50 * 1_000_000
"""What Lambda takes at once; larger ones go over a bucket, and are slow to start."""

UNPACKED_BYTES_MAX = 250 * 1_000_000
"""What Lambda takes at all."""


def without(names: set[str], lock: str) -> str:
    """The lock without the pins of these packages."""
    entries = re.split(r"\n(?=\S)", lock.strip())
    return "\n".join(each for each in entries if each.partition("==")[0] not in names) + "\n"


def pack(folder: Path, target: Path) -> None:
    """Write the zip, and say what it holds. Raises SystemExit where Lambda would not take it."""
    files = dict(sorted([*_libraries(folder), *_ours(Path())]))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    unpacked = sum(path.stat().st_size for path in files.values())
    packed = target.stat().st_size
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {packed / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unpacked, {len(files)} files")  # noqa: T201
    print(f"sha256 {digest}")  # noqa: T201
    if packed > ZIP_BYTES_MAX or unpacked > UNPACKED_BYTES_MAX:
        raise SystemExit("larger than what Lambda takes")


def _libraries(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not DROPPED.search(name) and not _is_of_another_service(name):
            yield name, path


def _is_of_another_service(name: str) -> bool:
    parts = name.split("/")
    if parts[:2] == ["boto3", "data"]:
        return True  # its resources; we use clients
    return parts[:2] == ["botocore", "data"] and len(parts) > 3 and parts[2] not in SERVICES


def _ours(root: Path) -> Iterator[tuple[str, Path]]:
    for layer in OURS:
        for path in (root / layer).rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.suffix != ".pyc" and not name.startswith(NOT_FOR_FUNCTIONS):
                yield name, path


if __name__ == "__main__":
    if sys.argv[1] == "without":
        sys.stdout.write(without(set(sys.argv[2:]), sys.stdin.read()))
    else:
        pack(Path(sys.argv[2]), Path(sys.argv[3]))
