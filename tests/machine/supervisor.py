"""As much of systemd as a guard needs: it starts units, keeps them when others die, and tells.

Run as `supervisor.py FOLDER start|stop|show UNIT [--property=A,B]`. FOLDER/units.json says what
any unit runs ("command", in which {slot} is what stands after the @) and with what environment.
When a unit's main process dies, what that has started goes on (KillMode=process).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

STOPPED: dict[str, Any] = {
    "MainPID": 0,
    "ActiveState": "inactive",
    "Result": "success",
    "ExecMainStatus": 0,
}


def main(folder: Path, verb: str, unit: str, *options: str) -> int:
    if verb == "keep":
        return keep(folder, unit)
    state = read(folder, unit)
    if verb == "start" and not state["MainPID"]:
        units = json.loads((folder / "units.json").read_text())
        again = [sys.executable, "-I", __file__, str(folder), "keep", unit]
        with (folder / f"{unit}.log").open("ab") as log:
            subprocess.Popen(  # noqa: S603 - this very program
                again, env=units["environment"], stdout=log, stderr=log, start_new_session=True
            )
        while read(folder, unit) == state:
            Event().wait(0.01)
    elif verb == "stop" and state["MainPID"]:
        with suppress(ProcessLookupError):
            os.kill(state["MainPID"], signal.SIGTERM)
        while read(folder, unit)["MainPID"]:
            Event().wait(0.01)
    elif verb == "show":
        names = options[0].removeprefix("--property=").split(",")
        print("\n".join(f"{name}={state[name]}" for name in names))
    return 0


def keep(folder: Path, unit: str) -> int:
    """Stay until the unit's main process has ended."""
    command = json.loads((folder / "units.json").read_text())["command"]
    slot = unit.partition("@")[2].partition(".")[0]
    runs = read(folder, unit).get("runs", 0) + 1
    process = subprocess.Popen(  # noqa: S603 - a test's own program
        [part.replace("{slot}", slot) for part in command], start_new_session=True
    )
    write(folder, unit, MainPID=process.pid, ActiveState="active", runs=runs)
    code = process.wait()
    how = "signal" if code < 0 else "exit-code"
    state = {"ActiveState": "failed", "Result": how} if code else {}
    write(folder, unit, ExecMainStatus=abs(code), runs=runs, **state)
    return 0


def read(folder: Path, unit: str) -> dict[str, Any]:
    with suppress(FileNotFoundError):
        found: dict[str, Any] = json.loads((folder / unit).read_text())
        return found
    return STOPPED


def write(folder: Path, unit: str, **state: Any) -> None:
    draft = folder / f"{unit}.new"
    draft.write_text(json.dumps({**STOPPED, **state}))
    draft.replace(folder / unit)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
