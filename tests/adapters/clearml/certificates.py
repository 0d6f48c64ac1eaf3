"""An authority of our own, and a certificate for 127.0.0.1 that it signed."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
_LEAF = "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nkeyUsage=digitalSignature\n"


class Authority:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ca.pem"
        usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        self._openssl(
            "req", "-x509", *_KEY, *usage, "-subj=/CN=CA", "-keyout=ca.key", "-out=ca.pem"
        )
        (folder / "leaf.cnf").write_text(_LEAF)
        self._openssl("req", *_KEY, "-subj=/CN=server", "-keyout=leaf.key", "-out=leaf.csr")
        signer = ["-CA=ca.pem", "-CAkey=ca.key", "-CAcreateserial", "-extfile=leaf.cnf"]
        self._openssl("x509", "-req", "-in=leaf.csr", *signer, "-out=leaf.pem")

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "leaf.pem", self.folder / "leaf.key")
        return context

    def _openssl(self, *arguments: str) -> None:
        program = shutil.which("openssl")
        if program is None:
            pytest.skip("openssl is not installed: no certificates to test with")
        split = [part for argument in arguments for part in _option_and_value(argument)]
        subprocess.run(  # noqa: S603 - fixed arguments
            [program, *split], cwd=self.folder, check=True, capture_output=True
        )


def _option_and_value(argument: str) -> list[str]:
    return argument.split("=", 1) if argument.startswith("-") and "=" in argument else [argument]
