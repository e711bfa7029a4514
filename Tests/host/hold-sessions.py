#!/usr/bin/python3
# Keeps WAMP sessions open over wss, as browsers do: `ready` once all are welcomed; at the end of its input tells how many still answer, by
# which code the others were closed (1006: cut without one), and how long it took until a session could be joined again after the first.
#   hold-sessions.py URL ADDRESS COUNT CA-FILE
import asyncio, collections, json, ssl, sys, time
from websockets.legacy.client import connect

URL, ADDRESS, COUNT, AUTHORITY = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HOST, _, PORT = URL.split("/")[2].partition(":")
HELLO = json.dumps([1, "kopa", {"roles": {"caller": {}}, "authmethods": ["anonymous"]}])


async def session(context):
    connection = await connect(
        URL, host=ADDRESS, port=int(PORT or 443), server_hostname=HOST, subprotocols=["wamp.2.json"], ssl=context, ping_interval=None, open_timeout=30)
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


async def until_joined_again(connections, context):
    await asyncio.wait([asyncio.create_task(connection.wait_closed()) for connection in connections], return_when=asyncio.FIRST_COMPLETED)
    begin = time.monotonic()
    while True:
        try:
            await session(context)
            return time.monotonic() - begin
        except Exception:
            await asyncio.sleep(0.2)


async def main():
    context = ssl.create_default_context(cafile=AUTHORITY)
    connections = []
    # Not all at once: nginx lets one visitor open 100 and then 5 a second.
    for _ in range(COUNT):
        connections.append(await session(context))
    again = asyncio.create_task(until_joined_again(connections, context))
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    count = sum(await asyncio.gather(*map(is_open, connections)))
    for code, number in collections.Counter(connection.close_code for connection in connections if connection.closed).items():
        print("closed", code, number, flush=True)
    if again.done():
        print(f"joined again after {again.result():.1f} s", flush=True)
    print("open", count, flush=True)


asyncio.run(main())
