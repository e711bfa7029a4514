import net from "node:net";
import nodemailer from "nodemailer";
import { HttpError } from "./http.js";

const ADDRESS = /^[^\s@<>()[\]\\,;:"]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;
const MINUTE = 60_000;

/** nodemailer itself keeps a name's address for five minutes; a service that was started again has another one at once. */
function connect(host, port, done) {
    const connection = net.connect({ host, port, timeout: 2000 });
    const settle = (error) => {
        connection.removeAllListeners().setTimeout(0);
        if (error) connection.on("error", () => {}).destroy();
        done(error, { connection });
    };
    connection.once("connect", () => settle(null));
    connection.once("timeout", () => settle(new Error(`${host}:${port} does not answer`)));
    connection.once("error", settle);
}

/** Sends one fixed letter. The limits are there because a public copy must not be a way to pester strangers. */
export class Mail {
    #transport;
    #from;
    #sent = [];

    constructor({ host, port = 25, from }) {
        this.#from = from;
        // The link is the stack's own network; Postfix there offers STARTTLS with a certificate nobody signed.
        this.#transport = nodemailer.createTransport({
            host, port, secure: false, ignoreTLS: true, disableFileAccess: true, disableUrlAccess: true,
            greetingTimeout: 2000, socketTimeout: 10_000,
            getSocket: (options, done) => connect(host, port, done),
        });
    }

    async ping() {
        await this.#transport.verify();
    }

    async sendRegistration(to, now = Date.now()) {
        if (typeof to !== "string" || !ADDRESS.test(to)) throw new HttpError(400, "That is not a mail address.");
        this.#sent = this.#sent.filter(({ at }) => now - at < MINUTE);
        if (this.#sent.length >= 10 || this.#sent.filter((it) => it.to === to).length >= 3) {
            throw new HttpError(429, "Enough letters for this minute. Try again a little later.");
        }
        this.#sent.push({ to, at: now });
        const { messageId } = await this.#transport.sendMail({
            from: this.#from,
            to,
            subject: "Копник: проба письма о регистрации / a test of the registration letter",
            text: "Здравствуйте!\n\nТак выглядит письмо о регистрации. Отвечать на него не нужно.\n\n"
                + "Hello!\n\nThis is what a registration letter looks like. There is no need to answer.\n",
        });
        return { messageId };
    }

    close() {
        this.#transport.close();
    }
}
