"""`python -m infra.package` builds what is deployed, into build/aws/ or build/gcp/.

functions.zip     the functions and the package (on AWS with their libraries, which Google installs
                  by itself); the same inputs, the same bytes
deployment.json   what the templates ask of the configuration: names and regions, or projects and
                  secrets
guard.json        only on AWS: the machines' guard, in parameters that they read at boot
"""

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from autoscaler.errors import ConfigError
from infra.package import google
from infra.package.archive import MOST_SENT, Archive, check_fits, pack
from infra.package.bytecode import compile_all
from infra.package.errors import PackagingError
from infra.package.guard import guard_resources
from infra.package.libraries import ARCHITECTURES, install
from infra.package.settings import Settings, read
from infra.package.sources import copy_sources

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Its exit code is 1 when nothing was built; the reason is on standard error."""
    wanted = _wanted()
    out = wanted.out or ROOT / "build" / wanted.host
    try:
        archive, compiled = _built(wanted, out)
    except (ConfigError, PackagingError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not compiled:
        sys.stderr.write("without .pyc files, as no Python 3.13 was found: starts take longer\n")
    if archive.size > MOST_SENT:
        sys.stderr.write(f"more than {MOST_SENT / 1e6:.0f} MB: only S3 hands it on to Lambda\n")
    told = f"{archive.size / 1e6:.1f} MB, {archive.unpacked / 1e6:.1f} MB unpacked"
    where = os.path.relpath(out / "functions.zip")
    made_for = f"{wanted.architecture}, " if wanted.host == "aws" else ""
    sys.stdout.write(f"{where}: {told}, {made_for}sha256 {archive.sha256}\n")
    return 0


def _built(wanted: argparse.Namespace, out: Path) -> tuple[Archive, bool]:
    if wanted.host == "gcp":
        return google.build(read(wanted.config, google.misfits), out)
    settings = read(wanted.config)
    return build(settings, out, architecture=wanted.architecture, boto3=wanted.boto3)


def build(
    settings: Settings, out: Path, *, architecture: str, boto3: bool = False
) -> tuple[Archive, bool]:
    """The archive in `out`, and whether it holds compiled files."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        stage = Path(folder) / "package"
        locks = ["aws", *sorted(settings.clouds), *(["boto3"] if boto3 else [])]
        install([ROOT / "requirements" / f"{name}.lock" for name in locks], stage, architecture)
        copy_sources(ROOT, stage)
        (stage / "autoscaler.json").write_text(settings.text, encoding="utf-8")
        compiled = compile_all(stage)
        archive = pack(stage, out / "functions.zip")
    check_fits(archive)
    _write(out / "deployment.json", {**settings.for_templates(), "architecture": architecture})
    _write(out / "guard.json", guard_resources(settings.path))
    return archive, compiled


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")


def _wanted() -> argparse.Namespace:
    given = os.environ.get
    parser = argparse.ArgumentParser(
        prog="python -m infra.package",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", choices=("aws", "gcp"), default="aws", help="aws unless named")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path(given("AUTOSCALER_CONFIG", "autoscaler.yaml")),
        help="the configuration (AUTOSCALER_CONFIG; else autoscaler.yaml)",
    )
    parser.add_argument(
        "--architecture",
        choices=sorted(ARCHITECTURES),
        default=given("AUTOSCALER_ARCHITECTURE", "arm64"),
        help="of the functions on AWS (AUTOSCALER_ARCHITECTURE; else arm64)",
    )
    parser.add_argument(
        "--boto3", action="store_true", help="on AWS: pack the pinned boto3, not the runtime's"
    )
    parser.add_argument("--out", type=Path, help="build/aws, or build/gcp")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
