"""`python -m tests.adapters.gcp.fake_google`: a process of its own; its address is its first line."""

import threading

from tests.adapters.gcp.fake_google.server import FakeGoogle

if __name__ == "__main__":
    with FakeGoogle().serve() as address:
        print(address, flush=True)
        threading.Event().wait()
