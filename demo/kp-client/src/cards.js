const LINKS = ["nginx", "nodejs", "database", "mail", "wamp", "files"];
const SIGNS = { up: "✓", down: "✕", unknown: "…" };

/** The same as the picture, in words: one card a link, and one sentence for all. */
export class Cards {
    #list;
    #overall;
    #words;
    #states = {};

    constructor(list, overall, words) {
        this.#list = list;
        this.#overall = overall;
        this.#words = words;
        list.replaceChildren(...LINKS.map((link) => {
            const card = document.createElement("li");
            card.dataset.link = link;
            card.innerHTML = "<span class='sign' aria-hidden='true'></span><h3></h3><span class='ms'></span>"
                + "<p class='way'></p><p class='sentence'></p>";
            return card;
        }));
    }

    show(states = this.#states) {
        this.#states = states;
        const words = this.#words();
        const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
        for (const card of this.#list.children) {
            const { link } = card.dataset;
            const { state = "unknown", ms = null } = states[link] ?? {};
            const [name, way] = words.cards[link];
            card.dataset.state = state;
            set(card.querySelector(".sign"), SIGNS[state]);
            set(card.querySelector("h3"), name);
            set(card.querySelector(".ms"), ms === null ? words.noTime : words.ms(ms));
            set(card.querySelector(".way"), way);
            set(card.querySelector(".sentence"), this.#sentence(link, state, states));
        }
        const all = LINKS.map((link) => states[link]?.state ?? "unknown");
        const down = all.filter((state) => state === "down").length;
        this.#overall.dataset.state = down ? "down" : all.includes("unknown") ? "unknown" : "up";
        set(this.#overall, down ? words.someDown(down) : all.includes("unknown") ? words.unknownYet : words.allUp);
    }

    #sentence(link, state, states) {
        const words = this.#words();
        const [, , good, bad] = words.cards[link];
        if (state === "up") return good;
        if (state === "unknown") return states.nginx ? words.waiting : words.unknownYet;
        return link === "wamp" && states.wamp.joined ? words.wampNoServer : bad;
    }
}
