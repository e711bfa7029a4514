import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { merge, readConfig, wampAddress } from "../src/config.js";

function folder(context, main, own) {
    const path = mkdtempSync(join(tmpdir(), "kp-cfg-"));
    context.after(() => rmSync(path, { recursive: true }));
    writeFileSync(join(path, "main.json"), main);
    writeFileSync(join(path, "private.json"), own);
    return path;
}

test("the private section wins key by key, deep ones too", () => {
    const main = { host: "db", WAMP: { host: "crossbar", port: 8080 }, list: [1, 2] };
    const own = { host: "x", WAMP: { port: 1 }, list: [3] };
    assert.deepEqual(merge(main, own), { host: "x", WAMP: { host: "crossbar", port: 1 }, list: [3] });
    assert.deepEqual(merge({ a: { b: 1 } }, { a: null }), { a: null });
    assert.deepEqual(merge({ a: 1 }, undefined), { a: 1 });
});

test("a merge does not reach into what all objects share", () => {
    merge({}, JSON.parse('{"__proto__": {"bad": true}}'));
    assert.equal({}.bad, undefined);
});

test("an environment is read from both files", (context) => {
    const path = folder(context, '{"production": {"port": 1, "host": "db"}}', '{"production": {"port": 2}}');
    assert.deepEqual(readConfig("production", path), { port: 2, host: "db" });
});

test("one of the two files is enough, none is told", (context) => {
    const path = folder(context, '{"one": {"a": 1}}', '{"two": {"a": 2}}');
    assert.equal(readConfig("one", path).a, 1);
    assert.equal(readConfig("two", path).a, 2);
    assert.throws(() => readConfig("three", path), /section "three"/);
});

test("a broken private file is named without quoting it", (context) => {
    const path = folder(context, "{}", '{"password": "hush" oops');
    assert.throws(() => readConfig("production", path), (error) => /private\.json is not JSON/.test(error.message)
        && !error.message.includes("hush") && !error.cause);
});

test("the tracked files hold defaults for production and no secrets", () => {
    const config = readConfig("production");
    assert.equal(config.HTTP.port, 80);
    assert.equal(config.files.port, 8484);
    assert.equal(config.files.limit, 25 * 1024 * 1024);
    assert.equal(wampAddress(config.WAMP), "ws://crossbar:8080/ws");
    if (!config.password) assert.doesNotMatch(JSON.stringify(config), /password|ticket|secret/i);
});
