import { HttpError } from "./http.js";

const KEPT = 1000; // a public wall would grow for ever

/** The wall of notes: what is written here must survive restarts. */
export class Notes {
    #database;

    constructor(database) {
        this.#database = database;
    }

    latest(count = 30) {
        return this.#database.query("select id, text, created from demo_note order by id desc limit $1", [count]);
    }

    async add(text) {
        // NUL is the one character that Postgres cannot keep in a text.
        const clean = typeof text === "string" ? text.replaceAll("\0", "").trim() : "";
        const length = [...clean].length;
        if (length < 1 || length > 280) throw new HttpError(400, "A note is 1 to 280 characters long.");
        const [note] = await this.#database.query(
            "insert into demo_note (text) values ($1) returning id, text, created", [clean]);
        await this.#database.query("delete from demo_note where id <= $1::bigint - $2", [note.id, KEPT]);
        return note;
    }
}
