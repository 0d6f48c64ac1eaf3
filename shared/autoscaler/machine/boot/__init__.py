"""The boot program: makes a machine that just started into workers of its ClearML queues.

It runs once per boot as `guard.pyz boot FOLDER` on any Python from 3.8 on, with nothing but the
standard library, and hands over to the guard. `guard.pyz docker-credential FOLDER get` lives here
too: it logs docker in to the cloud's own registry.

FOLDER/startup.json is what was ordered (`autoscaler.machine.startup` writes it): "guard" for the
guard, "boot" for this program. A value {"ref": "ssm:/path"} in "boot" stands for a secret.

What it leaves in FOLDER, nobody else may read: machine.json (the guard's settings, complete now
that the machine knows its name; no secret), login.json (the environment of the guard and its
agents), slotN/clearml.conf, phases.json (what was done when) and init-script.log. Docker's logins
and the key for git go where docker and git look for them, in the home folder.
"""
