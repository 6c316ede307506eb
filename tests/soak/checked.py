"""The clients that are checked message by message: order, nothing lost, nothing doubled."""

import asyncio
import hashlib
import random
import time

from ws import BINARY, TEXT, Client, Ended

# How long anything may take on a machine that does other things as well.
PATIENCE = 60


class Failed(Exception):
    """A check has failed."""


def must(holds, what):
    if not holds:
        raise Failed(what)


class Checked:
    """All checked clients. `counts` says how much was checked."""

    def __init__(self, address, seed):
        self.address = address
        self.random = random.Random(seed)
        self.counts = {"echoes": 0, "deliveries": 0, "chat lines": 0, "connections": 0}
        self.stopping = asyncio.Event()

    async def run(self, until_stop):
        tasks = [asyncio.create_task(self.echoes(number)) for number in range(8)]
        tasks.append(asyncio.create_task(self.broadcast()))
        tasks.append(asyncio.create_task(self.chat()))
        stop = asyncio.create_task(until_stop)
        done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # a failed check is told at once
        must(stop in done, "a checked client ended by itself")
        self.stopping.set()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)

    async def echoes(self, number):
        """Connections one after the other, each with messages of many sizes in flight."""
        generator = random.Random(self.random.random())
        while not self.stopping.is_set():
            client = await Client.open(self.address, "/echo", tls=number % 2 == 1)
            self.counts["connections"] += 1
            until = time.monotonic() + generator.uniform(1, 15)
            in_flight = asyncio.Queue(generator.choice([1, 4, 32]))

            async def send():
                while time.monotonic() < until and not self.stopping.is_set():
                    size = generator.choice([0, 1, 125, 126, 1000, 65535, 65536, 200000])
                    letters = f"{number} {generator.random()} ".encode()
                    message = (letters * (size // len(letters) + 1))[:size]
                    cut = generator.choice([None, None, max(1, size // 3)])
                    await in_flight.put(message)
                    await client.send(generator.choice([TEXT, BINARY]), message, cut)
                    await asyncio.sleep(generator.choice([0, 0.01, 0.1]))
                await in_flight.put(None)

            sending = asyncio.create_task(send())
            try:
                while (expected := await in_flight.get()) is not None:
                    message = await asyncio.wait_for(client.receive(), PATIENCE)
                    must(message == expected, f"echo {number}: {message[:60]} for {expected[:60]}")
                    self.counts["echoes"] += 1
                await sending
            except (Ended, asyncio.TimeoutError) as error:
                raise Failed(f"echo {number}: {error!r}") from error
            finally:
                sending.cancel()
            code = await client.close()
            must(code == 1000, f"echo {number} was closed with {code}")

    async def members(self, paths, publish, pause, read, count):
        """Members of one room: each sends numbered lines, and receives all lines of all members, in one
        order. `read` takes a message apart into who and number, or None."""
        clients = [await Client.open(self.address, path, tls) for path, tls in paths]
        self.counts["connections"] += len(clients)
        # Everybody is in the room before anybody says anything: each has heard its own first line.
        said, heard = [0] * len(clients), [[0] * len(clients) for _ in clients]
        orders = [hashlib.sha256() for _ in clients]
        present = [asyncio.Event() for _ in clients]
        totals = [None]  # how much each one said, once all have stopped

        async def speak(me):
            await asyncio.gather(*(event.wait() for event in present))
            while not self.stopping.is_set():
                said[me] += 1
                await publish(clients[me], me, said[me])
                await asyncio.sleep(pause(me, said[me]))

        async def listen(me):
            while totals[0] != heard[me]:
                try:
                    message = await asyncio.wait_for(clients[me].receive(), PATIENCE)
                except (Ended, asyncio.TimeoutError) as error:
                    raise Failed(f"{paths[me][0]} {me}: {error!r}") from error
                line = read(message)
                if line is None:
                    continue
                who, number = line
                if number == 0:
                    if who == me:
                        present[me].set()
                    continue
                must(
                    number == heard[me][who] + 1,
                    f"{paths[me][0]} {me} heard {number} of {who} behind {heard[me][who]}",
                )
                heard[me][who] = number
                orders[me].update(f"{who} {number} ".encode())
                self.counts[count] += 1

        listening = [asyncio.create_task(listen(me)) for me in range(len(clients))]
        for me, client in enumerate(clients):
            await publish(client, me, 0)
        speaking = [asyncio.create_task(speak(me)) for me in range(len(clients))]
        stop = asyncio.create_task(self.stopping.wait())
        done, _ = await asyncio.wait(
            [stop, *listening, *speaking], return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        await asyncio.gather(*speaking)
        totals[0] = said
        for client, me in zip(clients, range(len(clients))):
            await publish(client, me, 0)  # so that everybody looks again
        await asyncio.wait_for(asyncio.gather(*listening), PATIENCE)
        must(len({order.digest() for order in orders}) == 1, f"{paths[0][0]}: the orders differ")
        for client in clients:
            code = await client.close()
            must(code == 1000, f"{paths[0][0]}: closed with {code}")

    async def broadcast(self):
        """Eight members of /broadcast, where others come, go, stall and say other things."""
        pad = "x" * 300

        async def publish(client, me, number):
            await client.send(TEXT, f"checked {me} {number} {pad}".encode())

        def read(message):
            words = message.split(b" ", 3)
            return (int(words[1]), int(words[2])) if words[0] == b"checked" else None

        def pause(me, number):
            return 0 if number % 100 < 60 else 0.2  # bursts

        paths = [("/broadcast", member % 2 == 1) for member in range(8)]
        await self.members(paths, publish, pause, read, "deliveries")

    async def chat(self):
        """Six members of a chat room."""

        async def publish(client, me, number):
            await client.send(TEXT, f"line {number}".encode())

        def read(message):
            head, _, text = message.decode().partition(": line ")
            if not text.isdigit() or " " in head.removeprefix("#checked "):
                return None
            return int(head.removeprefix("#checked checked-")), int(text)

        paths = [(f"/chat/checked?name=checked-{me}", me % 2 == 1) for me in range(6)]
        await self.members(paths, publish, lambda *_: 0.2, read, "chat lines")
