"""Chat rooms on wshub.exe: between Linux clients, and with wshub.exe itself as one of them."""

from .checks import check, equal
from .peers import connect
from .wine import PROGRAM, Console, Server


async def until(client, part):
    """Reads on until a line holds `part`."""
    seen = []
    while not seen or part not in seen[-1]:
        seen.append(await client.recv())
    return seen[-1]


@check("chat: names, rooms, who is there, and the last lines for who comes late")
async def rooms():
    with Server() as server:
        ana = await connect(server.url("/chat/lobby?name=ana"))
        await until(ana, "you are ana in #lobby")
        zoe = await connect(server.url("/chat/lobby?name=Zo%C3%AB"))
        await until(zoe, "you are Zo\u00eb in #lobby")
        await until(ana, "#lobby * Zo\u00eb joined (2 here)")
        await zoe.send("hello \u20ac")
        equal(await until(ana, "hello"), "#lobby Zo\u00eb: hello \u20ac")
        await ana.send("/who")
        answer = await until(ana, "Zo\u00eb")
        equal(answer, "* in #lobby: ana, Zo\u00eb (2 here)")
        await ana.send("/nosuch")
        assert (await until(ana, "! ")).startswith("! no such command: /nosuch")
        late = await connect(server.url("/chat/lobby?name=late"))
        assert "Zo\u00eb" in await until(late, "hello \u20ac")
        with Console("wine", PROGRAM, "connect", server.url("/chat/lobby?name=win")) as console:
            await until(ana, "#lobby * win joined (4 here)")
            console.type("from the console \u65e5\u672c")
            equal(await until(ana, "from the console"), "#lobby win: from the console \u65e5\u672c")
            console.wait_for("#lobby win: from the console \u65e5\u672c")
            console.key("C-c")
            equal(console.exit_code(), 0)
        await until(ana, "win left")
        for client in (ana, zoe, late):
            await client.close()
