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
    # Where the site names an authority it alone is believed. A certificate is looked at by Python's own rules, and never passed over.
    try:
        trust = ssl.create_default_context(cadata=hook.get("authority"))
    except ssl.SSLError:
        return False, "%s: the authority that the site file names is no certificate" % host
    # Authorities that were made by hand often lack what RFC 5280 asks for besides; the signature, the time and the name are looked at all the same.
    if hook.get("authority"):
        trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        with urllib.request.build_opener(NoDetour, urllib.request.HTTPSHandler(context=trust)).open(request, timeout=15) as answer:
            return True, "%s answered %d" % (host, answer.status)
    except urllib.error.HTTPError as error:
        return False, "%s answered %d" % (host, error.code)
    except urllib.error.URLError as error:
        return False, "%s: %s" % (host, reason(error.reason))
    except Exception as error:
        return False, "%s: %s" % (host, reason(error))


# By OpenSSL's numbers (X509_STORE_CTX_get_error(3)): what is the matter, and in words.
CERTIFICATES = {
    9: ("early", "its certificate is not valid yet"), 10: ("expired", "its certificate has expired"),
    62: ("name", "its certificate is for another name"), 64: ("name", "its certificate is for another address"),
}
certificate = None


def reason(error):
    global certificate
    if isinstance(error, ssl.SSLCertVerificationError):
        certificate, words = CERTIFICATES.get(
            error.verify_code, ("untrusted", "its certificate is not trusted here (%s)" % error.verify_message))
        return words
    if isinstance(error, ssl.SSLError):
        return "it does not speak HTTPS as it should (%s)" % (error.reason or "no reason was given").lower().replace("_", " ")
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
print(json.dumps({"accepted": well, "said": said[:300], "certificate": certificate}))
