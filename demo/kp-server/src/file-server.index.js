import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { readConfig } from "./config.js";
import { Database } from "./database.js";
import { closeServer, HttpError, onStopSignal, sendJson, serve } from "./http.js";
import { log, reason } from "./log.js";
import { receive } from "./receive.js";
import { Uploads } from "./uploads.js";

const config = readConfig();
const { port, folder, limit } = config.files;
const database = new Database(config, 5);
const uploads = new Uploads(fileURLToPath(new URL(`../${folder}/`, import.meta.url)), database);

async function upload(request, response) {
    const entry = await receive(request, uploads, limit);
    sendJson(response, 201, { ...entry, url: `/${config["file-server"]["download-path"]}/${entry.id}` });
}

async function download(request, response, url) {
    const id = url.searchParams.get("id") ?? url.pathname.match(/^\/download\/(.+)$/)?.[1];
    if (id === undefined) return { service: "file-server", ready: true };
    const entry = await uploads.find(id);
    if (!entry) throw new HttpError(404, "There is no such file.");
    if (entry.missing) throw new HttpError(404, "This file is known, but it is not on the disk.");
    const etag = `"${entry.sha256}"`;
    const headers = { ETag: etag, "Cache-Control": "private, max-age=31536000, immutable" };
    if (request.headers["if-none-match"] === etag) {
        response.writeHead(304, headers).end();
        return undefined;
    }
    response.writeHead(200, {
        ...headers,
        // Always a download and never a page of ours: what people upload must not run in this site's name.
        "Content-Type": "application/octet-stream",
        "Content-Disposition": `attachment; filename="file"; filename*=UTF-8''${encode(entry.name)}`,
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": entry.size,
    });
    if (request.method === "HEAD") return void response.end();
    await pipeline(uploads.read(id), response).catch((error) => log("download cut:", reason(error)));
    return undefined;
}

const encode = (name) =>
    encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);

const server = serve({
    "GET /": () => ({ service: "file-server", ready: true }),
    "POST /upload": upload,
    "GET /download": download,
    "GET /download/*": download,
}, port);

await uploads.removeAbandoned();
const cleaning = setInterval(() => uploads.removeAbandoned(), 10 * 60_000);

onStopSignal(async () => {
    clearInterval(cleaning);
    await closeServer(server);
    await database.close();
});
