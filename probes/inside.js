// The program that looks from inside the container of kp-server: JSON in, JSON out, Node's own modules only.
const net = require("net"), http = require("http"), fs = require("fs"), path = require("path");
const crypto = require("crypto");
setTimeout(() => process.exit(3), 15000).unref();

// Connects, says `hello` if there is one, and gives what came first.
const talk = (host, port, hello) => new Promise((done, fail) => {
  const socket = net.connect({ host, port });
  socket.setTimeout(5000, () => fail(new Error(`${host}:${port} took the connection and said nothing for 5 s`)) || socket.destroy());
  socket.on("connect", () => hello && socket.write(hello));
  socket.on("data", (data) => { done(data.toString("latin1")); socket.destroy(); });
  socket.on("error", (error) => fail(new Error(`${host}:${port}: ${error.message}`)));
  socket.on("close", () => fail(new Error(`${host}:${port} closed the connection`)));
});
const greeting = async (host, port, hello, pattern) => {
  const said = (await talk(host, port, hello)).split(/\r?\n/)[0].slice(0, 80);
  return { said, greeting: pattern.test(said) ? said : null };
};
// SSLRequest: answered by one byte, S or N (PostgreSQL manual, 54.2.11); nothing is logged for it.
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const upgrade = "GET /ws HTTP/1.1\r\nHost: crossbar:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: a29wbmlrLXZlcmlmeS1jaA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n";

const shape = (text) => {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return Object.keys(value).sort().join(" ");
  } catch (ignored) { /* not JSON */ }
  return crypto.createHash("sha256").update(text).digest("hex").slice(0, 16);
};
const ask = (where) => new Promise((done, fail) => {
  http.get({ host: "127.0.0.1", port: request.port, path: where, timeout: 5000, agent: false }, (response) => {
    const parts = [];
    response.on("data", (part) => parts.push(part));
    response.on("end", () => done({ path: where, status: response.statusCode, shape: shape(Buffer.concat(parts).toString("utf8")) }));
  }).on("timeout", function () { this.destroy(new Error("no answer in 5 s")); }).on("error", fail);
});

// Every package that package.json names, and theirs, looked for in node_modules where Node looks for them.
const dependencies = () => {
  const read = (folder) => JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const find = (name, from) => {
    for (let folder = from; ; folder = path.dirname(folder)) {
      const place = path.join(folder, "node_modules", name);
      if (fs.existsSync(path.join(place, "package.json"))) return fs.realpathSync(place);
      if (folder === path.dirname(folder)) return null;
    }
  };
  const root = fs.realpathSync(process.cwd());
  const seen = new Set(), missing = [], waiting = [[root, ""]];
  while (waiting.length && seen.size < 5000) {
    const [folder, trail] = waiting.shift();
    const about = read(folder);
    const optional = about.optionalDependencies || {};
    for (const name of Object.keys(about.dependencies || {})) {
      const place = find(name, folder);
      if (!place) { if (!(name in optional)) missing.push(trail + name); continue; }
      if (seen.has(place)) continue;
      seen.add(place);
      waiting.push([place, `${trail}${name} → `]);
    }
  }
  return { checked: seen.size, missing };
};

// The process that is kp-server: whoever listens on its port, found by its socket (proc(5)), or where it has none, whoever runs
// its main file. Of its environment only npm's own word is looked at.
const about = (id) => {
  const variables = fs.readFileSync(`/proc/${id}/environ`, "utf8").split("\0");
  const script = variables.find((variable) => variable.startsWith("npm_lifecycle_event="));
  const command = fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0").join(" ").trim();
  return { command: command.slice(0, 120), script: script ? script.slice("npm_lifecycle_event=".length) : null };
};
const processes = () => fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
const runner = () => {
  for (const id of processes()) {
    try {
      const words = fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
      if (words[0].endsWith("node") && words.includes(request.main)) return about(id);
    } catch (ignored) { /* gone meanwhile */ }
  }
  throw new Error(`no process of this container runs ${request.main}`);
};
const listener = () => {
  const inodes = new Set();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    if (!fs.existsSync(table)) continue;
    for (const line of fs.readFileSync(table, "utf8").split("\n").slice(1)) {
      const words = line.trim().split(/\s+/);
      if (words[3] === "0A" && parseInt(words[1].split(":")[1], 16) === request.port) inodes.add(`socket:[${words[9]}]`);
    }
  }
  for (const id of processes()) {
    let links = [];
    try { links = fs.readdirSync(`/proc/${id}/fd`).map((name) => fs.readlinkSync(`/proc/${id}/fd/${name}`)); } catch (ignored) { /* gone, or not ours */ }
    if (!links.some((link) => inodes.has(link))) continue;
    return about(id);
  }
  throw new Error(`no process of this container listens on port ${request.port}`);
};

const part = async (look) => { try { return await look(); } catch (error) { return { error: error.message }; } };
(async () => {
  const looks = {
    mail: () => greeting("mail", 25, null, /^220[ -]/),
    db: () => greeting("db", 5432, sslRequest, /^[SN]$/),
    crossbar: () => greeting("crossbar", 8080, upgrade, /^HTTP\/1\.1 101 /),
    dependencies, process: request.port ? listener : runner,
    answers: () => Promise.all(request.port ? request.paths.map(ask) : []),
  };
  const names = Object.keys(looks);
  const values = await Promise.all(names.map((name) => part(looks[name])));
  const answer = {};
  names.forEach((name, index) => { answer[name] = values[index]; });
  process.stdout.write(JSON.stringify(answer) + "\n", () => process.exit(0));
})();
