"""How a fake says no: with Google's code and words of its own."""

import grpc


class RefusedError(Exception):
    """What the caller gets instead of an answer."""

    def __init__(self, code: grpc.StatusCode, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def invalid(words: str) -> RefusedError:
    return RefusedError(grpc.StatusCode.INVALID_ARGUMENT, words)
