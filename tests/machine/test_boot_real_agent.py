"""From the rendered script to a finished task, with the real clearml-agent."""

import subprocess
import sys
from pathlib import Path

import pytest

from autoscaler.machine.limits import GuardTiming
from autoscaler.machine.startup import render_startup
from autoscaler.world.clearml import Status
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.machine.boot_bench import BootBench
from tests.machine.process_bench import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_a_machine_boots_works_and_is_drained(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    with StandIn() as standin:
        queue = standin.world.queues.create("work").id
        login = {
            "api_server": standin.url,
            "access_key": bench.secret("a-key", standin.credentials.access_key),
            "secret_key": bench.secret("a-secret", standin.credentials.secret_key),
        }
        spec = bench.spec(
            login=login,
            agent={"command": [str(Path(sys.executable).with_name("clearml-agent"))]},
            guard=GuardTiming(poll=0.1, probe=1, again=1),
            environment={
                "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": sys.executable,
                "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
            },
            conf='agent.docker_args_filters: ["said by the operator"]',
        )
        script = bench.root / "user-data"
        script.write_text(render_startup(spec, resource="cpu", queue_ids=[queue], type="small"))
        with (bench.root / "console").open("wb") as console:
            machine = subprocess.Popen(  # noqa: S603 - the script is what is tested
                ["/bin/sh", str(script)], env=bench.environment, stdout=console, stderr=console
            )
        try:
            with standin.lock:
                code = "print('the answer is', 6 * 7)"
                task = enqueue_python(standin.world, "task", code, queue=queue).id
            eventually(lambda: standin.world.tasks.get(task).status is Status.COMPLETED)
            workers = [worker.id for worker in standin.world.workers.all()]
            assert workers == ["team:cpu:small:machine-1"]
            assert "the answer is 42" in standin.world.events.console(task)
            (bench.folder / "drain").write_text("a nonce")
            assert machine.wait(60) == 0
        finally:
            (bench.folder / "ended").touch()
            machine.wait(60)
        said = (bench.root / "console").read_text()
        assert 'guard ended reason="drained"' in said
        assert standin.credentials.secret_key not in said
        assert standin.world.workers.all() == []
