"""The guard: keeps the agents of one machine, and ends the machine when it should end.

It runs as `guard.pyz [--detach] FOLDER` (`autoscaler.machine.pack` makes that file) on any Python
from 3.8 on, with nothing but the standard library. `guard.pyz agent FOLDER SLOT` turns into the
agent of a slot: what systemd starts, where it keeps the agents.

FOLDER/machine.json holds its settings under "guard"; the ClearML login is in the environment,
under the agent's own names, or in FOLDER/login.json. The guard and agents that are its children
hold FOLDER/lock: locked means that the machine lives. FOLDER/drain orders a drain (a nonce) where
no cloud does, FOLDER/ended tells when and why it ended.
"""
