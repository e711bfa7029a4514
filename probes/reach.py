# Looks whether names lead to this very server: JSON in, JSON out, run by the Python of the keeper's image.
import concurrent.futures, errno, http.client, json
import dns.exception, dns.resolver

RESOLVER = dns.resolver.Resolver()
RESOLVER.lifetime = 8


def records(name, kind):
    try:
        return {"records": [record.to_text() for record in RESOLVER.resolve(name, kind)]}
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return {"records": []}
    except (dns.exception.DNSException, OSError) as error:
        return {"records": [], "error": str(error) or type(error).__name__}


# The first CAA records from the name upwards count (RFC 8659, 3).
def caa(name):
    parts = name.split(".")
    for index in range(len(parts) - 1):
        parent = ".".join(parts[index:])
        found = records(parent, "CAA")
        if found["records"]:
            return {"name": parent, "records": found["records"]}
    return None


def fetch(name, address):
    connection = http.client.HTTPConnection(address, request["port"], timeout=8)
    try:
        connection.request("GET", request["path"], headers={"Host": name, "User-Agent": "kopnik"})
        response = connection.getresponse()
        body = response.read(200).decode("latin-1").strip()
        return {"address": address, "isHere": body == request["token"], "status": response.status,
                "server": response.getheader("Server"), "location": response.getheader("Location")}
    except (OSError, http.client.HTTPException) as error:
        # A container without IPv6 has no way to an address that others reach well.
        nowhere = getattr(error, "errno", None) in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)
        return {"address": address, "isHere": False, "error": str(error) or type(error).__name__,
                "cannotTell": nowhere and ":" in address}
    finally:
        connection.close()


def look(name):
    four, six = records(name, "A"), records(name, "AAAA")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        fetched = list(threads.map(lambda address: fetch(name, address), (four["records"] + six["records"]) if request["fetches"] else []))
    return {"name": name, "dnsError": four.get("error"), "fetched": fetched, "caa": caa(name)}


with concurrent.futures.ThreadPoolExecutor(8) as threads:
    print(json.dumps(list(threads.map(look, request["names"]))))
