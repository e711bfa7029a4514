import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import WebSocket from "ws";
import { Wamp } from "../src/wamp.js";
import { Cable, crossbarUrl, Router, ticket, withoutOwnRouter, withoutRouter } from "./router.js";

const source = new URL("../src/wamp.js", import.meta.url);
const NAME = `ru.kopnik.demo.test${process.pid}`;

test("the client is at most 150 lines of at most 120 characters", () => {
    const lines = readFileSync(source, "utf8").trimEnd().split("\n");
    assert.ok(lines.length <= 150, `${lines.length} lines`);
    assert.deepEqual(lines.filter((line) => line.length > 120), []);
});

test("the page carries the same client, byte by byte", (context) => {
    const copy = new URL("../../kp-client/src/wamp.js", import.meta.url);
    if (!existsSync(copy)) return context.skip("kp-client is not beside kp-server");
    assert.equal(readFileSync(copy, "utf8"), readFileSync(source, "utf8"));
    return undefined;
});

test("the client needs nothing of Node", () => {
    assert.doesNotMatch(readFileSync(source, "utf8"), /\bimport\b|\brequire\b|\bprocess\b|\bBuffer\b/);
});

test("printing a client does not show its ticket", () => {
    assert.doesNotMatch(inspect(new Wamp({ url: "ws://x", ticket: "hush" }), { depth: 9 }), /hush/);
});

