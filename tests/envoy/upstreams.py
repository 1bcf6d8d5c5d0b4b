"""Small servers behind Envoy: each answers with its own address and what it was asked."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def upstreams(addresses: Sequence[tuple[str, int]]) -> Iterator[None]:
    """Serves HTTP/1.1 on every address, in one thread."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    thread = threading.Thread(target=_serve, args=(loop, addresses, started), daemon=True)
    thread.start()
    assert started.wait(10), "the upstream servers do not start"
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _serve(loop: asyncio.AbstractEventLoop, addresses: Sequence[tuple[str, int]], started: threading.Event) -> None:
    asyncio.set_event_loop(loop)

    async def start() -> list[asyncio.Server]:
        return [await asyncio.start_server(_answer, host, port) for host, port in addresses]

    servers = loop.run_until_complete(start())
    started.set()
    loop.run_forever()
    for server in servers:
        server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while (first := await reader.read(1)) and first.isalpha():  # TLS begins with another byte: it is hung up on
            head = first + await reader.readuntil(b"\r\n\r\n")
            request, *fields = head.decode("latin-1").rstrip().split("\r\n")
            headers = [[name.lower(), value.strip()] for name, _, value in (field.partition(":") for field in fields)]
            length = next((int(value) for name, value in headers if name == "content-length"), 0)
            await reader.readexactly(length)
            host, port = writer.get_extra_info("sockname")[:2]
            body = json.dumps({"server": f"{host}:{port}", "request": request, "headers": headers}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()
