// A real Crossbar for the tests: a running one (CROSSBAR_URL, CROSSBAR_TICKET), or one that the tests start themselves
// (CROSSBAR_BIN: the path of the program).
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const { CROSSBAR_BIN, CROSSBAR_URL, CROSSBAR_TICKET = "a ticket of the tests", REQUIRE_CROSSBAR } = process.env;
const OWN = "ws://127.0.0.1:18090/ws";

export const ticket = CROSSBAR_TICKET;
export const crossbarUrl = CROSSBAR_URL ?? (CROSSBAR_BIN && OWN);
/** The reason to skip; with REQUIRE_CROSSBAR=1 nothing is skipped, so the tests fail without a router. */
export const withoutRouter = crossbarUrl || REQUIRE_CROSSBAR === "1" ? false : "no CROSSBAR_URL or CROSSBAR_BIN";
export const withoutOwnRouter = CROSSBAR_BIN ? false : "needs CROSSBAR_BIN: a router of ours to kill";

const answers = (url) => new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = net.connect(Number(port), hostname, () => { socket.destroy(); resolve(true); });
    socket.on("error", () => resolve(false));
});

export class Router {
    #folder = mkdtempSync(join(tmpdir(), "kp-router-"));
    #process;

    async start() {
        cpSync(fileURLToPath(new URL("router/", import.meta.url)), this.#folder, { recursive: true });
        // Its own process group: Crossbar's workers must die with it.
        this.#process = spawn(CROSSBAR_BIN, ["start", "--cbdir", this.#folder], {
            detached: true, stdio: "ignore", env: { ...process.env, CROSSBAR_TICKET: ticket, PYTHONUNBUFFERED: "1" },
        });
        for (let tries = 0; tries < 240; tries += 1) {
            if (await answers(OWN)) return this;
            await pause(250);
        }
        throw new Error("Crossbar did not start within a minute");
    }

    /** As by `kill -9`: no goodbye. */
    async kill() {
        const ended = new Promise((done) => { this.#process.once("exit", done); });
        process.kill(-this.#process.pid, "SIGKILL");
        await ended;
        for (let tries = 0; tries < 40 && await answers(OWN); tries += 1) await pause(100);
        rmSync(join(this.#folder, "node.pid"), { force: true });
    }

    async remove() {
        await this.kill();
        rmSync(this.#folder, { recursive: true, force: true });
    }
}

/** A cable to the router that can be cut and mended, for routers that are not ours to kill. */
export class Cable {
    #server;
    #sockets = new Set();
    #port = 0;

    async mend() {
        const { hostname, port } = new URL(crossbarUrl);
        this.#server = net.createServer((near) => {
            const far = net.connect(Number(port), hostname);
            for (const [one, other] of [[near, far], [far, near]]) {
                this.#sockets.add(one);
                one.pipe(other);
                one.on("error", () => other.destroy());
                one.on("close", () => { other.destroy(); this.#sockets.delete(one); });
            }
        });
        await new Promise((done) => { this.#server.listen(this.#port, "127.0.0.1", done); });
        this.#port = this.#server.address().port;
        return this;
    }

    get url() { return `ws://127.0.0.1:${this.#port}${new URL(crossbarUrl).pathname}`; }

    cut() {
        for (const socket of this.#sockets) socket.destroy();
        return new Promise((done) => { this.#server.close(done); });
    }

    /** Nothing passes any more, but nobody says so: a pulled plug. */
    freeze() {
        for (const socket of this.#sockets) { socket.unpipe(); socket.pause(); }
    }
}
