#!/usr/bin/python3
# Keeps WAMP sessions open over wss, as browsers do: `ready` once all are welcomed; at the end of its input tells how many still answer.
#   hold-sessions.py URL ADDRESS COUNT CA-FILE
import asyncio, json, ssl, sys
from websockets.legacy.client import connect

URL, ADDRESS, COUNT, AUTHORITY = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HOST = URL.split("/")[2]
HELLO = json.dumps([1, "kopa", {"roles": {"caller": {}}, "authmethods": ["anonymous"]}])


async def session(context):
    connection = await connect(
        URL, host=ADDRESS, port=443, server_hostname=HOST, subprotocols=["wamp.2.json"], ssl=context, ping_interval=None, open_timeout=30)
    await connection.send(HELLO)
    welcome = json.loads(await asyncio.wait_for(connection.recv(), 30))
    assert welcome[0] == 2, welcome
    return connection


async def is_open(connection):
    try:
        await asyncio.wait_for(await connection.ping(), 10)
        return True
    except Exception as error:
        print(f"lost: {error!r}", flush=True)
        return False


async def main():
    context = ssl.create_default_context(cafile=AUTHORITY)
    connections = []
    # Not all at once: nginx lets one visitor open 100 and then 5 a second.
    for _ in range(COUNT):
        connections.append(await session(context))
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print("open", sum(await asyncio.gather(*map(is_open, connections))), flush=True)


asyncio.run(main())
