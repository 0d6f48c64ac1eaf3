"""Where ClearML is: what people paste, and what is understood of it."""

import pytest

from autoscaler.config import parse
from autoscaler.errors import Problem
from tests.config.example import edited, problems

EXAMPLE = "write a web address, like https://api.clear.ml"


@pytest.mark.parametrize(
    ("api", "value", "remedy"),
    [
        pytest.param(
            "https://app.clear.ml/dashboard",
            "https://app.clear.ml/dashboard",
            "this is the web page; the API is https://api.clear.ml",
            id="the web page of the hosted server",
        ),
        pytest.param(
            "https://files.lab.example:4443",
            "https://files.lab.example:4443",
            "this is the file server; the API is https://api.lab.example:4443",
            id="a file server by its host name",
        ),
        pytest.param(
            "http://clearml.lab:8080",
            "http://clearml.lab:8080",
            "this is the web page; the API is http://clearml.lab:8008",
            id="the web page by its port",
        ),
        pytest.param(
            "http://[::1]:8081",
            "http://[::1]:8081",
            "this is the file server; the API is http://[::1]:8008",
            id="the file server by its port",
        ),
        pytest.param(
            "api.clear.ml",
            "api.clear.ml",
            "say the protocol too: https://api.clear.ml",
            id="an address without its protocol",
        ),
        pytest.param(
            "localhost:8008",
            "localhost:8008",
            "say the protocol too: https://localhost:8008",
            id="a port of this computer without the protocol",
        ),
        pytest.param(
            "https://api.clear.ml?x=1",
            "https://api.clear.ml?x=1",
            "leave out what follows ? or #",
            id="an address with a query",
        ),
        pytest.param(
            "https://me:hunter2@api.clear.ml",
            "",
            "an address holds no user and no password: take them out",
            id="an address with a password is not repeated",
        ),
        pytest.param("ftp://api.clear.ml", "", EXAMPLE, id="another protocol"),
        pytest.param("'http://[oops'", "", EXAMPLE, id="half an address"),
        pytest.param("http://clearml.lab:99999", "", EXAMPLE, id="a port that cannot be"),
        pytest.param("'http://clearml lab'", "", EXAMPLE, id="an address with a space"),
    ],
)
def test_an_address_that_is_not_the_api(api: str, value: str, remedy: str) -> None:
    found = problems(edited("https://api.clear.ml", api))

    assert found == [Problem("clearml.api (line 3)", value, remedy)]


@pytest.mark.parametrize(
    ("api", "web", "files"),
    [
        pytest.param(
            "https://api.clear.ml/",
            "https://app.clear.ml",
            "https://files.clear.ml",
            id="the hosted server: by name",
        ),
        pytest.param(
            "https://api.lab.example:4443",
            "https://app.lab.example:4443",
            "https://files.lab.example:4443",
            id="an own server behind a proxy: by name",
        ),
        pytest.param(
            "http://10.0.0.5:8008",
            "http://10.0.0.5:8080",
            "http://10.0.0.5:8081",
            id="an own server as it is installed: by port",
        ),
        pytest.param("https://clearml.example/api", "", "", id="any other: not told"),
    ],
)
def test_the_web_page_and_the_file_server_are_told_from_the_api(
    api: str, web: str, files: str
) -> None:
    clearml = parse(edited("https://api.clear.ml", api)).clearml

    assert (clearml.web_address, clearml.files_address) == (web, files)


def test_what_is_written_counts_more_than_what_is_told() -> None:
    text = edited("https://api.clear.ml", "http://a:8008\n  files: http://b:9000/")

    assert parse(text).clearml.files_address == "http://b:9000"
