import { HttpError } from "./http.js";
import { boundaryOf, MalformedForm, parts } from "./multipart.js";

const FORM = 64 * 1024; // what a form may add around its file
const PLEASE = "Send one file as multipart/form-data in the field \"file\".";

/** Counts what passes and throws `error()` beyond the limit. */
async function* atMost(limit, chunks, error) {
    let size = 0;
    for await (const chunk of chunks) {
        size += chunk.length;
        if (size > limit) throw error();
        yield chunk;
    }
}

/** Reads a multipart request, hands its first file to `uploads`, and returns the stored entry. */
export async function receive(request, uploads, limit) {
    const tooBig = () => new HttpError(413, `At most ${Math.floor(limit / 1024 / 1024)} MB a file, please.`);
    if (Number(request.headers["content-length"] ?? 0) > limit + FORM) throw tooBig();
    const boundary = boundaryOf(request.headers["content-type"]);
    if (!boundary) throw new HttpError(400, PLEASE);
    // Left early, a plain `for await` over a request destroys its connection, and with it the answer that says why.
    const whole = atMost(limit + FORM, request.iterator({ destroyOnReturn: false }), tooBig);
    let entry = null;
    try {
        for await (const { name, filename, body } of parts(whole, boundary)) {
            if (entry || name !== "file" || !filename) continue; // browsers send an empty name for no file at all
            entry = await uploads.store(atMost(limit, body, tooBig), filename);
        }
    } catch (error) {
        // A file without the form's end came from a sender that broke off: nobody was told its id.
        if (entry) await uploads.forget(entry.id);
        if (error instanceof MalformedForm) throw new HttpError(400, PLEASE);
        if (request.errored) throw new HttpError(400, "The upload was cut off.");
        throw error;
    } finally {
        await whole.return();
    }
    if (!entry) throw new HttpError(400, PLEASE);
    return entry;
}
