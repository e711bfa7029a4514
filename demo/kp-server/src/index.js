import { readFileSync } from "node:fs";
import WebSocket from "ws";
import { readConfig, wampAddress } from "./config.js";
import { Database } from "./database.js";
import { closeServer, onStopSignal, readJson, sendJson, serve } from "./http.js";
import { Links } from "./links.js";
import { log, logSeldom, reason } from "./log.js";
import { Mail } from "./mail.js";
import { Notes } from "./notes.js";
import { Wamp } from "./wamp.js";

const PREFIX = "ru.kopnik.demo";
const config = readConfig();
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const started = Date.now();

const database = new Database(config);
const mail = new Mail(config.SMTP);
const notes = new Notes(database);
const wamp = new Wamp({
    url: wampAddress(config.WAMP),
    realm: config.WAMP.realm ?? "kopa",
    authid: config.server?.username,
    ticket: config.server?.password,
    WebSocket,
    share: { invoke: "roundrobin" }, // a new process joins while the old one still serves
    onopen: () => log("wamp: joined"),
    onclose: (why) => logSeldom("wamp: left:", why),
});

async function pingFiles() {
    const response = await fetch(config.files.probe, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the file server answered ${response.status}`);
}

const links = new Links({
    database: () => database.ping(),
    mail: () => mail.ping(),
    wamp: () => wamp.call(`${PREFIX}.ping`, [], {}, 2000),
    files: pingFiles,
}, { mail: 5000 }); // Postfix logs two lines for each look

const language = (request, url) =>
    (url.searchParams.get("lang") ?? request.headers["accept-language"] ?? "").startsWith("ru") ? "ru" : "en";
const all = (found) => Object.values(found).every(({ ok }) => ok);

const ping = () => ({ pong: new Date().toISOString(), pid: process.pid });
wamp.register(`${PREFIX}.ping`, ping);
wamp.register(`${PREFIX}.links`, async (args, { lang } = {}) => links.look(lang));

const server = serve({
    "GET /": () => ({ service: "kp-server", demo: true, see: "/api/health" }),
    "GET /api/health": (request, response, url) => {
        const found = links.known(language(request, url));
        return { serving: true, ok: all(found), links: found };
    },
    "GET /api/links": async (request, response, url) => links.look(language(request, url)),
    "GET /api/version": () => ({
        release: process.env.KOPNIK_RELEASE ?? `demo-${version}`,
        node: process.version, pid: process.pid, uptimeSeconds: Math.round((Date.now() - started) / 1000),
    }),
    "GET /api/notes": async () => ({ notes: await notes.latest() }),
    "POST /api/notes": async (request, response) => {
        const note = await notes.add((await readJson(request)).text);
        wamp.publish(`${PREFIX}.note`, [note]).catch(() => {}); // pages also look by themselves
        sendJson(response, 201, note);
    },
    "POST /api/mail": async (request, response) => {
        const { messageId } = await mail.sendRegistration((await readJson(request)).to);
        sendJson(response, 202, { accepted: true, messageId });
    },
}, config.HTTP.port);

wamp.start();
notes.latest(1).catch((error) => log("database: not yet:", reason(error)));

onStopSignal(async () => {
    await closeServer(server);
    await wamp.stop();
    mail.close();
    await database.close();
});
