"""/broadcast: every message reaches every client, its sender too, in one order that all see."""

import asyncio
import contextlib

from websockets.asyncio.client import connect

from checks import Server, check, holds, main, same

CLIENTS = 100
MESSAGES = 1000
server = Server()


def client():
    return connect(server.url + "/broadcast", proxy=None)


async def receive(peer, count):
    return [await peer.recv() for _ in range(count)]


async def publish(peer, name, count):
    """As fast as `send` lets us."""
    for number in range(count):
        await peer.send(f"{name} {number}")


def complete(received, names, each):
    """Every message once, those of one sender in the order in which it sent them."""
    same(len(received), len(names) * each, "the number of messages")
    for name in names:
        own = [message for message in received if message.startswith(f"{name} ")]
        same(own, [f"{name} {number}" for number in range(each)], f"what {name} sent")


class NodePeer:
    """broadcast_peer.mjs as a process."""

    async def __aenter__(self):
        pipe = asyncio.subprocess.PIPE
        command = ["node", "broadcast_peer.mjs", server.url + "/broadcast"]
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        same(await self.line(), "open", "node's first line")
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def line(self):
        return (await self._process.stdout.readline()).decode().rstrip("\n")

    async def publish(self, name, count):
        """All in one burst: node's `send` waits for nothing."""
        self._process.stdin.write("".join(f"{name} {number}\n" for number in range(count)).encode())
        await self._process.stdin.drain()

    async def receive(self, count):
        return [await self.line() for _ in range(count)]


@check("broadcast: python and node clients get each other's and their own messages, in one order")
async def both_peers():
    async with NodePeer() as node, client() as python, client() as listener:
        received = await asyncio.gather(
            node.receive(200), receive(python, 200), receive(listener, 200),
            node.publish("node", 100), publish(python, "python", 100))
        from_node, from_python, from_listener = received[:3]
        complete(from_node, ["node", "python"], 100)
        same(from_python, from_node, "the order that python sees")
        same(from_listener, from_node, "the order that a listener sees")


async def a_hundred(publishers):
    async with contextlib.AsyncExitStack() as stack:
        opened = (stack.enter_async_context(client()) for _ in range(CLIENTS))
        peers = await asyncio.gather(*opened)
        receiving = [asyncio.create_task(receive(peer, MESSAGES)) for peer in peers]
        each = MESSAGES // publishers
        senders = peers[:publishers]
        await asyncio.gather(*(publish(peer, f"p{n}", each) for n, peer in enumerate(senders)))
        orders = await asyncio.gather(*receiving)
        complete(orders[0], [f"p{n}" for n in range(publishers)], each)
        different = sum(order != orders[0] for order in orders)
        holds(different == 0, f"{different} of {CLIENTS} clients saw another order")


@check("broadcast: 100 clients all get the 1000 messages of one of them, in one order")
async def one_publisher():
    await a_hundred(1)


@check("broadcast: 100 clients all get the 1000 messages of ten of them, in one order")
async def ten_publishers():
    await a_hundred(10)


@check("broadcast: 100 clients all get the 1000 messages that node sends in one burst")
async def a_burst():
    async with NodePeer() as node, contextlib.AsyncExitStack() as stack:
        peers = await asyncio.gather(*(stack.enter_async_context(client()) for _ in range(CLIENTS)))
        received = await asyncio.gather(
            *(receive(peer, MESSAGES) for peer in peers), node.receive(MESSAGES), node.publish("node", MESSAGES))
        for order in received[:-1]:
            complete(order, ["node"], MESSAGES)


with server:
    main()
