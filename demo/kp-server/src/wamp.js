// A WAMP client (caller, callee, subscriber, publisher) over wamp.2.json; the same file runs in browsers and in Node.
const HELLO = 1, WELCOME = 2, ABORT = 3, CHALLENGE = 4, AUTHENTICATE = 5, GOODBYE = 6, ERROR = 8, PUBLISH = 16;
const PUBLISHED = 17, SUBSCRIBE = 32, SUBSCRIBED = 33, EVENT = 36, CALL = 48, RESULT = 50, REGISTER = 64;
const REGISTERED = 65, INVOCATION = 68, YIELD = 70, OPEN = 1;

export class WampError extends Error {
    constructor(uri, args = [], kwargs = {}) {
        super(args[0] === undefined ? uri : `${uri}: ${args[0]}`);
        Object.assign(this, { name: "WampError", uri, args, kwargs });
    }
}

export class Wamp {
    #socket = null; #session = null; #stopped = true; #attempt = 0; #lastRequest = 0; #timer; #pulse; #askedAt = 0;
    #pending = new Map(); #procedures = new Map(); #topics = new Map();
    #registered = new Map(); #subscribed = new Map();

    /** `ticket` is a string or a function; without `authid` the session is anonymous. `on*` tell about the session. */
    constructor({ url, realm, authid, ticket, WebSocket = globalThis.WebSocket, ...options }) {
        Object.assign(this, { url, realm, authid, WebSocket, timeout: 10_000, pulse: 10_000, slowest: 15_000 });
        Object.assign(this, { onopen() {}, onclose() {}, share: {}, ...options });
        Object.defineProperty(this, "ticket", { value: ticket, enumerable: false }); // stays out of console.log(client)
    }

