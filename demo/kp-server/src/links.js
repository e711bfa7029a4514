import { reason } from "./log.js";

/** What each link's state means, in plain words. */
const SENTENCES = {
    database: {
        en: ["Postgres answers queries.", "Postgres does not answer; notes will be back when it is."],
        ru: ["Postgres отвечает на запросы.", "Postgres не отвечает; записи вернутся вместе с ним."],
    },
    mail: {
        en: ["The mail server takes letters.", "The mail server does not answer; letters cannot be sent now."],
        ru: ["Почтовый сервер принимает письма.", "Почтовый сервер не отвечает; письма сейчас не отправить."],
    },
    wamp: {
        en: ["A call through Crossbar came back.", "Crossbar does not answer; the server keeps trying to join."],
        ru: ["Вызов через Crossbar вернулся с ответом.", "Crossbar не отвечает; сервер продолжает подключаться."],
    },
    files: {
        en: ["The file server takes and gives files.", "The file server does not answer; files are out of reach now."],
        ru: ["Файловый сервер принимает и отдаёт файлы.", "Файловый сервер не отвечает; файлы сейчас недоступны."],
    },
};

const within = (ms, promise) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
});

const NOT_YET = { en: "Nobody has looked yet.", ru: "Ещё никто не смотрел." };

/** Live state of each link. Probes run only while somebody looks, once for all who look at the same moment. */
export class Links {
    #probes;
    #freshFor;
    #known = {};
    #running = {};

    constructor(probes, freshFor = {}) {
        this.#probes = probes;
        this.#freshFor = freshFor;
    }

    /** Waits for probes that are due. */
    async look(language = "en") {
        await Promise.all(Object.keys(this.#probes).map((name) => this.#due(name)));
        return this.known(language);
    }

    /** Never waits: what the last look has found; `ok` is null where nobody has looked yet. */
    known(language = "en") {
        return Object.fromEntries(Object.keys(this.#probes).map((name) => {
            this.#due(name);
            const { ok = null, ms = null, at = null } = this.#known[name] ?? {};
            const speech = SENTENCES[name][language] ? language : "en";
            const [good, bad] = SENTENCES[name][speech];
            return [name, { ok, ms, at, sentence: ok === null ? NOT_YET[speech] : ok ? good : bad }];
        }));
    }

    #due(name) {
        const age = Date.now() - (this.#known[name]?.checked ?? 0);
        if (age < (this.#freshFor[name] ?? 1000)) return undefined;
        this.#running[name] ??= this.#probe(name).finally(() => { this.#running[name] = null; });
        return this.#running[name];
    }

    async #probe(name) {
        const start = performance.now();
        let failure = null;
        try {
            await within(2500, this.#probes[name]());
        } catch (error) {
            failure = reason(error);
        }
        const checked = Date.now();
        const ms = Math.round((performance.now() - start) * 10) / 10;
        this.#known[name] = { ok: failure === null, ms, at: new Date(checked).toISOString(), checked, failure };
    }
}
