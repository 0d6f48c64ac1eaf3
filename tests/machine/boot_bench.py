"""The rendered script, run for real where commands only record what they are told."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from autoscaler.machine.limits import GuardTiming
from autoscaler.machine.startup import StartupSpec, render_startup

QUICK = GuardTiming(poll=0.02, probe=60, freeze=0, again=60, restart=0.001)
RECORDED = ("agent", "shutdown", "systemctl", "docker", "apt-get")
_RECORD = """\
import json, os, sys
conf = os.environ.get("CLEARML_CONFIG_FILE")
told = {"argv": sys.argv[2:], "env": dict(os.environ)}
told["conf"] = open(conf, newline="").read() if conf and os.path.exists(conf) else ""
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(told) + "\\n")
"""


class BootBench:
    """`folder` is the machine's, `home` its root's; `commands` comes first on PATH."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder, self.home, self.commands = root / "machine", root / "home", root / "commands"
        for one in (self.home, self.commands):
            one.mkdir()
        (self.commands / "python3").symlink_to(sys.executable)
        (root / "record.py").write_text(_RECORD)
        for name in RECORDED:
            self.command(
                name, f'exec {sys.executable} -I {root}/record.py {root}/{name}.told "$@"'
            )

    def command(self, name: str, script: str) -> None:
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def secret(self, name: str, text: str) -> str:
        """A reference to it."""
        path = self.root / f"{name}.secret"
        path.write_bytes(text.encode())
        return f"file:{path}"

    def spec(self, **changed: Any) -> StartupSpec:
        """Its agent records, and dies until the guard gives up: the script ends by itself."""
        settings: dict[str, Any] = {
            "prefix": "team",
            "login": {
                "access_key": self.secret("access", "an-access-key"),
                "secret_key": self.secret("secret", "a-clearml-secret"),
                "api_server": "http://127.0.0.1:9",
            },
            "source": "file",
            "instance": "machine-1",
            "metadata": "http://127.0.0.1:9",
            "keeper": "processes",
            "cpu_only": True,
            "agent": {"command": ["agent"]},
            "guard": QUICK,
            "patience": 0,
        }
        return StartupSpec.model_validate({**settings, **changed})

    def kept_by_systemd(self) -> dict[str, Any]:
        """What of a spec leaves the machine as boot leaves it: no guard comes up."""
        return {"keeper": "systemd", "units": str(self.root / "units")}

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.commands}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self.home),
            "AUTOSCALER_FOLDER": str(self.folder),
        }

    def boot(self, spec: StartupSpec, **order: Any) -> str:
        """All that the machine prints, until its script is over."""
        return self.run(render_startup(spec, **{"resource": "cpu", "queue_ids": ["q1"], **order}))

    def run(self, script: str) -> str:
        path = self.root / "user-data"
        path.write_text(script)
        return subprocess.run(  # noqa: S603 - the script is what is tested
            [shutil.which("sh") or "/bin/sh", str(path)],
            env=self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=45,
            check=False,
        ).stdout.decode()

    def told(self, name: str) -> list[dict[str, Any]]:
        """What this command was told, each time that it was called."""
        path = self.root / f"{name}.told"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def open_files(self) -> list[str]:
        """What somebody else than the owner may read, of all that boot wrote."""
        written = [*self.folder.rglob("*"), *(self.home / ".docker").rglob("*")]
        written += [self.folder, *(self.home / ".ssh").rglob("*")]
        return [str(path) for path in written if not path.is_symlink() and _open(path)]


def _open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
