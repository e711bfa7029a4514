# The program that looks from outside: JSON in, JSON out, run by the Python of the crossbar image, which has HTTP/2 and WebSocket.
import asyncio, concurrent.futures, datetime, hashlib, http.client, os, signal, smtplib, socket, ssl, time, urllib.parse, uuid
import h2.config, h2.connection, h2.events, psutil
from cryptography import x509
from websockets.asyncio.client import connect

# Nothing here may outlive the command that started it. The first process of a container has no default actions (signal(7)).
signal.signal(signal.SIGALRM, lambda *_: os._exit(3))
signal.alarm(20)
DOMAIN, HTTPS, LIMIT = request["domain"], request["https"], 5
HERE = "127.0.0.1"
HOST = DOMAIN if HTTPS == 443 else f"{DOMAIN}:{HTTPS}"


def trusting():
    context = ssl.create_default_context()
    if request.get("authority"):
        context.load_verify_locations(cadata=request["authority"])
    # Browsers do not ask for what Python asks for since 3.13 (an authority key identifier, for one).
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def careless():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


# An unfit certificate has a row of its own; it must not hide what the other rows would see.
def context(alpn=("http/1.1",)):
    made = careless() if CERTIFICATE.get("refusal") else trusting()
    made.set_alpn_protocols(list(alpn))
    return made


def secure(made):
    raw = socket.create_connection((HERE, HTTPS), timeout=LIMIT)
    return made.wrap_socket(raw, server_hostname=DOMAIN)


def certificate():
    with secure(careless()) as connection:
        served = connection.getpeercert(binary_form=True)
    parsed = x509.load_der_x509_certificate(served)
    left = parsed.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
    refusal = None
    try:
        secure(trusting()).close()
    except ssl.SSLCertVerificationError as error:
        refusal = error.verify_message
    same = None
    if request.get("chain"):
        end = "-----END CERTIFICATE-----"
        same = ssl.PEM_cert_to_DER_cert(request["chain"].split(end)[0] + end + "\n") == served
    life = parsed.not_valid_after_utc - parsed.not_valid_before_utc
    return {"refusal": refusal, "issuer": parsed.issuer.rfc4514_string(), "daysLeft": left.days, "lifeDays": life.days,
            "isTheFile": same}


def plain():
    connection = http.client.HTTPConnection(HERE, request["http"], timeout=LIMIT)
    connection.request("GET", "/", headers={"Host": DOMAIN})
    response = connection.getresponse()
    return {"status": response.status, "location": response.getheader("Location")}


