"""The database is what the adapter of the state table needs, and outlives the deployment."""

from autoscaler.adapters.gcp.firestore import INDEXES
from autoscaler.adapters.gcp.firestore.documents import EXPIRES, HISTORY
from tests.infra.gcp.planned import Plan
from tests.infra.gcp.schema import ROOT


def test_it_is_in_native_mode_and_cannot_be_deleted_by_mistake(plan: Plan) -> None:
    (one,) = plan.of("google_firestore_database").values()
    assert one["type"] == "FIRESTORE_NATIVE"
    assert one["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    assert one["deletion_policy"] == "ABANDON"


def test_it_has_the_indexes_that_the_adapter_asks_and_no_others(plan: Plan) -> None:
    planned = {
        one["collection"]: tuple((each["field_path"], each["order"]) for each in one["fields"])
        for one in plan.of("google_firestore_index").values()
    }
    assert planned == INDEXES


def test_the_history_ends_by_itself(plan: Plan) -> None:
    expiring = {
        (one["collection"], one["field"])
        for one in plan.of("google_firestore_field").values()
        if one["ttl_config"]
    }
    assert expiring == {(HISTORY, EXPIRES)}


def test_what_nobody_searches_for_is_in_no_index(plan: Plan) -> None:
    fields = plan.of("google_firestore_field").values()
    exempt = {
        f"{one['collection']}.{one['field']}"
        for one in fields
        if one["index_config"] == [{"indexes": []}]
    }
    page = next((ROOT / "docs" / "adr").glob("0016-*.md")).read_text()
    (told,) = (line for line in page.splitlines() if "should not index" in line)
    named = told.partition("nobody asks for (")[2].partition(")")[0]
    assert exempt == {each.strip("`") for each in named.split(", ")}
