import assert from "node:assert/strict";
import { test } from "node:test";
import { boundaryOf, disposition, MalformedForm, parts } from "../src/multipart.js";

async function* inPieces(text, size) {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text, size = 7, boundary = "XX") {
    const found = [];
    for await (const { name, filename, body } of parts(inPieces(text, size), boundary)) {
        const pieces = [];
        for await (const piece of body) pieces.push(piece);
        found.push([name, filename, Buffer.concat(pieces).toString()]);
    }
    return found;
}

// Contents that look like delimiters and are none.
const TRICKY = "a\r\n--X\r\n--\r\r\n--XY\r\n-\r\n";
const FORM = `preamble\r\n--XX\r\nContent-Disposition: form-data; name="one"\r\n\r\n1\r\n`
    + `--XX\r\ncontent-disposition: form-data; name="file"; filename="б.txt"\r\nContent-Type: x/y\r\n\r\n${TRICKY}\r\n`
    + `--XX\r\nContent-Disposition: form-data; name="empty"; filename=""\r\n\r\n\r\n--XX--\r\nepilogue`;

test("a form reads the same in pieces of any size", async () => {
    for (let size = 1; size <= FORM.length; size += 1) {
        const found = await read(FORM, size);
        assert.deepEqual(found, [["one", undefined, "1"], ["file", "б.txt", TRICKY], ["empty", "", ""]]);
    }
});

test("a body that nobody reads is skipped", async () => {
    const names = [];
    for await (const { name } of parts(inPieces(FORM, 5), "XX")) names.push(name);
    assert.deepEqual(names, ["one", "file", "empty"]);
});

test("a form cut at any byte is an error, never a shorter form", async () => {
    const end = FORM.indexOf("--XX--") + "--XX--".length;
    const bytes = Buffer.from(FORM);
    for (let length = 0; length < Buffer.byteLength(FORM.slice(0, end)); length += 1) {
        await assert.rejects(read(bytes.subarray(0, length), 9), MalformedForm);
    }
});

test("boundaries: quoted and plain, only of forms", () => {
    assert.equal(boundaryOf("multipart/form-data; boundary=abc"), "abc");
    assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; Boundary="a b:c"'), "a b:c");
    assert.equal(boundaryOf("multipart/form-data; boundary="), null);
    assert.equal(boundaryOf(`multipart/form-data; boundary=${"x".repeat(71)}`), null);
    assert.equal(boundaryOf("multipart/mixed; boundary=abc"), null);
    assert.equal(boundaryOf(undefined), null);
});

test("names: quotes of browsers and of others, no name taken from a file name", () => {
    const of = (rest) => disposition(`X: y\r\nContent-Disposition: form-data; ${rest}`);
    assert.deepEqual(of('name="file"; filename="a %22b%22.txt"'), { name: "file", filename: 'a "b".txt' });
    assert.deepEqual(of('name="file"; filename="a \\"b\\".txt"'), { name: "file", filename: 'a "b".txt' });
    assert.deepEqual(of('filename="x"'), { name: undefined, filename: "x" });
    assert.deepEqual(disposition("X: y"), { name: undefined, filename: undefined });
});