describe("against a real Crossbar", { skip: withoutRouter, timeout: 120_000 }, () => {
    const clients = [];
    let own = null;

    before(async () => {
        assert.ok(crossbarUrl, "REQUIRE_CROSSBAR=1, but neither CROSSBAR_URL nor CROSSBAR_BIN is set");
        if (!process.env.CROSSBAR_URL) own = await new Router().start();
    });
    after(() => own?.remove());
    afterEach(async () => { await Promise.all(clients.splice(0).map((client) => client.stop())); });

    /** A started client; `joined()` waits for its next session, `left()` for the next loss. */
    function client(options = {}) {
        const waiting = { open: [], close: [] };
        const tell = (kind) => (value) => { for (const done of waiting[kind].splice(0)) done(value); };
        const wamp = new Wamp({
            url: crossbarUrl, realm: "kopa", WebSocket, onopen: tell("open"), onclose: tell("close"), ...options,
        });
        clients.push(wamp);
        const next = (kind) => () => new Promise((done) => { waiting[kind].push(done); });
        const joined = next("open")();
        return { wamp: wamp.start(), first: joined, joined: next("open"), left: next("close") };
    }
    const server = (options) => client({ authid: "server", ticket, ...options });

    test("a ticket gives the role of the server, no ticket that of a guest", async () => {
        const [one, two] = [server(), client()];
        const [member, guest] = await Promise.all([one.first, two.first]);
        assert.equal(member.authrole, "server");
        assert.equal(guest.authrole, "anonymous");
    });

    test("a new process answers under the same name while the old one still does, and after it has gone", async () => {
        const [old, next] = [1, 2].map((number) => {
            const process = server({ share: { invoke: "roundrobin" } });
            process.wamp.register("ru.kopnik.demo.overlap", () => number);
            return process;
        });
        await Promise.all([old.first, next.first]);
        const answer = async () => (await next.wamp.call("ru.kopnik.demo.overlap")).args[0];
        assert.deepEqual(new Set([await answer(), await answer()]), new Set([1, 2]));
        await old.wamp.stop();
        assert.deepEqual([await answer(), await answer()], [2, 2]);
    });

    test("a wrong ticket is refused, the reason is told, and the client keeps trying", async () => {
        const { wamp, left, joined } = client({ authid: "server", ticket: () => answer });
        let answer = "wrong";
        const told = await left();
        assert.match(told, /denied|not_authorized|authenticat|incorrect_username/i);
        assert.equal(wamp.connected, false);
        answer = ticket;
        await joined();
        assert.equal(wamp.connected, true);
    });

    test("arguments, keywords and results make the whole way", async () => {
        const { wamp, first } = server();
        wamp.register(`${NAME}.echo`, (args, kwargs) => ({ args, kwargs }));
        await first;
        const guest = client();
        await guest.first;
        const { args: [echo] } = await guest.wamp.call(`${NAME}.echo`, [1, "копа", null], { deep: [{}] });
        assert.deepEqual(echo, { args: [1, "копа", null], kwargs: { deep: [{}] } });
    });

    test("a failing procedure and a missing one reject the call with their error", async () => {
        const { wamp, first } = server();
        wamp.register(`${NAME}.fail`, async () => { throw Object.assign(new Error("no"), { uri: "ru.kopnik.no" }); });
        await first;
        const guest = client();
        await guest.first;
        await assert.rejects(guest.wamp.call(`${NAME}.fail`), { name: "WampError", uri: "ru.kopnik.no", args: ["no"] });
        await assert.rejects(guest.wamp.call(`${NAME}.missing`), { uri: "wamp.error.no_such_procedure" });
    });

    test("a guest may not register", async () => {
        const { wamp, first } = client();
        await first;
        await assert.rejects(wamp.register(`${NAME}.mine`, () => 1), { uri: "wamp.error.not_authorized" });
    });

    test("a call that nobody answers ends by itself", async () => {
        const { wamp, first } = server();
        wamp.register(`${NAME}.never`, () => new Promise(() => {}));
        await first;
        await assert.rejects(wamp.call(`${NAME}.never`, [], {}, 200), { uri: "wamp.error.timeout" });
    });

    test("events reach who subscribed, also right after subscribing", async () => {
        const guest = client();
        await guest.first;
        const { wamp, first } = server();
        await first;
        const heard = new Promise((done) => {
            guest.wamp.subscribe(`${NAME}.event`, (args, kwargs) => done({ args, kwargs }));
        });
        await guest.wamp.call(`${NAME}.missing`).catch(() => {}); // answered after SUBSCRIBED
        await wamp.publish(`${NAME}.event`, [7], { word: "да" });
        assert.deepEqual(await heard, { args: [7], kwargs: { word: "да" } });
    });

    test("without a session calls fail at once", async () => {
        const wamp = new Wamp({ url: crossbarUrl, realm: "kopa", WebSocket });
        await assert.rejects(wamp.call("ru.any"), { uri: "wamp.error.not_connected" });
    });

    test("stop says goodbye and stays away", async () => {
        const { wamp, first } = server();
        await first;
        await wamp.stop();
        await pause(600);
        assert.equal(wamp.connected, false);
    });

    test("a cut cable fails what waits, then procedures and subscriptions are there again", async () => {
        const cable = await new Cable().mend();
        const { wamp, first, joined, left } = server({ url: cable.url });
        wamp.register(`${NAME}.back`, () => "here");
        wamp.register(`${NAME}.slow`, () => new Promise(() => {}));
        let events = 0;
        wamp.subscribe(`${NAME}.back.event`, () => { events += 1; });
        await first;
        const waiting = assert.rejects(wamp.call(`${NAME}.slow`), { uri: "wamp.error.canceled" });
        const lost = left();
        await cable.cut();
        await Promise.all([waiting, lost]);
        const back = joined();
        await cable.mend();
        await back;
        assert.deepEqual((await wamp.call(`${NAME}.back`)).args, ["here"]);
        const other = server();
        await other.first;
        await other.wamp.publish(`${NAME}.back.event`);
        await wamp.call(`${NAME}.back`);
        assert.equal(events, 1);
        await wamp.stop();
        await cable.cut();
    });

    test("a silent line is noticed by the ping", async () => {
        const cable = await new Cable().mend();
        const { first, left } = client({ url: cable.url, pulse: 50, slowest: 200 });
        await first;
        const lost = left();
        cable.freeze();
        assert.equal(await lost, "no answer");
        await clients[0].stop();
        await cable.cut();
    });

    const skip = process.env.CROSSBAR_URL ? "CROSSBAR_URL is not ours to kill" : withoutOwnRouter;
    test("a router that was killed and started again is joined again", { skip }, async () => {
        const { wamp, first, joined, left } = server();
        wamp.register(`${NAME}.killed`, () => "alive");
        await first;
        const lost = left();
        await own.kill();
        await lost;
        const back = joined();
        await own.start();
        await back;
        assert.deepEqual((await wamp.call(`${NAME}.killed`)).args, ["alive"]);
    });
});
