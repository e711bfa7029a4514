import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { closeServer, readJson, serve } from "../src/http.js";
import { Links } from "../src/links.js";
import { Mail } from "../src/mail.js";
import { Notes } from "../src/notes.js";

let server, base;
before(async () => {
    server = serve({
        "GET /": () => ({ ok: 1 }),
        "GET /slow": async () => { await pause(300); return { slow: true }; },
        "GET /under/*": (request, response, url) => ({ path: url.pathname }),
        "GET /broken": () => { throw new Error("an inner cause"); },
        "POST /json": async (request) => readJson(request, 100),
    }, 0);
    await new Promise((done) => { server.once("listening", done); });
    base = `http://127.0.0.1:${server.address().port}`;
});
after(() => closeServer(server, 100));

const post = (body, type = "application/json") =>
    fetch(`${base}/json`, { method: "POST", body, headers: { "Content-Type": type } });

test("routes are found, others are 404 and 405, HEAD is GET", async () => {
    assert.deepEqual(await (await fetch(base)).json(), { ok: 1 });
    assert.equal((await fetch(base, { method: "HEAD" })).status, 200);
    assert.deepEqual(await (await fetch(`${base}/under/x`)).json(), { path: "/under/x" });
    assert.equal((await fetch(`${base}/none`)).status, 404);
    assert.equal((await fetch(base, { method: "POST" })).status, 405);
});

test("a failure inside is 503 and says nothing of its cause", async () => {
    const response = await fetch(`${base}/broken`);
    assert.equal(response.status, 503);
    assert.doesNotMatch(await response.text(), /inner/);
});

test("bodies: JSON only, an object only, not too long", async () => {
    assert.deepEqual(await (await post('{"a":1}')).json(), { a: 1 });
    assert.equal((await post("{}", "text/plain")).status, 415);
    assert.equal((await post("{")).status, 400);
    assert.equal((await post("null")).status, 400);
    assert.equal((await post(`{"a":"${"x".repeat(200)}"}`)).status, 413);
});

test("closing lets a running request end", async () => {
    const own = serve({ "GET /": async () => { await pause(200); return { done: true }; } }, 0);
    await new Promise((done) => { own.once("listening", done); });
    const running = fetch(`http://127.0.0.1:${own.address().port}/`);
    await pause(50);
    const [response] = await Promise.all([running, closeServer(own)]);
    assert.deepEqual(await response.json(), { done: true });
});

test("a link is looked at once for all who ask, and a failure has its sentence", async () => {
    let looks = 0;
    const links = new Links({
        database: async () => { looks += 1; },
        mail: async () => { throw new Error("refused"); },
    });
    assert.equal(links.known().database.ok, null);
    const [one] = await Promise.all([links.look(), links.look(), links.look("ru")]);
    assert.equal(looks, 1);
    assert.equal(one.database.ok, true);
    assert.equal(one.mail.ok, false);
    assert.match(one.mail.sentence, /does not answer/);
    assert.match((await links.look("ru")).mail.sentence, /не отвечает/);
    assert.doesNotMatch(JSON.stringify(one), /refused/);
});

test("a link that hangs is down after its patience", async () => {
    const links = new Links({ wamp: () => new Promise(() => {}) });
    const { wamp } = await links.look();
    assert.equal(wamp.ok, false);
    assert.ok(wamp.ms >= 2400 && wamp.ms < 4000);
});

test("letters go to plain addresses only, and not many", async () => {
    const mail = new Mail({ host: "127.0.0.1", port: 1, from: "noreply@kopnik.localhost" });
    for (const bad of [undefined, "", "a", "a@b,c@d", "a@b\nBcc: x@y", "<a@b>", "a b@c", "a@-"]) {
        await assert.rejects(mail.sendRegistration(bad), { status: 400 });
    }
    for (let count = 0; count < 3; count += 1) {
        await assert.rejects(mail.sendRegistration("a@b.c", 0), (error) => !error.status);
    }
    await assert.rejects(mail.sendRegistration("a@b.c", 59_000), { status: 429 });
    await assert.rejects(mail.sendRegistration("a@b.c", 61_000), (error) => !error.status);
    mail.close();
});

test("a note is 1 to 280 characters", async () => {
    const asked = [];
    const notes = new Notes({ query: async (text, values) => { asked.push(values); return [{ id: "5" }]; } });
    for (const bad of [undefined, "", "   ", 7, "x".repeat(281)]) await assert.rejects(notes.add(bad), { status: 400 });
    await notes.add(` ${"🌾".repeat(280)}\0 `);
    assert.deepEqual(asked[0], ["🌾".repeat(280)]);
});
