"""Every function in Google's own server, as a process: pushes in, statuses out."""

import json
from collections.abc import Iterator, Mapping

import pytest

from autoscaler.core.ledger import Phase
from tests.functions.gcp.lab import EVERY_MINUTE, Lab, ended, lab, message, poke, reap
from tests.real.functions_framework import FUNCTIONS, Served

pytestmark = pytest.mark.slow

DONE, AGAIN = 204, 500
POISON = json.dumps({"v": 99, "kind": "launch", "deployment": "lab", "id": "none"})


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Served]]:
    """All functions of a deployment in which nothing happens."""
    with lab(tmp_path_factory.mktemp("standing")) as here:
        yield {name: here.start(name) for name in FUNCTIONS}


def gens(poller: Served) -> list[int]:
    return [line["gen"] for line in poller.entries if line["message"] == "ticked"]


def begun(here: Lab) -> None:
    """A task waits, and a tick has ordered a machine for it."""
    here.enqueue()
    assert here.start("poller").post(poke()) == DONE


def launched(here: Lab) -> Served:
    """The same, and the machine has been started by this launcher."""
    begun(here)
    launcher = here.start("launcher")
    (order,) = here.taken("launch")
    assert launcher.post(order) == DONE
    return launcher


def leaving(here: Lab) -> str:
    """The only machine is to go now: the key of its row."""
    (row,) = here.instances()
    gone = {"phase": Phase.TERMINATING, "forced": True, "next_check": None}
    here.state.commit(put=[row.model_copy(update=gone)])
    return row.key


def test_the_schedules_call_looks_once_where_nothing_is_on_its_way(here: Lab) -> None:
    poller = here.start("poller")
    assert [poller.post(EVERY_MINUTE), poller.post(EVERY_MINUTE)] == [DONE, DONE]
    assert gens(poller) == [1, 2]
    assert not here.taken("launch")


def test_a_tick_tells_figures_of_an_autoscaler_that_has_work(here: Lab) -> None:
    poller = here.start("poller")
    assert poller.post(EVERY_MINUTE) == DONE
    here.enqueue(3)
    assert poller.post(poke()) == DONE
    (line,) = [each for each in poller.entries if each["message"] == "figures"]
    assert (line["deployment"], line["autoscaler"]) == ("lab", "team")
    assert (line["WaitingTasks"], line["Machines"], line["BusyMachines"]) == (3, 0, 0)


def test_a_waiting_task_becomes_an_order_and_the_order_a_machine(here: Lab) -> None:
    launched(here)
    (row,) = here.instances()
    (box,) = here.cloud.living()
    assert (row.phase, row.compute, row.instance_id) == (Phase.BOOTING, "gce", box.name)


def test_an_order_that_is_pushed_again_starts_nothing_more(here: Lab) -> None:
    begun(here)
    launcher = here.start("launcher")
    (order,) = here.taken("launch")
    assert [launcher.post(order) for _ in range(3)] == [DONE] * 3
    assert here.cloud.calls.count("instances.insert") == 1


def test_a_tick_that_is_delivered_again_orders_nothing_twice(here: Lab) -> None:
    here.enqueue()
    poller = here.start("poller")
    assert [poller.post(poke()) for _ in range(3)] == [DONE] * 3
    assert gens(poller) == [1, 2, 3]
    assert len(here.taken("launch")) == 1


def test_a_machine_that_is_to_go_is_deleted_and_the_poller_sees_it(here: Lab) -> None:
    launched(here)
    key = leaving(here)
    assert here.start("reaper").post(reap(key)) == DONE
    assert not here.cloud.living()


def test_what_fails_is_pushed_again_and_done_then(here: Lab) -> None:
    launched(here)
    key = leaving(here)
    reaper = here.start("reaper")
    here.compute.broken = (503, "backendError")
    assert reaper.post(reap(key)) == AGAIN
    assert [line["message"] for line in reaper.entries if line["severity"] == "WARNING"][-1:] == [
        "message_failed"
    ]
    here.compute.broken = None
    assert reaper.post(reap(key)) == DONE
    assert not here.cloud.living()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("launcher", message(POISON), id="a version that nobody knows"),
        pytest.param("launcher", reap("01ARZ3NDEKTSV4RRFFQ69G5FAV.0"), id="another's kind"),
        pytest.param("reaper", message("{"), id="no message"),
        pytest.param("reaper", {"message": "none"}, id="no envelope"),
        pytest.param("reaper", ["a", "list"], id="a list"),
        pytest.param("poller", message(POISON), id="a poke of another version"),
        pytest.param("watcher", message("[]"), id="no entry of a log"),
    ],
)
def test_poison_is_never_taken_so_that_pubsub_sets_it_aside(
    standing: Mapping[str, Served], name: str, body: object
) -> None:
    served = standing[name]
    assert [served.post(body), served.post(body)] == [AGAIN, AGAIN]


def test_a_dead_letter_is_told_to_people_and_taken_whatever_is_in_it(here: Lab) -> None:
    told = {
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": f"{here.environment['PREFIX']}-launch",
    }
    watcher = here.start("watcher")
    assert watcher.post(message(POISON, **told)) == DONE
    assert watcher.post(message("", **told)) == DONE
    (first, second) = here.mail()
    assert "a message that is none of ours was given up after 5 attempts" in first
    assert "given up" in second


def test_a_dead_letter_that_nobody_could_be_told_of_is_pushed_again(here: Lab) -> None:
    told = {"CloudPubSubDeadLetterSourceSubscription": "any"}
    watcher = here.start("watcher", ALERTS="gone")
    assert watcher.post(message(POISON, **told)) == AGAIN


def test_the_end_of_a_machine_wakes_the_poller_and_a_strangers_does_not(here: Lab) -> None:
    launched(here)
    (row,) = here.instances()
    watcher = here.start("watcher")
    assert watcher.post(ended("somebody-elses")) == DONE
    assert not here.taken("poke")
    assert watcher.post(ended(row.instance_id)) == DONE
    (wakes,) = here.taken("poke")
    poller = here.start("poller")
    assert poller.post(wakes) == DONE
    ticked = [line for line in poller.entries if line["message"] == "ticked"][-1]
    assert ticked["reasons"] == [f"its cloud says that {row.instance_id} ended"]


def test_a_login_is_not_sent_to_a_server_that_it_is_not_for(here: Lab) -> None:
    here.store_login(api_server="https://api.clear.ml")
    poller = here.start("poller")
    assert poller.post(EVERY_MINUTE) == AGAIN
    assert "it is for https://api.clear.ml, so it is not sent to" in poller.log
    assert not len(here.clearml.log)


def test_a_new_key_is_read_once_clearml_has_refused_the_old_one(here: Lab) -> None:
    here.store_login(secret_key="an old secret")
    poller = here.start("poller")
    assert poller.post(EVERY_MINUTE) == DONE
    here.store_login()
    assert poller.post(EVERY_MINUTE) == DONE
    logins = [line.status for line in here.clearml.log.of("auth.login")]
    assert (logins[0], logins[-1]) == (401, 200)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_whose_environment_is_not_complete_names_what_is_missing(
    here: Lab, name: str
) -> None:
    with pytest.raises(RuntimeError) as told:
        here.start(name, DATABASE="", PREFIX="")
    assert "DATABASE: set this variable\nPREFIX: set this variable" in str(told.value)


def test_a_packaged_configuration_that_is_missing_is_named_at_the_start(here: Lab) -> None:
    with pytest.raises(RuntimeError, match=r"none\.json: no such file"):
        here.start("poller", CONFIG="none.json")
