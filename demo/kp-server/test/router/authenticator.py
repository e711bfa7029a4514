# The test's own, smallest authenticator: one user whose ticket comes from the environment.
import hmac
import os

from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError


class AuthenticatorSession(ApplicationSession):
    async def onJoin(self, details):
        async def authenticate(realm, authid, details):
            if authid == "server" and hmac.compare_digest(details.get("ticket", ""), os.environ["CROSSBAR_TICKET"]):
                return {"role": "server"}
            raise ApplicationError("org.kopnik.denied", "no such user, or not the right ticket")

        await self.register(authenticate, "org.kopnik.authenticate")
