"""Ports for engines that run beside a stack: in a run for training, in tests."""

import socket
from contextlib import ExitStack


def free_ports(number: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody has at this moment; all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