def http2():
    with secure(context(("h2", "http/1.1"))) as connection:
        agreed = connection.selected_alpn_protocol()
        if agreed != "h2":
            return {"agreed": agreed, "status": None}
        state = h2.connection.H2Connection(config=h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        state.initiate_connection()
        headers = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", "/")]
        state.send_headers(1, headers, end_stream=True)
        connection.sendall(state.data_to_send())
        while data := connection.recv(65536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    return {"agreed": agreed, "status": int(dict(event.headers)[":status"])}
            connection.sendall(state.data_to_send())
        raise OSError("the connection was closed without an answer to the HTTP/2 request")


class Refused(Exception):
    pass


# A WAMP session over wss: HELLO to WELCOME, then one request at a time.
class Session:
    def __init__(self, realm, method, ticket=None):
        # Not the client with threads: in Python 3.13 one that reads TLS can keep another from writing (cpython#137583).
        self.loop = asyncio.new_event_loop()
        try:
            self.open()
        except TimeoutError:
            # A computer that is busy with its first start deserves a second question; a router that is away does not pass it.
            self.open()
        try:
            self.join(realm, method, ticket)
        except BaseException:
            self.close()
            raise

    def open(self):
        raw = socket.create_connection((HERE, HTTPS), timeout=LIMIT)
        self.socket = self.run(connect(f"wss://{HOST}/ws", sock=raw, ssl=context(), server_hostname=DOMAIN, proxy=None,
                              subprotocols=["wamp.2.json"], open_timeout=LIMIT, close_timeout=1, compression=None))

    def run(self, work):
        async def bounded():
            return await asyncio.wait_for(work, LIMIT)
        return self.loop.run_until_complete(bounded())

    def join(self, realm, method, ticket):
        details = {"roles": {name: {} for name in ("caller", "callee", "publisher", "subscriber")}, "authmethods": [method]}
        if method == "ticket":
            details["authid"] = "server"
        self.send(1, realm, details)
        answer = self.receive()
        if answer[0] == 4:
            self.send(5, ticket, {})
            answer = self.receive()
        if answer[0] != 2:
            raise Refused(answer[2] if answer[0] == 3 else f"message {answer[0]}")
        self.role, self.number = answer[2].get("authrole"), 0

    def send(self, *message):
        self.run(self.socket.send(json.dumps(message)))

    def receive(self):
        return json.loads(self.run(self.socket.recv()))

    # Whether the router lets this session do so; what it did vanishes with the session.
    def may(self, action, uri):
        self.number += 1
        code, rest = {
            "subscribe": (32, ({}, uri)), "register": (64, ({}, uri)), "call": (48, ({}, uri)),
            "publish": (16, ({"acknowledge": True}, uri)),
        }[action]
        self.send(code, self.number, *rest)
        answer = self.receive()
        # Names of WAMP's own are nobody's to register or publish (WAMP specification, 2.1.1): the router has another word for it.
        refusals = ["wamp.error.not_authorized"] + ["wamp.error.invalid_uri"] * uri.startswith("wamp.")
        return not (answer[0] == 8 and answer[4] in refusals)

    def close(self):
        self.run(self.socket.close())
        self.loop.close()


# What the client's own configuration says of the router that it is for.
def wishes():
    document = json.loads(request["router"])
    routers = [worker for worker in document["workers"] if worker.get("type") == "router"]
    realms = {realm["name"]: realm for worker in routers for realm in worker.get("realms", [])}
    auth = {}
    for worker in routers:
        for transport in worker.get("transports", []):
            for path in transport.get("paths", {}).values():
                if path.get("type") == "websocket":
                    auth.update(path.get("auth", {}))
    return realms, auth


def ways(auth):
    if not auth or "anonymous" in auth:
        yield "anonymous", auth.get("anonymous", {}).get("role", "anonymous"), None
    if "ticket" in auth and request.get("ticket"):
        yield "ticket", "server", request["ticket"]


def session():
    realms, auth = wishes() if request.get("router") else ({"kopa": {}}, {"anonymous": {}})
    method, _, ticket = next(ways(auth))
    joined = Session(next(iter(realms)), method, ticket)
    seen = {"subprotocol": joined.socket.subprotocol, "role": joined.role, "method": method}
    joined.close()
    return seen


def outcome(realm, method, ticket=None):
    try:
        joined = Session(realm, method, ticket)
    except Refused as refusal:
        return f"refused ({refusal})"
    joined.close()
    return f"joined as {joined.role}"


def permissions(joined, role):
    asked, differences = 0, []
    for rule in role.get("permissions", []):
        uri, match = rule.get("uri", ""), rule.get("match", "exact")
        if uri.endswith("*"):
            uri, match = uri[:-1], "prefix"
        if match != "prefix":
            continue
        # A name that nobody else uses: nothing real is called or told.
        name = ".".join(part for part in (uri.rstrip("."), "verify_" + uuid.uuid4().hex[:12]) if part)
        allow = rule.get("allow", rule)
        for action in ("subscribe", "publish", "register", "call"):
            asked += 1
            may = joined.may(action, name)
            if may != bool(allow.get(action)):
                said = "may" if may else "may not"
                differences.append(f"role {role['name']} {said} {action} below '{uri}'")
    return asked, differences


def router():
    if not request.get("router"):
        raise FileNotFoundError("there is no .crossbar/config.json in kp-client")
    realms, auth = wishes()
    asked, differences = 1, []
    seen = outcome("kopnik_verify_no_such_realm", next(ways(auth))[0], request.get("ticket"))
    if not seen.startswith("refused"):
        differences.append(f"a realm that the file does not have: {seen}")
    if "ticket" in auth:
        asked += 1
        seen = outcome(next(iter(realms)), "ticket", "wrong")
        if not seen.startswith("refused"):
            differences.append(f"a wrong ticket: {seen}")
    for name, realm in realms.items():
        roles = {role["name"]: role for role in realm.get("roles", [])}
        for method, wanted, ticket in ways(auth):
            asked += 1
            try:
                joined = Session(name, method, ticket)
            except Refused as refusal:
                differences.append(f"realm {name} by {method}: refused ({refusal})")
                continue
            try:
                if joined.role != wanted:
                    differences.append(f"realm {name} by {method}: joined as {joined.role}, not {wanted}")
                if joined.role not in roles:
                    differences.append(f"realm {name} by {method}: joined as {joined.role}, a role that the file does not have")
                more, other = permissions(joined, roles.get(joined.role, {}))
                asked, differences = asked + more, differences + other
            finally:
                joined.close()
    return {"asked": asked, "differences": differences}


def fetch(connection, path):
    connection.request("GET", path, headers={"Host": HOST})
    response = connection.getresponse()
    return response.status, response.read()


def secured():
    connection = http.client.HTTPSConnection(HERE, HTTPS, timeout=LIMIT)
    connection.sock = secure(context())
    return connection


def pages():
    connection, different, size = secured(), [], 0
    for name in request["files"]:
        with open(os.path.join("/dist", name), "rb") as file:
            wanted = file.read()
        status, body = fetch(connection, "/" + urllib.parse.quote(name))
        size += len(wanted)
        if status != 200:
            different.append(f"{name}: {status}")
        elif body != wanted:
            different.append(f"{name}: other bytes")
        if connection.sock is None:
            connection = secured()
    if "index.html" in request["files"]:
        with open("/dist/index.html", "rb") as file:
            if fetch(secured(), "/")[1] != file.read():
                different.append("/: not index.html")
    return {"compared": len(request["files"]), "bytes": size, "different": different}


def shape(body):
    try:
        value = json.loads(body)
        if isinstance(value, dict):
            return " ".join(sorted(value))
    except ValueError:
        pass
    return hashlib.sha256(body).hexdigest()[:16]


def answers():
    result = []
    for path in request["paths"]:
        status, body = fetch(secured(), path)
        result.append({"path": path, "status": status, "shape": shape(body)})
    return result


def greeting(address):
    try:
        with socket.create_connection((address, 25), timeout=0.5) as connection:
            try:
                said = connection.recv(80).decode("latin-1").strip()
            except OSError:
                said = ""
            return {"address": address, "said": said}
    except OSError:
        return None


def mail_port():
    families = (socket.AF_INET, socket.AF_INET6)
    found = [entry.address for entries in psutil.net_if_addrs().values() for entry in entries if entry.family in families]
    addresses = [address for address in dict.fromkeys(found) if "%" not in address][:32]
    with concurrent.futures.ThreadPoolExecutor(32) as threads:
        seen = [answer for answer in threads.map(greeting, addresses) if answer]
    return {"tried": len(addresses), "answering": seen}


# A stranger's letter to a stranger, given up before it is sent.
def relay():
    if not request.get("mail"):
        return {"asked": False, "accepted": False, "said": ""}
    try:
        with smtplib.SMTP(request["mail"], 25, "verify.invalid", LIMIT) as server:
            server.ehlo()
            server.mail("stranger@example.org")
            code, said = server.rcpt("stranger@example.com")
            server.rset()
    except OSError:
        # Closed, or no greeting: nothing comes in.
        return {"asked": False, "accepted": False, "said": ""}
    return {"asked": True, "accepted": code < 300 or b"limit of this site" in said, "said": f"{code} {said.decode('latin-1')}"[:80]}


# The dashboard's page and what it is told, asked for as `kopnik dashboard` does: at the container's own address.
def dashboard():
    wanted = request.get("dashboard")
    if not wanted or not wanted.get("address"):
        raise ConnectionError("its container has no address that this computer reaches")

    def ask(path):
        connection = http.client.HTTPConnection(wanted["address"], 8080, timeout=LIMIT)
        connection.request("GET", path, headers={"Host": "localhost"})
        # Kept here: for an answer that ends with its connection http.client lets go of it.
        return connection.sock, connection.getresponse()

    _, page = ask("/")
    text = page.read().decode()
    policy = page.getheader("Content-Security-Policy") or ""
    isPage = page.status == 200 and 'id="nodes"' in text and "default-src 'none'" in policy
    stranger = http.client.HTTPConnection(wanted["address"], 8080, timeout=LIMIT)
    stranger.request("GET", "/model", headers={"Host": "stranger.example"})
    refused = stranger.getresponse().status
    line_in, stream = ask("/events")
    silence, seen, name, deadline = None, {}, None, time.monotonic() + 12
    # What has just begun to run is drawn a moment later.
    while (left := deadline - time.monotonic()) > 0:
        line_in.settimeout(left)
        try:
            line = stream.fp.readline().decode()
        except TimeoutError:
            break
        if not line:
            break
        line = line.rstrip("\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            told = json.loads(line[6:])
            if name == "beat":
                silence = told["silence"]
            elif name == "model":
                seen = told
                if set(wanted["tasks"]) <= {task["id"] for task in seen["tasks"] if task["condition"] == "up"}:
                    break
    return {"isPage": isPage, "silence": silence, "nodes": len(seen.get("nodes", [])), "strangerIs": refused,
            "tasks": [task["id"] for task in seen.get("tasks", []) if task["condition"] == "up"]}


def part(look):
    try:
        return look()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}" if str(error) else type(error).__name__}


CERTIFICATE = part(certificate)
looks = {"plain": plain, "http2": http2, "session": session, "router": router, "pages": pages, "answers": answers,
         "mailPort": mail_port, "relay": relay, "dashboard": dashboard}
with concurrent.futures.ThreadPoolExecutor(len(looks)) as threads:
    seen = {name: value for name, value in zip(looks, threads.map(part, looks.values()))}
print(json.dumps({"certificate": CERTIFICATE} | seen))
