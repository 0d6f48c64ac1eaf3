"""As much of systemd as a guard needs: it starts units, keeps them when others die, and tells.

Run as `supervisor.py FOLDER start|restart|stop|show UNIT [--property=A,B]`. FOLDER/units.json says
what any unit runs ("command", in which {slot} is what stands after the @) and with what
environment; without a command, the unit's file in FOLDER/files does, and whether it comes back.
When a unit's main process dies, what that has started goes on (KillMode=process).
"""

from __future__ import annotations

import configparser
import json
import os
import shlex
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


def main(folder: Path, verb: str, unit: str = "", *options: str) -> int:
    if verb == "keep":
        return keep(folder, unit)
    if verb in ("daemon-reload", "enable"):
        return 0
    state = read(folder, unit)
    if verb in ("start", "restart") and not state["MainPID"]:
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
    """Stay until the unit's main process has ended for good."""
    command, told = _orders(folder, unit)
    comes_back, runs = True, int(read(folder, unit).get("runs", 0))
    while comes_back:
        runs += 1
        process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - a test's own
        write(folder, unit, MainPID=process.pid, ActiveState="active", runs=runs)
        code = process.wait()
        how = "signal" if code < 0 else "exit-code"
        state = {"ActiveState": "failed", "Result": how} if code else {}
        write(folder, unit, ExecMainStatus=abs(code), runs=runs, **state)
        final = told.get("RestartPreventExitStatus", "").split()
        comes_back = told.get("Restart") == "always" and str(code) not in final
        if comes_back:
            Event().wait(float(told.get("RestartSec", 0.1)))
    return 0


def _orders(folder: Path, unit: str) -> tuple[list[str], dict[str, str]]:
    """What the unit runs, and what else its file says of the service."""
    name, _, rest = unit.partition("@")
    slot = rest.partition(".")[0]
    given = json.loads((folder / "units.json").read_text()).get("command")
    if given:
        return [part.replace("{slot}", slot) for part in given], {}
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign] # keys keep their case
    parser.read(folder / "files" / (f"{name}@.service" if slot else unit))
    told = dict(parser["Service"])
    return shlex.split(told["ExecStart"].replace("%i", slot)), told


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
