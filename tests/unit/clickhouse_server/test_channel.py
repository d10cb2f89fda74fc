"""The channel between a query's thread and the event loop."""

import asyncio
import threading

import pytest

from sklad.clickhouse_server.channel import CHUNKS_AHEAD, Channel, ClientGone


def run(writer, reader):
    async def both():
        channel = Channel(asyncio.get_running_loop())
        thread = threading.Thread(target=writer, args=(channel,))
        thread.start()
        try:
            return await asyncio.wait_for(reader(channel), 5)
        finally:
            await asyncio.to_thread(thread.join, 5)

    return asyncio.run(both())


async def read_all(channel):
    head = await channel.head()
    return head, [chunk async for chunk in channel.body()], channel.broken


def test_an_answer_comes_through_in_order():
    def write(channel):
        channel.start(200, {"a": "b"})
        for n in range(50):
            channel.write(bytes([n]))
        channel.finish()

    assert run(write, read_all) == ((200, {"a": "b"}), [bytes([n]) for n in range(50)], False)


def test_the_writer_waits_for_a_slow_reader():
    written = []

    def write(channel):
        channel.start(200, {})
        for n in range(20):
            channel.write(b"x")
            written.append(n)
        channel.finish(broken=True)

    async def read(channel):
        await channel.head()
        await asyncio.sleep(0.2)
        ahead = len(written)
        return ahead, await read_all(channel)

    ahead, (_, chunks, broken) = run(write, read)
    assert ahead == CHUNKS_AHEAD
    assert (len(chunks), broken) == (20, True)


def test_the_writer_learns_that_the_client_has_gone():
    gone = []

    def write(channel):
        channel.start(200, {})
        with pytest.raises(ClientGone):
            for _ in range(1000):
                channel.write(b"x")
        gone.append(True)

    async def read(channel):
        await channel.head()
        channel.leave()

    run(write, read)
    assert gone == [True]
