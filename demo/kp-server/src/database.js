import pg from "pg";
import { log, reason } from "./log.js";

const LOCK = 7204511; // any constant of our own: both processes make the same tables
const SCHEMA = `
    create table if not exists demo_note (
        id bigint generated always as identity primary key,
        text text not null check (char_length(text) between 1 and 280),
        created timestamptz not null default now()
    );
    create table if not exists demo_upload (
        id text primary key check (id ~ '^[0-9a-f]{32}$'),
        name text not null,
        size bigint not null,
        sha256 text not null,
        created timestamptz not null default now()
    )`;
const UNDEFINED_TABLE = "42P01";

/** A pool that outlives restarts of Postgres and makes its own tables when it first meets a database. */
export class Database {
    #pool;
    #ready = null;

    constructor({ username, password, database, host, port }, max = 10) {
        this.#pool = new pg.Pool({
            user: username, password, database, host, port, max,
            connectionTimeoutMillis: 2000, query_timeout: 5000, idleTimeoutMillis: 30_000, keepAlive: true,
        });
        // Without a listener the loss of an idle connection ends the process.
        this.#pool.on("error", (error) => log("database: an idle connection was lost:", reason(error)));
    }

    /** A round trip that needs no table. */
    async ping() {
        await this.#pool.query("select 1");
    }

    async query(text, values) {
        await this.#prepared();
        try {
            return (await this.#pool.query(text, values)).rows;
        } catch (error) {
            if (error.code !== UNDEFINED_TABLE) throw error;
            this.#ready = null; // the database was made anew under us
            await this.#prepared();
            return (await this.#pool.query(text, values)).rows;
        }
    }

    #prepared() {
        this.#ready ??= this.#makeTables().catch((error) => { this.#ready = null; throw error; });
        return this.#ready;
    }

    async #makeTables() {
        // One simple query is one transaction; "if not exists" alone lets two processes collide in the catalogue.
        await this.#pool.query(`begin; select pg_advisory_xact_lock(${LOCK}); ${SCHEMA}; commit`);
    }

    async close() {
        await this.#pool.end();
    }
}
