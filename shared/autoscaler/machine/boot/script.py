"""The operator's own words to the machine: the init script, and what .bashrc sets."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine
from typing import BinaryIO, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.files import write_private
from autoscaler.machine.boot.journal import BootError, Journal

BASHRC_PATIENCE = 60.0
_SHELLS_OWN = {"_", "OLDPWD", "PWD", "SHLVL"}
# Whatever .bashrc prints, and also when it exits: the environment comes last, to descriptor 3.
_ASK = """
exec 3>&1 >/dev/null 2>&1 </dev/null
trap '"$ASKING" -c "import json, os; os.write(3, json.dumps(dict(os.environ)).encode())"' EXIT
. "$HOME/.bashrc"
"""


def run_script(folder: Path, text: str, environment: Mapping[str, str], journal: Journal) -> None:
    """Run it, and repeat what it says. Raises BootError when it fails.

    It speaks to a file, so that whatever it leaves running may go on speaking.
    """
    script, log = folder / "init-script", folder / "init-script.log"
    write_private(script, text)
    write_private(log, "")
    with log.open("ab") as out, log.open("rb") as heard:
        process = subprocess.Popen(  # noqa: S603 - the operator's script
            [shutil.which("bash") or "sh", str(script)],
            cwd="/",
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            _repeat(process, heard, journal)
        except BootError:  # the time is over
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise BootError(f"the init script ended with exit code {process.returncode}")


def keep_bashrc(folder: Path, environment: Mapping[str, str]) -> int:
    """Keep what .bashrc changes, in FOLDER/bashrc.json; how many variables that are."""
    path, bash = folder / "bashrc.json", shutil.which("bash")
    if not (bash and Path(environment["HOME"], ".bashrc").is_file()):
        path.unlink(missing_ok=True)
        return 0
    asking = {**environment, "ASKING": sys.executable}
    try:
        told = subprocess.run(  # noqa: S603 - a constant
            [bash, "-c", _ASK],
            env=asking,
            stdout=subprocess.PIPE,
            timeout=BASHRC_PATIENCE,
            check=False,  # it is no script: how it ends says nothing
        ).stdout
        found: dict[str, str] = json.loads(told)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise BootError(f"~/.bashrc: {type(error).__name__}; exclude it or repair it") from None
    kept = {name: one for name, one in found.items() if asking.get(name) != one}
    kept = {name: one for name, one in kept.items() if name not in _SHELLS_OWN}
    write_private(path, json.dumps(kept))
    return len(kept)


def _repeat(process: subprocess.Popen[bytes], heard: BinaryIO, journal: Journal) -> None:
    rest, over = b"", False
    while not over:
        over = process.poll() is not None
        *lines, rest = (rest + heard.read()).split(b"\n")
        for line in lines:
            journal.echo(line.decode("utf-8", "replace"))
        sleep(0 if over else 0.1)
    if rest:
        journal.echo(rest.decode("utf-8", "replace"))
