"""`autoscaler up` killed at random moments, while real agents run real tasks."""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autoscaler.cli.demo.observer import Observer, TaskStory, summary
from autoscaler.cli.demo.script import MAXIMUM, QUEUES, Job, write_configuration
from autoscaler.cli.demo.stage import Up, create_queues, enqueue, stand_in

KILLS = 10


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.3)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_killed_at_ten_random_moments_it_completes_every_task_exactly_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run one seed again with KILL_SEED=N."""
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(10**6))
    with capsys.disabled():
        print(f"KILL_SEED={seed}", file=sys.stderr)
    chance = random.Random(seed)
    with stand_in(tmp_path) as server:
        client = server.client()
        queues = create_queues(client, QUEUES)
        names = {number: name for name, number in queues.items()}
        config = write_configuration(tmp_path, server.url, sys.executable)
        enqueued = 0
        with Observer(tmp_path / ".autoscaler", server.log, MAXIMUM) as observer:
            up = Up(config, server.environment)
            try:
                for moment in range(KILLS):
                    for _ in range(chance.randrange(3)):
                        enqueued += 1
                        job = Job(f"task-{enqueued}", chance.choice(QUEUES), chance.randint(1, 4))
                        enqueue(client, job, queues)
                    time.sleep(chance.uniform(0.2, 5.0))
                    print(f"kill {moment + 1}: {dict(observer.alive)} alive, {enqueued} enqueued")
                    up.kill()
                    up = Up(config, server.environment)

                def all_over() -> bool:
                    tasks: dict[str, TaskStory] = observer.tasks(names)
                    return all(t.ended for t in tasks.values()) and not observer.leftover()

                wait_until(all_over, 120)
            finally:
                up.stop()
        result = summary(
            observer.tasks(names), enqueued, observer.counts, len(observer.leftover())
        )
        print(result)
        assert result.good, up.log.read_text(errors="replace")
        assert result.tasks_completed == enqueued
