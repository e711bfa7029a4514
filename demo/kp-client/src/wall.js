import { ask, explain } from "./ask.js";
import { currentLanguage, words } from "./text.js";

/** Notes of everybody, newest first. Comes anew by an event over WAMP, and by itself when the database returns. */
export class Wall {
    #list = document.querySelector("#note-list");
    #form = document.querySelector("#note-form");
    #said = document.querySelector("#note-said");
    #notes = null;
    #lookedAt = 0;

    constructor() {
        this.#form.addEventListener("submit", (event) => { event.preventDefault(); this.#write(); });
        this.#form.elements.text.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
        });
    }

    /** Asks again if the last answer is old or was none. */
    async refresh(oldest = 15_000) {
        if (Date.now() - this.#lookedAt < oldest) return;
        this.#lookedAt = Date.now();
        try {
            this.#notes = (await ask("/api/notes")).notes;
        } catch {
            this.#lookedAt = 0;
            this.#notes ??= undefined;
        }
        this.show();
    }

    async #write() {
        const field = this.#form.elements.text;
        const button = this.#form.querySelector("button");
        if (!field.value.trim()) return;
        button.disabled = true;
        try {
            const note = await ask("/api/notes", { text: field.value });
            field.value = "";
            this.#said.textContent = words().noteDone;
            this.#notes = [note, ...(this.#notes ?? []).filter(({ id }) => id !== note.id)];
            this.show();
        } catch (error) {
            this.#said.textContent = explain(error, words());
        }
        button.disabled = false;
    }

    show() {
        const format = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium", timeStyle: "short" });
        const items = (this.#notes ?? []).map(({ text, created }) => {
            const item = document.createElement("li");
            const [said, time] = [document.createElement("p"), document.createElement("time")];
            said.textContent = text;
            time.dateTime = created;
            time.textContent = format.format(new Date(created));
            item.append(said, time);
            return item;
        });
        if (!items.length) {
            const item = document.createElement("li");
            item.className = "empty";
            const { noNotes, notesAway, unknownYet } = words();
            item.textContent = this.#notes ? noNotes : this.#notes === null ? unknownYet : notesAway;
            items.push(item);
        }
        this.#list.replaceChildren(...items);
    }
}
