import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { closeServer, sendJson, serve } from "../src/http.js";
import { receive } from "../src/receive.js";
import { label, Uploads } from "../src/uploads.js";

const LIMIT = 256 * 1024;
const FORM = "multipart/form-data; boundary=XX";
const HEAD = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';

describe("uploads", () => {
    let folder, rows, broken, server, base, uploads;

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "kp-upload-"));
        rows = [];
        broken = false;
        const database = {
            query: async (text, values) => {
                if (broken) throw new Error("no database");
                if (/^insert/.test(text)) return void rows.push(values);
                if (/^delete/.test(text)) return void (rows = rows.filter(([id]) => id !== values[0]));
                return rows.filter(([id]) => id === values[0])
                    .map(([id, name, size, sha256]) => ({ id, name, size: `${size}`, sha256 }));
            },
        };
        uploads = new Uploads(folder, database);
        server = serve({
            "POST /upload": async (request, response) => {
                sendJson(response, 201, await receive(request, uploads, LIMIT));
            },
        }, 0);
        await new Promise((done) => { server.once("listening", done); });
        base = `http://127.0.0.1:${server.address().port}`;
    });
    afterEach(async () => {
        await closeServer(server, 100);
        rmSync(folder, { recursive: true });
    });

    const form = (content, name = "a.txt", field = "file") => {
        const body = new FormData();
        body.append(field, new File([content], name));
        return body;
    };
    const post = (body) => fetch(`${base}/upload`, { method: "POST", body });

    /** A request by hand: for those who do not keep to the rules. */
    function raw(body, { type = FORM, cut = false, length } = {}) {
        return new Promise((resolve) => {
            const request = http.request(`${base}/upload`, {
                method: "POST", headers: { "Content-Type": type, ...(length && { "Content-Length": length }) },
            }, (response) => { response.resume().on("end", () => resolve(response.statusCode)); });
            request.on("error", () => resolve(0));
            request.write(body);
            if (cut) setTimeout(() => request.destroy(), 100); else request.end();
        });
    }
    const nothingStays = () => {
        assert.deepEqual(readdirSync(folder), []);
        assert.deepEqual(rows, []);
    };

    test("a file is stored whole under a random id, with its name, size and checksum", async () => {
        const content = "копа".repeat(1000);
        const response = await post(form(content, "Отчёт.txt"));
        assert.equal(response.status, 201);
        const entry = await response.json();
        assert.match(entry.id, /^[0-9a-f]{32}$/);
        assert.equal(entry.name, "Отчёт.txt");
        assert.equal(entry.size, Buffer.byteLength(content));
        assert.equal(entry.sha256, createHash("sha256").update(content).digest("hex"));
        assert.equal(readFileSync(join(folder, entry.id), "utf8"), content);
        assert.deepEqual(readdirSync(folder), [entry.id]);
        assert.equal((await uploads.find(entry.id)).missing, false);
    });

    test("exactly the limit is taken, one byte more is 413 and leaves nothing", async () => {
        const response = await post(form(Buffer.alloc(LIMIT)));
        assert.equal(response.status, 201);
        rmSync(join(folder, (await response.json()).id));
        rows.length = 0;
        const refused = await post(form(Buffer.alloc(LIMIT + 1)));
        assert.equal(refused.status, 413);
        assert.match((await refused.json()).error, /MB/);
        nothingStays();
    });

    test("a request announced far too long is refused before it is read", async () => {
        assert.equal(await raw("--XX\r\n", { length: LIMIT * 10, cut: true }), 413);
        nothingStays();
    });

    test("an upload that breaks off leaves nothing", async () => {
        assert.equal(await raw(HEAD + "x".repeat(5000), { cut: true }), 0);
        await pause(200);
        nothingStays();
    });

    test("a body that ends inside the file is refused and leaves nothing", async () => {
        assert.equal(await raw(`${HEAD}half`), 400);
        nothingStays();
    });

    test("a body that ends after the file but before the form's end leaves nothing either", async () => {
        assert.equal(await raw(`${HEAD}whole\r\n--XX\r\n`), 400);
        nothingStays();
    });

    test("an endless form without a length is cut at the limit", async () => {
        assert.equal(await raw(HEAD.replace('"file"', '"other"') + "x".repeat(LIMIT * 2)), 413);
        nothingStays();
    });

    test("what is no form, has no file, or another field is 400", async () => {
        assert.equal(await raw("{}", { type: "application/json" }), 400);
        assert.equal(await raw("x", { type: "multipart/form-data" }), 400);
        assert.equal(await raw("--XX--\r\n"), 400);
        assert.equal(await raw("--XXnonsense"), 400);
        assert.equal(await raw(`--XX\r\n${"x".repeat(9000)}`), 400);
        assert.equal((await post(form("x", "a", "other"))).status, 400);
        assert.equal(await raw(HEAD.replace('filename="a"', 'filename=""') + "\r\n--XX--\r\n"), 400);
        nothingStays();
    });

    test("of two files only the first is taken", async () => {
        const body = form("first", "1");
        body.append("file", new File(["second"], "2"));
        const response = await post(body);
        assert.equal(response.status, 201);
        assert.equal((await response.json()).size, 5);
        assert.equal(readdirSync(folder).length, 1);
    });

    test("without its row in the database a file is not kept", async () => {
        broken = true;
        assert.equal((await post(form("x"))).status, 503);
        nothingStays();
    });

    test("a name never becomes a path", async () => {
        const entry = await (await post(form("x", "../../etc/passwd"))).json();
        assert.equal(entry.name, "passwd");
        assert.deepEqual(readdirSync(folder), [entry.id]);
        assert.equal(label("..\\a\\b.txt"), "b.txt");
        assert.equal(label("a\u0000\n\u202etxt.exe"), "atxt.exe");
        assert.equal(label(undefined), "file");
        assert.equal(label("/"), "file");
        assert.equal([...label("я".repeat(500))].length, 200);
        assert.equal(await uploads.find("../../etc/passwd"), null);
        assert.throws(() => uploads.read("../x"));
    });

    test("a file whose bytes are gone is known as missing", async () => {
        const { id } = await (await post(form("x"))).json();
        rmSync(join(folder, id));
        assert.equal((await uploads.find(id)).missing, true);
    });

    test("leftovers of a killed process go, uploads under way and whole files stay", async () => {
        for (const name of [".partial-old", ".partial-new", "a".repeat(32)]) writeFileSync(join(folder, name), "");
        for (const name of [".partial-old", "a".repeat(32)]) utimesSync(join(folder, name), 0, 0);
        await uploads.removeAbandoned();
        assert.deepEqual(readdirSync(folder).sort(), [".partial-new", "a".repeat(32)]);
    });
});
