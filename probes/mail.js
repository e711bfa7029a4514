// How the world sees the site's letters: JSON in, JSON out, run inside the container of kp-server, with Node's own modules only (Node 8 too).
const net = require("net"), tls = require("tls"), dns = require("dns");
setTimeout(() => process.exit(3), 25000).unref();

const late = (what, milliseconds) => new Promise((done, fail) => setTimeout(() => fail(new Error(what)), milliseconds).unref());
const none = ["ENODATA", "ENOTFOUND"];
// Empty: the DNS says that there is none. An error: it could not be asked.
const ask = (kind, name) => Promise.race([
  new Promise((done) => dns[kind](name, (error, values) => done(
    !error ? { values } : none.includes(error.code) ? { values: [] } : { error: `the DNS answered ${error.code} for ${name}` }))),
  late(`the DNS did not answer for ${name} within 6 s`, 6000),
]).catch((error) => ({ error: error.message }));
const texts = async (name) => {
  const answer = await ask("resolveTxt", name);
  return answer.values ? { values: answer.values.map((strings) => strings.join("")) } : answer;
};

// Greets as a mail server does and leaves again; what the other side says of our address is how the world sees us.
const greet = (host, port) => new Promise((done, fail) => {
  // Port 465 begins with TLS (RFC 8314, 3.3). Whether the certificate is right is judged by the mail service, which has authorities of its own.
  const wrapped = port === 465;
  const socket = wrapped ? tls.connect({ host, port, servername: net.isIP(host) ? undefined : host, rejectUnauthorized: false }) : net.connect({ host, port });
  let said = "", step = 0, connected = false, encrypted = !wrapped;
  const no = (why) => { fail(new Error(`${host}:${port} ${why}`)); socket.destroy(); };
  socket.setTimeout(8000, () => no(!connected ? "does not answer within 8 s"
    : encrypted ? "takes the connection, but says no word of a mail server within 8 s" : "takes the connection, but speaks no TLS within 8 s"));
  socket.on("connect", () => { connected = true; });
  socket.on("secureConnect", () => { encrypted = true; });
  socket.on("error", (error) => no(connected && !encrypted ? `takes the connection, but speaks no TLS (${error.code})` : `cannot be reached (${error.code})`));
  socket.on("close", () => no("closed the connection"));
  socket.on("data", (data) => {
    said += data.toString("latin1");
    const lines = said.split("\r\n").slice(0, -1);
    const last = lines[lines.length - 1] || "";
    if (!/^\d{3} /.test(last)) return;
    if (step === 0) {
      step = 1; said = "";
      if (last.startsWith("220 ")) greet.greeting = last.slice(0, 100); else return no(`refuses to talk: '${last.slice(0, 100)}'`);
      socket.write(`EHLO ${request.host}\r\n`);
    } else {
      const seen = /\[((?:\d{1,3}\.){3}\d{1,3})\]/.exec(lines[0]);
      done({ host, said: greet.greeting, address: seen ? seen[1] : null });
      socket.end("QUIT\r\n");
    }
  });
});

const isPublic = (address) => net.isIPv4(address) && !/^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(address);

// The first of some well-known mail servers that lets itself be reached.
const door = async () => {
  if (request.smarthost) {
    return greet(request.smarthost.host, request.smarthost.port).catch((error) => ({ error: error.message }));
  }
  const tries = request.targets.map(async (target) => {
    const answer = await ask("resolveMx", target);
    if (answer.error) throw new Error(answer.error);
    if (!answer.values.length) throw new Error(`the DNS names no mail server of ${target}`);
    return greet(answer.values.sort((a, b) => a.priority - b.priority)[0].exchange, 25);
  });
  const reasons = [];
  return new Promise((done) => tries.forEach((it) => it.then(done, (error) => {
    reasons.push(error.message);
    if (reasons.length === tries.length) done({ error: reasons[0], silent: reasons.every((reason) => /DNS/.test(reason)) });
  })));
};

// The records that a rule for senders (SPF) names, and those that they name: receivers follow them too, and not without end.
const policies = async (values) => {
  const seen = {};
  const follow = (records) => Promise.all((records || []).filter((text) => /^v=spf1( |$)/i.test(text)).map((text) =>
    Promise.all(text.toLowerCase().split(/ +/).map(async (word) => {
      const found = /^(?:[-+?~]?include:|redirect=)([^%/]+)$/.exec(word);
      if (!found || found[1] in seen || Object.keys(seen).length >= 30) return;
      seen[found[1]] = { error: "it did not answer in time" };
      seen[found[1]] = await texts(found[1]);
      await follow(seen[found[1]].values);
    }))));
  await Promise.race([follow(values), late("", 5000)]).catch(() => {});
  return seen;
};

(async () => {
  const [way, addresses] = await Promise.all([door(), ask("resolve4", request.host)]);
  const own = [way.address].concat(addresses.values || []).find((it) => it && (isPublic(it) || request.anyAddress)) || null;
  const parent = request.domain.split(".").slice(1).join(".");
  const reversed = own && own.split(".").reverse().join(".");
  const skipped = { values: [] };
  const [names, listed, spf, dkim, dmarc, inherited] = await Promise.all([
    own ? ask("reverse", own) : skipped, own ? ask("resolve4", `${reversed}.${request.list}`) : skipped,
    texts(request.domain), texts(`${request.selector}._domainkey.${request.domain}`), texts(`_dmarc.${request.domain}`),
    parent.includes(".") ? texts(`_dmarc.${parent}`) : skipped,
  ]);
  const others = await policies(spf.values);
  process.stdout.write(JSON.stringify({ way, own, addresses, names, listed, spf, policies: others, dkim, dmarc, inherited }), () => process.exit(0));
})();
