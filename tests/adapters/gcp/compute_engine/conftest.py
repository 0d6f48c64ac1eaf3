import pytest


@pytest.fixture(scope="session", autouse=True)
def _client() -> None:
    """Google's client is loaded once, by nobody's test: that alone may take seconds."""
    import google.cloud.compute_v1  # noqa: F401, PLC0415  only where these tests run
