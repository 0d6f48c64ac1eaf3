"""A zip of which only the content decides the bytes."""

from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from infra.package.errors import PackagingError

# Lambda's own limits, in bytes: of a package that was uploaded by way of S3, as ours is, only
# what it comes to counts; the other is of one that is sent right to Lambda.
MOST_UNPACKED = 250 * 1024 * 1024
MOST_SENT = 50 * 1024 * 1024

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can tell
_UNUSED = (
    "*.pyi",
    "*.dist-info/[!M]*",  # all but METADATA, which tells the version
    ".lock",
    "bin/*",
    "yaml/_yaml.*.so",  # 2.7 MB; the configuration is read by PyYAML's own Python
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*",
    "annotated_types/test_cases.py",
)


@dataclass(frozen=True, slots=True)
class Archive:
    """`size` and `unpacked` in bytes."""

    size: int
    unpacked: int
    sha256: str


def pack(stage: Path, file: Path) -> Archive:
    """Everything below `stage`, in the order of names, without owners, times and modes."""
    unpacked = 0
    with ZipFile(file, "w") as archive:
        for path in sorted(stage.rglob("*")):
            name = path.relative_to(stage).as_posix()
            if path.is_dir() or any(fnmatch(name, unused) for unused in _UNUSED):
                continue
            entry = ZipInfo(name, _EPOCH)
            entry.external_attr = 0o100644 << 16
            content = path.read_bytes()
            archive.writestr(entry, content, ZIP_DEFLATED, compresslevel=9)
            unpacked += len(content)
    packed = file.read_bytes()
    return Archive(len(packed), unpacked, sha256(packed).hexdigest())


def check_fits(archive: Archive) -> None:
    """PackagingError when Lambda would not take it."""
    if archive.unpacked > MOST_UNPACKED:
        told = f"{archive.unpacked / 1e6:.0f} MB unpacked, Lambda takes {MOST_UNPACKED / 1e6:.0f}"
        remedy = "leave out --boto3, or start the machines of one cloud with another deployment"
        raise PackagingError(f"functions.zip is too large: {told}: {remedy}")
