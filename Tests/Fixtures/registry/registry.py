"""A small npm registry with packages of our own that are as awkward as bcrypt 0.8.7: it is built with the nan that it asks for, and that one
is too old. Run with any Python 3; listens on port 4873."""
import base64
import gzip
import hashlib
import http.server
import io
import json
import tarfile

# Stands for node-gyp: it fails where the compiler would.
BUILD = """
const nan = require('nan/package.json').version.split('.').map(Number);
if (nan[0] < 2 || (nan[0] === 2 && nan[1] < 6)) throw new Error(`nan ${nan.join('.')} does not compile`);
require('fs').writeFileSync(__dirname + '/built', nan.join('.'));
"""
NATIVE = {"build.js": BUILD, "index.js": "exports.builtWith = require('fs').readFileSync(__dirname + '/built', 'utf8');"}
PACKAGES = {
    "bcrypt": {"0.8.7": ({"scripts": {"install": "node build.js"}, "dependencies": {"nan": "2.3.5"}}, NATIVE)},
    "libpq": {"1.8.7": ({"scripts": {"install": "node build.js"}, "dependencies": {"nan": "^2.3.2"}}, NATIVE)},
    "nan": {version: ({}, {"nan.h": version}) for version in ["2.3.5", "2.10.0", "2.14.2"]},
}


def archive(name, version):
    description, files = PACKAGES[name][version]
    files = dict(files, **{"package.json": json.dumps(dict(description, name=name, version=version))})
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo("package/" + path)
            entry.size, entry.mode = len(text.encode()), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
    # The same bytes each time: npm's lock file remembers their digest.
    return gzip.compress(stream.getvalue(), mtime=0)


ARCHIVES = {f"/{name}/-/{name}-{version}.tgz": archive(name, version) for name in PACKAGES for version in PACKAGES[name]}


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ARCHIVES.get(self.path)
        name = self.path.strip("/")
        if name in PACKAGES:
            versions = {}
            for version, (description, _) in PACKAGES[name].items():
                path = f"/{name}/-/{name}-{version}.tgz"
                digest = base64.b64encode(hashlib.sha512(ARCHIVES[path]).digest()).decode()
                source = {"tarball": f"http://{self.headers['Host']}{path}", "integrity": "sha512-" + digest}
                versions[version] = dict(description, name=name, version=version, dist=source)
            body = json.dumps({"name": name, "dist-tags": {"latest": max(versions, key=len)}, "versions": versions}).encode()
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", 4873), Registry).serve_forever()
