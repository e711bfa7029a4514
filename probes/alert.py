# Hands one alert to the mail service or to a hook of the web: run inside the keeper's container, `request` in, JSON out.
# Nothing of the hook's address but the host is ever said: what follows it is often a secret.
import email.message, email.utils, json, signal, smtplib, socket, ssl, urllib.error, urllib.parse, urllib.request


def late(*_):
    raise TimeoutError("no answer within 30 s")


signal.signal(signal.SIGALRM, late)
signal.alarm(30)


class NoDetour(urllib.request.HTTPRedirectHandler):
    # A POST that is sent elsewhere becomes a GET, which nobody reads.
    def redirect_request(self, *_):
        return None


def by_mail(mail):
    letter = email.message.EmailMessage()
    plain = lambda text: "".join(c if c.isprintable() else " " for c in text)
    letter["From"], letter["To"], letter["Subject"] = mail["from"], mail["to"], plain(mail["subject"])
    letter["Date"] = email.utils.formatdate(usegmt=True)
    letter["Message-ID"] = "<%s@%s>" % (mail["id"], mail["from"].rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail["text"], cte="quoted-printable")
    with smtplib.SMTP("mail", 25, local_hostname="keeper", timeout=15) as server:
        server.ehlo()
        for code, said in (server.mail(mail["from"]), server.rcpt(mail["to"])):
            if code >= 300:
                return False, "%d %s" % (code, said.decode("utf-8", "replace"))
        code, said = server.data(letter.as_bytes())
        return code < 300, "%d %s" % (code, said.decode("utf-8", "replace"))


def by_hook(hook):
    host = urllib.parse.urlsplit(hook["url"]).netloc
    request = urllib.request.Request(
        hook["url"], data=json.dumps(hook["body"], ensure_ascii=False).encode(), method="POST",
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "kopnik"})
    try:
        with urllib.request.build_opener(NoDetour).open(request, timeout=15) as answer:
            return True, "%s answered %d" % (host, answer.status)
    except urllib.error.HTTPError as error:
        return False, "%s answered %d" % (host, error.code)
    except urllib.error.URLError as error:
        return False, "%s: %s" % (host, reason(error.reason))
    except Exception as error:
        return False, "%s: %s" % (host, reason(error))


def reason(error):
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted here (%s)" % error.verify_message
    if isinstance(error, socket.gaierror):
        return "no such name"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


try:
    well, said = by_hook(request["hook"]) if request.get("hook") else by_mail(request["mail"])
except Exception as error:
    well, said = False, "mail:25: %s" % reason(error)
print(json.dumps({"accepted": well, "said": said[:300]}))
