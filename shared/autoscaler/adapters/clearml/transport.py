"""One POST over urllib3: TLS, proxy, deadline, no redirects. An answer is whole or an error."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions as trouble
from urllib3.util import Timeout, create_urllib3_context, make_headers

from autoscaler.adapters.clearml.settings import ClearmlSettings
from autoscaler.errors import ConfigError, Problem

_CHUNK = 1 << 16
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoReplyError(Exception):
    """No whole answer came. `lasting`: another try would fare no better."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


class Transport:
    """Connections to one server, kept between calls."""

    def __init__(self, settings: ClearmlSettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._pool = _pool(settings)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, deadline: float) -> Reply:
        """Raise NoReplyError unless the whole answer came before `deadline`."""
        try:
            answer = self._pool.urlopen(
                "POST",
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=self._timeout(deadline),
            )
            return Reply(answer.status, answer.headers, self._content(answer, deadline))
        except trouble.HTTPError as error:
            raise _explained(error) from error

    def _timeout(self, deadline: float) -> Timeout:
        left = max(deadline - self._monotonic(), 0.001)
        return Timeout(
            connect=min(left, self._settings.connect_seconds),
            read=min(left, self._settings.read_seconds),
        )

    def _content(self, answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        """A socket's timeout is per read: the deadline is what ends an answer that trickles."""
        chunks = []
        while chunk := answer.read1(_CHUNK):
            chunks.append(chunk)
            if self._monotonic() > deadline:
                answer.close()
                raise NoReplyError("the answer took too long")
        answer.release_conn()
        return b"".join(chunks)


def _explained(error: trouble.HTTPError) -> NoReplyError:
    cause = error.original_error if isinstance(error, trouble.ProxyError) else error
    if isinstance(cause, trouble.SSLError):
        remedy = "set clearml.ca_file to the authority that signed the server's certificate"
        return NoReplyError(f"TLS failed ({cause}): {remedy}", lasting=True)
    if isinstance(error, trouble.ProxyError):
        return NoReplyError(f"the proxy did not let us through ({cause}): see clearml.proxy")
    return NoReplyError(str(error))


def _pool(settings: ClearmlSettings) -> urllib3.PoolManager:
    proxy = _proxy(settings)
    secure = any(urlsplit(url).scheme == "https" for url in (settings.api_url, proxy or ""))
    context = _tls(settings) if secure or settings.ca_file else None
    if proxy is None:
        return urllib3.PoolManager(ssl_context=context)
    parts = urlsplit(proxy)
    login = (
        f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    )
    return urllib3.ProxyManager(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        proxy_headers=make_headers(proxy_basic_auth=login) if login else None,
        proxy_ssl_context=context,
        ssl_context=context,
    )


def _proxy(settings: ClearmlSettings) -> str | None:
    """The environment's proxy never stands between us and this computer."""
    if settings.proxy is not None:
        return _checked(settings.proxy, "clearml.proxy")
    parts = urlsplit(settings.api_url)
    if parts.hostname in _LOOPBACK or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    name = parts.scheme if parts.scheme in proxies else "all"
    return _checked(proxies[name], f"{name.upper()}_PROXY") if name in proxies else None


def _checked(proxy: str, field: str) -> str:
    address = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname:
        return address
    raise ConfigError(Problem(field, "", "write the proxy as http://host:port"))


def _tls(settings: ClearmlSettings) -> ssl.SSLContext:
    """To load the system's authorities takes a tenth of a second: only where TLS is spoken."""
    context = create_urllib3_context()
    context.check_hostname = True
    if settings.ca_file is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=settings.ca_file)
    except OSError as error:  # an SSLError is one, too
        remedy = f"name a readable file of certificates in PEM form ({error.strerror or error})"
        raise ConfigError(Problem("clearml.ca_file", str(settings.ca_file), remedy)) from error
    return context
