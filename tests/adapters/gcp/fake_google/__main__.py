"""`python -m tests.adapters.gcp.fake_google`: the fakes as a process; its first line says where."""

import threading

from tests.adapters.gcp.fake_google.server import FakeGoogle

if __name__ == "__main__":
    with FakeGoogle().serve() as address:
        print(address, flush=True)
        threading.Event().wait()
