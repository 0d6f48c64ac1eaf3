from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functions.gcp.lab import Lab, lab


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Lab]:
    with lab(tmp_path) as made:
        yield made
