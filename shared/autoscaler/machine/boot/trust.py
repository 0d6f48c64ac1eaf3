"""The operator's own certificates, beside those that the system trusts."""

from __future__ import annotations

import ssl
from pathlib import Path

from autoscaler.machine.boot.files import write_private

_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu
    "/etc/pki/tls/certs/ca-bundle.crt",  # Amazon Linux, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
)


def trust(folder: Path, certificates: str) -> str:
    """The path of a bundle with both; empty when the operator has none.

    A bundle replaces what a program trusts, so one with the operator's alone would cut it off.
    """
    if not certificates:
        return ""
    own = ssl.get_default_verify_paths().cafile
    system = next((one for one in (own, *_PLACES) if one and Path(one).is_file()), None)
    known = Path(system).read_text("utf-8", "replace") if system else ""
    bundle = folder / "ca.pem"
    write_private(bundle, f"{known.rstrip()}\n{certificates.rstrip()}\n")
    return str(bundle)
