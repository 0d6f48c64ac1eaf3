"""The fakes as a process of their own; its first line says where they listen."""

import threading

from tests.adapters.gcp.fake_google.server import FakeGoogle

if __name__ == "__main__":
    with FakeGoogle().serve() as address:
        print(address, flush=True)
        threading.Event().wait()
