# Reads the letters that a local copy has caught, newest first: JSON out. Run by the Python of the crossbar image, the mailbox at /mailbox.
import email, email.policy, json, pathlib

LIMIT = 200


def letter(path):
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = parsed.get_body(preferencelist=("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, ValueError):
        text = "(in an encoding that cannot be read)"
    attached = [part.get_filename() or part.get_content_type() for part in parsed.iter_attachments()]
    # Where it really went; the header may say something else.
    to = parsed["X-Original-To"] or parsed["Delivered-To"] or parsed["To"]
    return {
        "id": path.name, "time": path.stat().st_mtime, "from": str(parsed["From"] or ""), "to": str(to or ""),
        "subject": str(parsed["Subject"] or ""), "text": text, "attached": attached,
    }


# Python's parser raises errors of many kinds for headers that are none: one such letter hides no other.
def readable(path):
    try:
        return letter(path)
    except Exception as problem:
        return {
            "id": path.name, "time": path.stat().st_mtime, "from": "", "to": "", "attached": [],
            "subject": "(a letter that cannot be read)", "text": f"{type(problem).__name__}: {problem}",
        }


box = pathlib.Path("/mailbox/new")
paths = sorted(box.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True) if box.is_dir() else []
print(json.dumps({"count": len(paths), "letters": [readable(path) for path in paths[:LIMIT]]}))
