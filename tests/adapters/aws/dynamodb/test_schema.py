"""The table and its items, as far as they need no table to be looked at."""

from __future__ import annotations

from types import NoneType
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from autoscaler.adapters.aws.dynamodb.items import LIVE, SECTIONS, attributes, item
from autoscaler.core.decisions import Verdict
from autoscaler.core.ledger import BESIDE, QueueSeen, Spend
from tests.house.state_table_page import ROWS
from tests.real.state_table import properties


def test_the_table_is_kept_can_be_restored_and_forgets() -> None:
    wanted = properties()
    assert wanted["BillingMode"] == "PAY_PER_REQUEST"
    assert wanted["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert wanted["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_every_kind_has_a_section_and_what_no_plan_is_made_of_is_beside() -> None:
    assert set(SECTIONS) == set(ROWS)
    assert {kind for kind, section in SECTIONS.items() if section not in LIVE} == BESIDE


def test_what_lies_inside_of_an_attribute_has_no_time_that_must_be_given() -> None:
    """There null is read as an empty text."""
    for model in (Verdict, QueueSeen):
        for field in model.model_fields.values():
            assert not (field.is_required() and NoneType in get_args(field.annotation))


@given(
    st.floats(min_value=1e-120, max_value=1e120)
    | st.floats(max_value=-1e-120, min_value=-1e120)
    | st.just(0.0)
)
def test_a_sum_comes_back_to_the_last_bit(hour: float) -> None:
    row = Spend(key="*", hour=hour)
    stored = item(row, 0)
    assert Spend.model_validate(attributes(stored)) == row
