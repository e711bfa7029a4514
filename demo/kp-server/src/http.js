import { createServer } from "node:http";
import { log, logSeldom, reason } from "./log.js";

export class HttpError extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

export function sendJson(response, status, value) {
    if (response.headersSent || response.destroyed) return;
    const body = JSON.stringify(value);
    response.writeHead(status, {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": Buffer.byteLength(body),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    });
    response.end(body);
}

export async function readJson(request, limit = 16 * 1024) {
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
        // Also keeps other sites' forms out: a browser asks first before it sends JSON across sites.
        throw new HttpError(415, "Send JSON with Content-Type: application/json.");
    }
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
        size += chunk.length;
        if (size > limit) throw new HttpError(413, `At most ${limit} bytes, please.`);
        chunks.push(chunk);
    }
    try {
        const value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        if (value !== null && typeof value === "object") return value;
    } catch { /* told below */ }
    throw new HttpError(400, "The body must be a JSON object.");
}

/**
 * `routes`: "METHOD /path" → (request, response, url); a path that ends in "/*" takes everything below it.
 * What a handler returns is sent as JSON; undefined means that it has answered by itself.
 */
export function serve(routes, port) {
    const paths = (path) => [path, path.replace(/\/[^/]*$/, "/*")];
    const find = (method, path) => paths(path).map((it) => routes[`${method} ${it}`]).find(Boolean);
    const server = createServer(async (request, response) => {
        response.on("error", () => {});
        if (server.stopping) response.setHeader("Connection", "close");
        try {
            const url = new URL(request.url, "http://localhost");
            const method = request.method === "HEAD" ? "GET" : request.method;
            const handler = find(method, url.pathname);
            if (!handler) {
                const other = ["GET", "POST"].some((it) => find(it, url.pathname));
                throw other ? new HttpError(405, "Not this way.") : new HttpError(404, "There is nothing here.");
            }
            const value = await handler(request, response, url);
            if (value !== undefined) sendJson(response, 200, value);
        } catch (error) {
            fail(request, response, error);
        }
    });
    server.listen(port, () => log(`listening on port ${server.address().port}`));
    return server;
}

function fail(request, response, error) {
    if (error.code === "ERR_INVALID_URL") error = new HttpError(400, "That address makes no sense.");
    const status = error.status ?? 503;
    if (!error.status) logSeldom(request.method, request.url.split("?")[0], "failed:", reason(error));
    if (!request.complete && !response.headersSent) response.setHeader("Connection", "close");
    sendJson(response, status, {
        error: error.status ? error.message : "Something behind this server does not answer now. Try again soon.",
    });
    request.resume();
}

/** Stops taking connections, lets running requests end (ten seconds at most). */
export async function closeServer(server, patience = 10_000) {
    server.stopping = true;
    const closed = new Promise((done) => server.close(done));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), patience);
    await closed;
    clearTimeout(timer);
}

/** SIGTERM and SIGINT: run `stop` once, then exit. */
export function onStopSignal(stop) {
    let stopping = false;
    const handler = async (signal) => {
        if (stopping) return;
        stopping = true;
        log(`${signal}: finishing`);
        setTimeout(() => process.exit(1), 15_000).unref();
        try {
            await stop();
            log("stopped");
            process.exit(0);
        } catch (error) {
            log("stopping failed:", reason(error));
            process.exit(1);
        }
    };
    process.on("SIGTERM", handler);
    process.on("SIGINT", handler);
}
