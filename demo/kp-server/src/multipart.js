// A streaming reader of multipart/form-data (RFC 7578): holds one chunk and a delimiter's length, never a whole part.
const HEADERS = 8 * 1024;

export class MalformedForm extends Error {}

/** The boundary of a Content-Type, or null if that is no form with parts. */
export function boundaryOf(contentType = "") {
    if (!/^multipart\/form-data\s*;/i.test(contentType)) return null;
    const found = contentType.match(/;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})(?![^\s;"]))/i);
    return found?.[1] ?? found?.[2] ?? null;
}

/** Bytes of `chunks`, cut at delimiters. */
class Reader {
    #chunks;
    #held = Buffer.from("\r\n"); // so that the first delimiter, which starts the body, looks like all others

    constructor(chunks) {
        this.#chunks = chunks;
    }

    async #more() {
        const { done, value } = await this.#chunks.next();
        if (done) throw new MalformedForm("the form ends too early");
        this.#held = this.#held.length ? Buffer.concat([this.#held, value]) : value;
    }

    /** Everything before the delimiter, which is taken away too. */
    async* until(delimiter) {
        for (;;) {
            const at = this.#held.indexOf(delimiter);
            if (at >= 0) {
                const head = this.#held.subarray(0, at);
                this.#held = this.#held.subarray(at + delimiter.length);
                if (head.length) yield head;
                return;
            }
            // The end of what is held may be the beginning of a delimiter.
            const sure = this.#held.length - delimiter.length + 1;
            if (sure > 0) {
                const head = this.#held.subarray(0, sure);
                this.#held = this.#held.subarray(sure);
                yield head;
            }
            await this.#more();
        }
    }

    async take(count) {
        while (this.#held.length < count) await this.#more();
        const head = this.#held.subarray(0, count).toString("latin1");
        this.#held = this.#held.subarray(count);
        return head;
    }

    async textUntil(delimiter) {
        const pieces = [];
        let size = 0;
        for await (const piece of this.until(delimiter)) {
            size += piece.length;
            if (size > HEADERS) throw new MalformedForm("a header is too long");
            pieces.push(piece);
        }
        return Buffer.concat(pieces).toString("utf8");
    }
}

/** `name` and `filename` of a part's headers; browsers write a quote in them as %22, others as \". */
export function disposition(headers) {
    const line = headers.split("\r\n").find((it) => /^content-disposition:\s*form-data\s*;/i.test(it)) ?? "";
    const parameter = (name) => line.match(new RegExp(`;\\s*${name}="((?:\\\\"|[^"])*)"`, "i"))?.[1]
        .replaceAll('\\"', '"').replace(/%22/g, '"');
    return { name: parameter("name"), filename: parameter("filename") };
}

/**
 * Yields {name, filename, body}; `chunks` is an async iterator of buffers.
 * What the caller leaves of a body is skipped before the next part.
 */
export async function* parts(chunks, boundary) {
    const reader = new Reader(chunks);
    const delimiter = Buffer.from(`\r\n--${boundary}`);
    await reader.textUntil(delimiter); // a preamble says nothing
    for (;;) {
        const mark = await reader.take(2);
        if (mark === "--") return;
        if (mark !== "\r\n") throw new MalformedForm("a delimiter is followed by something else");
        const headers = await reader.textUntil(Buffer.from("\r\n\r\n"));
        const body = reader.until(delimiter);
        yield { ...disposition(headers), body };
        while (!(await body.next()).done);
    }
}
