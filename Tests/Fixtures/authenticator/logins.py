"""Logs in over a real WebSocket at a real Crossbar and prints what came of it, a JSON object: {case: outcome}.

An outcome is a role ("role kopnik") or the error's URI. Standard input: {"url", "authority", "logins": {case: [authid, ticket]}}.
Run with the Python of the crossbar image. With "alone", it starts a router of its own first (see `alone`).
"""
import asyncio
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from websockets.asyncio.client import connect

HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE = 1, 2, 3, 4, 5


async def log_in(url, context, authid, ticket):
    # Not websockets' client with threads: in Python 3.13 one that reads TLS can keep another from writing (cpython#137583).
    async with connect(url, subprotocols=["wamp.2.json"], ssl=context, open_timeout=30, close_timeout=2) as socket:
        roles = {"caller": {}}
        methods = ["anonymous"] if ticket is None else ["ticket"]
        await socket.send(json.dumps([HELLO, "kopa", {"roles": roles, "authmethods": methods, "authid": authid}]))
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if message[0] == CHALLENGE:
                await socket.send(json.dumps([AUTHENTICATE, ticket, {}]))
            elif message[0] == WELCOME:
                return "role " + message[2]["authrole"]
            elif message[0] == ABORT:
                return message[2]


class Captcha(http.server.BaseHTTPRequestHandler):
    """Stands for reCAPTCHA: the response decides on the answer; the secret must be the one that was given."""

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        response = form.get("response", [""])[0]
        if response == "broken":
            return self.send_error(500)
        if form.get("secret") != ["a secret of reCAPTCHA"]:
            answer = {"success": False, "error-codes": ["invalid-input-secret"]}
        elif response == "good":
            answer = {"success": True}
        else:
            answer = {"success": False, "error-codes": ["invalid-input-response"]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def alone(request):
    """Starts a captcha service and a router beside it, on the settings that were given; returns how to end the router."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Captcha)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tempfile.mkdtemp()
    with open(f"{folder}/config.json", "w") as file:
        json.dump(request["config"], file)
    environment = dict(os.environ, KOPNIK_CAPTCHA_URL=f"http://127.0.0.1:{server.server_port}/", HOME=folder)
    log = open(f"{folder}/log", "w")
    router = subprocess.Popen(
        ["/opt/crossbar/bin/crossbar", "start", "--cbdir", folder, "--color", "false"], env=environment, stdout=log,
        stderr=log, start_new_session=True)
    deadline = time.monotonic() + 60
    # The router opens its port after it has started the authenticator.
    while "authenticator is ready" not in open(f"{folder}/log").read() or not answers(8080):
        if router.poll() is not None or time.monotonic() > deadline:
            sys.exit("the router did not start:\n" + open(f"{folder}/log").read()[-2000:])
        time.sleep(0.1)
    return router, f"{folder}/log"


def main():
    request = json.load(sys.stdin)
    context = None
    if request["url"].startswith("wss:"):
        context = ssl.create_default_context(cadata=request["authority"])
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    router, log = alone(request) if "config" in request else (None, None)
    try:
        outcomes = {
            name: asyncio.run(log_in(request["url"], context, *login)) for name, login in request["logins"].items()
        }
        if log:
            text = open(log).read()
            # No ticket, password or secret may be in the router's log.
            outcomes["log"] = [word for word in request["secrets"] if word in text]
        print(json.dumps(outcomes))
    finally:
        if router:
            os.killpg(router.pid, 9)


main()