    get connected() { return this.#session !== null; }
    start() {
        if (this.#stopped) { this.#stopped = false; this.#connect(); }
        return this;
    }

    /** Says goodbye and waits (a second at most) until the router has heard it. */
    async stop() {
        this.#stopped = true;
        clearTimeout(this.#timer);
        const socket = this.#socket;
        if (!socket) return;
        const closed = new Promise((done) => { socket.addEventListener("close", done); setTimeout(done, 1000); });
        if (this.connected) this.#send([GOODBYE, {}, "wamp.close.close_realm"]); else socket.close();
        await closed;
        this.#lost(socket, "stopped");
    }

    call(procedure, args = [], kwargs = {}, timeout = this.timeout) {
        return this.#request([CALL, {}, procedure, args, kwargs], timeout)
            .then(([, args = [], kwargs = {}]) => ({ args, kwargs }));
    }

    /** Kept for every later session too. The handler gets (args, kwargs, details); what it returns is the result. */
    register(procedure, handler) {
        this.#procedures.set(procedure, handler);
        return this.connected ? this.#register(procedure) : Promise.resolve();
    }

    subscribe(topic, handler) {
        this.#topics.set(topic, handler);
        return this.connected ? this.#subscribe(topic) : Promise.resolve();
    }

    publish(topic, args = [], kw = {}) { return this.#request([PUBLISH, { acknowledge: true }, topic, args, kw]); }

    async #register(name) {
        this.#registered.set((await this.#request([REGISTER, this.share, name]))[0], this.#procedures.get(name));
    }

    async #subscribe(name) {
        this.#subscribed.set((await this.#request([SUBSCRIBE, {}, name]))[0], this.#topics.get(name));
    }

    #connect() {
        this.#askedAt = Date.now();
        const socket = this.#socket = new this.WebSocket(this.url, ["wamp.2.json"]);
        const hello = { roles: { caller: {}, callee: {}, subscriber: {}, publisher: {} } };
        if (this.authid) Object.assign(hello, { authmethods: ["ticket"], authid: this.authid });
        socket.onopen = () => socket.send(JSON.stringify([HELLO, this.realm, hello]));
        socket.onmessage = ({ data }) => this.#receive(socket, data).catch((e) => this.#lost(socket, e.message));
        socket.onerror = (event) => { socket.trouble = event.message; };
        socket.onclose = (event) => this.#lost(socket, event.reason || socket.trouble || "the connection closed");
        socket.on?.("pong", () => { this.#askedAt = 0; });
        // Browsers cannot ping; there, and for a silent start, an unanswered request tells that the other side is gone.
        clearInterval(this.#pulse);
        this.#pulse = setInterval(() => {
            if (this.#askedAt && Date.now() - this.#askedAt > this.slowest) return this.#lost(socket, "no answer");
            if (socket.ping && socket.readyState === OPEN) { this.#askedAt ||= Date.now(); socket.ping(); }
        }, this.pulse);
    }

    #lost(socket, why) {
        if (socket !== this.#socket) return;
        this.#socket = this.#session = null;
        clearInterval(this.#pulse);
        socket.terminate ? socket.terminate() : socket.close();
        this.#registered.clear();
        this.#subscribed.clear();
        for (const { fail } of this.#pending.values()) fail(new WampError("wamp.error.canceled", [why]));
        this.onclose(why);
        if (this.#stopped) return;
        const pause = Math.min(200 * 2 ** this.#attempt++, 5000); // half by chance: pages must not come back at once
        this.#timer = setTimeout(() => this.#stopped || this.#connect(), pause * (0.5 + Math.random() / 2));
    }

    #send(message) { if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message)); }

    #request([code, ...rest], timeout = this.timeout) {
        if (!this.connected) return Promise.reject(new WampError("wamp.error.not_connected"));
        const id = ++this.#lastRequest;
        return new Promise((resolve, reject) => {
            const end = (settle) => (value) => { clearTimeout(timer); this.#pending.delete(id); settle(value); };
            const timer = setTimeout(() => end(reject)(new WampError("wamp.error.timeout")), timeout);
            this.#pending.set(id, { done: end(resolve), fail: end(reject) });
            this.#askedAt ||= Date.now();
            this.#send([code, id, ...rest]);
        });
    }

    async #receive(socket, data) {
        if (socket === this.#socket) this.#askedAt = 0; else return;
        const [code, ...rest] = JSON.parse(data);
        if (code === CHALLENGE) {
            this.#send([AUTHENTICATE, typeof this.ticket === "function" ? this.ticket() : this.ticket ?? "", {}]);
        } else if (code === WELCOME) {
            this.#session = rest[0];
            const wanted = [...this.#procedures.keys()].map((name) => this.#register(name));
            wanted.push(...[...this.#topics.keys()].map((name) => this.#subscribe(name)));
            // A name still held by a session that died a moment ago: leave and come back, the router will have noticed.
            await Promise.all(wanted); this.#attempt = 0;
            this.onopen(rest[1]);
        } else if (code === ABORT) {
            this.#lost(socket, `${rest[1]}${rest[0]?.message ? `: ${rest[0].message}` : ""}`);
        } else if (code === GOODBYE) {
            if (rest[1] !== "wamp.close.goodbye_and_out") this.#send([GOODBYE, {}, "wamp.close.goodbye_and_out"]);
            socket.close();
        } else if ([RESULT, REGISTERED, SUBSCRIBED, PUBLISHED].includes(code)) {
            this.#pending.get(rest[0])?.done(rest.slice(1));
        } else if (code === ERROR) {
            this.#pending.get(rest[1])?.fail(new WampError(rest[3], rest[4], rest[5]));
        } else if (code === EVENT) {
            await null; // SUBSCRIBED may have come in the same packet: let its promise settle first (REGISTERED alike)
            this.#subscribed.get(rest[0])?.(rest[3] ?? [], rest[4] ?? {}, rest[2]);
        } else if (code === INVOCATION) {
            await null;
            const [id, registration, details, args = [], kwargs = {}] = rest;
            try {
                const result = await this.#registered.get(registration)(args, kwargs, details);
                this.#send([YIELD, id, {}, result === undefined ? [] : [result]]);
            } catch (error) {
                this.#send([ERROR, INVOCATION, id, {}, error.uri ?? "wamp.error.runtime_error", [error.message]]);
            }
        }
    }
}
