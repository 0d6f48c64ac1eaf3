"""Where ClearML is: the API's address, and the web page and file server that belong to it."""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from autoscaler.config.faults import mistake, secret

HOSTED = "https://api.clear.ml"

_PORTS = {8080: "the web page", 8081: "the file server"}
_HOSTS = {"app": "the web page", "files": "the file server"}
_API_PORT = 8008
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]+)?/?|localhost(:[0-9]+)?/?")


class Siblings(NamedTuple):
    """The addresses beside an API's; empty when they cannot be told from it."""

    web: str = ""
    files: str = ""


def address(text: str) -> str:
    """The web address without a closing slash; mistakes name what to write instead."""
    url = _split(text)
    if "@" in url.netloc:
        raise secret("an address holds no user and no password: take them out")
    if url.query or url.fragment:
        raise mistake("leave out what follows ? or #")
    return text.strip().rstrip("/")


def api_address(text: str) -> str:
    """The same, and it is the API's: neither the web page nor the file server."""
    written = address(text)
    url = urlsplit(written)
    first, _, rest = (url.hostname or "").partition(".")
    if url.port in _PORTS:
        meant = f"{url.scheme}://{url.netloc.rpartition(':')[0]}:{_API_PORT}"
        raise mistake(f"this is {_PORTS[url.port]}; the API is {meant}")
    if first in _HOSTS and rest and url.port != _API_PORT:
        raise mistake(f"this is {_HOSTS[first]}; the API is {url.scheme}://api.{rest}{_port(url)}")
    return written


def siblings(api: str) -> Siblings:
    """The web page and the file server in ClearML's usual layouts: by host name or by port."""
    url = urlsplit(api)
    first, _, rest = (url.hostname or "").partition(".")
    if first == "api" and rest:
        hosts = (f"{url.scheme}://{name}.{rest}{_port(url)}" for name in ("app", "files"))
        return Siblings(*hosts)
    if url.port == _API_PORT:
        base = api.removesuffix("/").rpartition(":")[0]
        return Siblings(f"{base}:8080", f"{base}:8081")
    return Siblings()


def _split(text: str) -> SplitResult:
    plain = text.strip()
    if _HOST.fullmatch(plain):
        raise mistake(f"say the protocol too: https://{plain}")
    try:
        url = urlsplit(plain)
        sound = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        sound = None
    if not sound or " " in plain or not plain.isprintable():
        raise secret(f"write a web address, like {HOSTED}")
    return urlsplit(plain)


def _port(url: SplitResult) -> str:
    return f":{url.port}" if url.port else ""
