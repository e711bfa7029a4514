"""Says who may join the realm `kopa` with a ticket.

The contract is that of kp-client's own authenticator: procedure org.kopnik.authenticate, called by Crossbar with
(realm, authid, details), returns the role. Only the kopnik.org server logs in by ticket so far; users come later.
"""
import hmac
from pathlib import Path

from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import inlineCallbacks

TICKET = Path("/run/secrets/wamp-ticket")
PROCEDURE = "org.kopnik.authenticate"


def role_of(authid, ticket, secret):
    """The role for these credentials, or None. Compares in constant time, so answers tell nothing about the ticket."""
    if not isinstance(ticket, str) or not secret:
        return None
    same = hmac.compare_digest(ticket.encode("utf-8"), secret)
    return "server" if same and authid == "server" else None


class AuthenticatorSession(ApplicationSession):
    @inlineCallbacks
    def onJoin(self, details):
        # Read once: a rotated secret has another name in Swarm and starts another container.
        secret = TICKET.read_bytes().strip()
        if not secret:
            raise RuntimeError(f"{TICKET} is empty")

        def authenticate(realm, authid, details):
            # `details` holds the ticket: it must not be logged, here or by an exception's text.
            role = role_of(authid, details.get("ticket"), secret) if realm == "kopa" else None
            if role is None:
                self.log.info("refused a ticket login")
                raise ApplicationError("org.kopnik.error.not_authenticated", "unknown user or wrong ticket")
            return {"role": role}

        yield self.register(authenticate, PROCEDURE)
        self.log.info("authenticator is ready")
