import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

const ABANDONED = 15 * 60_000; // longer than Node lets any request last
const PARTIAL = ".partial-";
export const ID = /^[0-9a-f]{32}$/;

/** Only a label for people: never part of a path. */
export function label(name) {
    const last = String(name ?? "").split(/[\\/]/).pop().normalize("NFC");
    const visible = last.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "").trim();
    return [...visible].slice(0, 200).join("") || "file";
}

/** Files by random id in one folder; a file is there whole or not at all. */
export class Uploads {
    #folder;
    #database;

    constructor(folder, database) {
        this.#folder = folder;
        this.#database = database;
    }

    #path(id) {
        if (!ID.test(id)) throw new Error("not an id");
        return join(this.#folder, id);
    }

    /** Writes `stream`; when that throws, nothing stays. */
    async store(stream, name) {
        const id = randomBytes(16).toString("hex");
        const partial = join(this.#folder, PARTIAL + id);
        const hash = createHash("sha256");
        let size = 0;
        let kept = partial;
        await mkdir(this.#folder, { recursive: true });
        const file = await open(partial, "wx", 0o640);
        try {
            for await (const chunk of stream) {
                hash.update(chunk);
                size += chunk.length;
                await file.writeFile(chunk);
            }
            await file.sync();
            await rename(partial, this.#path(id));
            kept = this.#path(id);
            await this.#syncFolder();
            const entry = { id, name: label(name), size, sha256: hash.digest("hex") };
            await this.#database.query("insert into demo_upload (id, name, size, sha256) values ($1, $2, $3, $4)",
                [entry.id, entry.name, entry.size, entry.sha256]);
            kept = null;
            return entry;
        } finally {
            await file.close();
            if (kept) await unlink(kept).catch(() => {});
        }
    }

    /** Without this a power cut could forget the rename that the person was told about. */
    async #syncFolder() {
        const folder = await open(this.#folder, "r");
        try {
            await folder.sync();
        } finally {
            await folder.close();
        }
    }

    async find(id) {
        if (!ID.test(id)) return null;
        const [entry] = await this.#database.query(
            "select id, name, size, sha256 from demo_upload where id = $1", [id]);
        if (!entry) return null;
        const found = await stat(this.#path(id)).catch(() => null);
        return { ...entry, size: Number(entry.size), missing: found?.size !== Number(entry.size) };
    }

    async forget(id) {
        await unlink(this.#path(id)).catch(() => {});
        await this.#database.query("delete from demo_upload where id = $1", [id]).catch(() => {});
    }

    read(id) {
        return createReadStream(this.#path(id));
    }

    /** What a killed process has left behind. */
    async removeAbandoned(now = Date.now()) {
        for (const name of await readdir(this.#folder).catch(() => [])) {
            if (!name.startsWith(PARTIAL)) continue;
            const path = join(this.#folder, name);
            const { mtimeMs = now } = await stat(path).catch(() => ({}));
            if (now - mtimeMs > ABANDONED) await unlink(path).catch(() => {});
        }
    }
}
