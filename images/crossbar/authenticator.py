"""Says who may join the realm `kopa` with a ticket, and in which role.

The contract is that of kp-client's own authenticator: procedure org.kopnik.authenticate, called by Crossbar with
(realm, authid, details), returns the role. The kopnik.org server logs in with a ticket of its own. A person's ticket is
JSON, {"password": …, "captchaResponse": …}; captcha and password are checked against reCAPTCHA and the table "Kopnik".
The errors' URIs are the ones that kp-client knows.
"""
import hmac
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import bcrypt
import psycopg
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from twisted.enterprise import adbapi
from twisted.internet import reactor
from twisted.internet.defer import DeferredList, inlineCallbacks
from twisted.internet.threads import deferToThread

SETTINGS = Path("/run/secrets/authenticator.json")
PROCEDURE = "org.kopnik.authenticate"
CAPTCHA_URL = os.environ.get("KOPNIK_CAPTCHA_URL", "https://www.google.com/recaptcha/api/siteverify")

INCORRECT = "org.kopnik.incorrect_username_or_password"
UNVERIFIED = "org.kopnik.unverified_registration"
CAPTCHA = "org.kopnik.invalid_captcha"
CAPTCHA_STATUS = "org.kopnik.invalid_captcha_status_code"
UNAVAILABLE = "org.kopnik.authenticator_unavailable"


def is_server(authid, ticket, server):
    """Whether the kopnik.org server logs in. Compares in constant time, so answers tell nothing about the ticket."""
    same = hmac.compare_digest(ticket.encode(), server["password"].encode())
    return same and authid == server["username"]


def credentials(ticket):
    """The password and the captcha's response of a person's ticket; no person's ticket is anything but JSON."""
    try:
        parsed = json.loads(ticket)
    except ValueError:
        return None, None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("password"), str):
        return None, None
    return parsed["password"], parsed.get("captchaResponse")


def check_captcha(secret, response):
    """Asks reCAPTCHA. Raises the error that kp-client shows."""
    form = urllib.parse.urlencode({"secret": secret, "response": response or ""}).encode()
    try:
        with urllib.request.urlopen(CAPTCHA_URL, form, timeout=10) as answer:
            verdict = json.load(answer)
    except urllib.error.HTTPError as error:
        raise ApplicationError(CAPTCHA_STATUS, f"invalid captcha response code = {error.code}") from None
    except (OSError, ValueError) as error:
        raise ApplicationError(CAPTCHA_STATUS, f"reCAPTCHA cannot be asked: {type(error).__name__}") from None
    if not verdict.get("success"):
        raise ApplicationError(CAPTCHA, ", ".join(verdict.get("error-codes", [])))


def matches(password, hashed):
    """Whether a password fits its bcrypt hash."""
    try:
        # bcrypt itself looks at 72 bytes (its manual); the Python package refuses more, the old one cut them off.
        return bcrypt.checkpw(password.encode()[:72], hashed.encode())
    except ValueError:
        return False


# Compared with where there is nobody of that name: how long the answer takes must not tell who is registered.
NOBODY = bcrypt.hashpw(b"nobody", bcrypt.gensalt(10)).decode()


def look_up(transaction, email):
    """The people of an address, and whether a registration of it waits for its verification."""
    try:
        transaction.execute('SELECT password, rolee FROM public."Kopnik" WHERE email = %s', [email])
        people = transaction.fetchall()
        if people:
            return people, False
        transaction.execute('SELECT 1 FROM public."Registration" WHERE state = 0 AND email = %s', [email])
        return [], transaction.fetchone() is not None
    except psycopg.errors.UndefinedTable:
        # A source without people, such as the demo.
        return [], False


def end_in_order(router, log):
    """Ends every WebSocket with a close frame before the router ends, 1012 "service restart" (IANA, WebSocket close codes): a page
    joins again at once, where a line that was cut looks like a fault of the network. Crossbar itself cuts them.

    The names with underscores are Crossbar's own and not promised; without them the lines are cut as before.
    """
    try:
        transports = [session._transport for session in list(router._session_id_to_session.values())]
        sockets = [transport for transport in transports if hasattr(transport, "sendCloseFrame")]
        for socket in sockets:
            socket.sendCloseFrame(1012, b"restarting")
        log.info("ended {count} sessions in order", count=len(sockets))
        # Each answers and closes; who does not is cut.
        return DeferredList([socket.is_closed for socket in sockets]).addTimeout(3, reactor).addErrback(lambda _: None)
    except Exception as error:
        log.error("could not end the sessions in order: {kind}", kind=type(error).__name__)


class AuthenticatorSession(ApplicationSession):
    @inlineCallbacks
    def onJoin(self, details):
        # Read once: changed settings are another secret in Swarm and start another container.
        self.settings = json.loads(SETTINGS.read_text())
        if not self.settings["server"]["password"]:
            raise RuntimeError(f"{SETTINGS} has no ticket of the server")
        database = self.settings["database"]
        self.pool = adbapi.ConnectionPool(
            "psycopg", cp_min=0, cp_max=4, cp_reconnect=True, cp_noisy=False, host=database["host"],
            port=database["port"], dbname=database["database"], user=database["username"],
            password=database["password"], connect_timeout=5, tcp_user_timeout=5000, keepalives_idle=10,
            options="-c statement_timeout=5s")
        yield self.register(self.authenticate, PROCEDURE)
        # This session lives in the router's own process.
        reactor.addSystemEventTrigger("before", "shutdown", end_in_order, self._transport._router, self.log)
        self.log.info("authenticator is ready")

    def onUserError(self, failure, message):
        """A refused login is no fault of ours, and its text names the person: `authenticate` says what is to be said."""

    @inlineCallbacks
    def authenticate(self, realm, authid, details):
        # `details` holds the ticket: it must not be logged, here or by an exception's text.
        try:
            return (yield self.decide(realm, authid, details))
        except ApplicationError as error:
            self.log.info("refused a login: {uri}", uri=error.error)
            raise
        except Exception as error:
            self.log.error("cannot decide on a login: {kind}", kind=type(error).__name__)
            raise ApplicationError(UNAVAILABLE, "logins cannot be checked at the moment") from None

    @inlineCallbacks
    def decide(self, realm, authid, details):
        ticket = details.get("ticket")
        if realm != "kopa" or not isinstance(ticket, str) or not isinstance(authid, str):
            raise ApplicationError(INCORRECT, "Incorrect username or password")
        if is_server(authid, ticket, self.settings["server"]):
            return {"role": "server"}
        password, response = credentials(ticket)
        if password is None:
            raise ApplicationError(INCORRECT, f"Incorrect username or password {authid}")
        captcha = self.settings["captcha"]
        if captcha["secret"] or not captcha["optional"]:
            yield deferToThread(check_captcha, captcha["secret"] or "", response)
        try:
            people, waits = yield self.pool.runInteraction(look_up, authid)
        except (psycopg.OperationalError, adbapi.ConnectionLost):
            # A connection from before the database was restarted; the next one is new.
            people, waits = yield self.pool.runInteraction(look_up, authid)
        for hashed, role in people or [(NOBODY, None)]:
            # The roles of programs are nobody's, whatever the table says.
            if (yield deferToThread(matches, password, hashed or "")) and role and role not in ("server", "authenticator"):
                return {"role": role}
        if waits:
            raise ApplicationError(UNVERIFIED, f"Unverified registration {authid}")
        raise ApplicationError(INCORRECT, f"Incorrect username or password {authid}")
