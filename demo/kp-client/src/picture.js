// The way of the data as a drawing; the list below it says the same in words, for those who do not see it.
const WIDE = {
    box: [980, 350], size: [148, 64],
    nodes: {
        browser: [90, 175], nginx: [325, 175], files: [580, 52], nodejs: [580, 175], wamp: [580, 298],
        database: [880, 98], mail: [880, 252],
    },
};
const NARROW = {
    box: [360, 450], size: [104, 60],
    nodes: {
        browser: [180, 38], nginx: [180, 148], files: [58, 268], nodejs: [180, 268], wamp: [302, 268],
        database: [110, 404], mail: [250, 404],
    },
};
const EDGES = [
    ["browser", "nginx", "nginx"], ["nginx", "nodejs", "nodejs"], ["nginx", "files", "files"],
    ["nginx", "wamp", "wamp"], ["wamp", "nodejs", "serverWamp"],
    ["nodejs", "database", "database"], ["nodejs", "mail", "mail"],
];
const ICONS = {
    browser: "M-9-7h18v14h-18zM-9-3h18M-6.5-5h.1M-4-5h.1",
    nginx: "M-7 8V-8L7 8V-8",
    nodejs: "M0-9l8 4.5v9L0 9l-8-4.5v-9zM0-3v6M-3 0h6",
    database: "M-8-5.5c0-2 3.5-3 8-3s8 1 8 3v11c0 2-3.5 3-8 3s-8-1-8-3z"
        + "M-8-5.5c0 2 3.5 3 8 3s8-1 8-3M-8 0c0 2 3.5 3 8 3s8-1 8-3",
    mail: "M-9-6.5h18v13h-18zM-9-6l9 7 9-7",
    wamp: "M-9 0h18M0-9v18M-6-6l12 12M-6 6l12-12",
    files: "M-6-9h8l5 5V9h-13zM2-9v5h5",
};

function svg(name, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
}

function way([x1, y1], [x2, y2], [width, height], narrow) {
    if (x1 === x2) {
        const down = y2 > y1 ? 1 : -1;
        return `M${x1} ${y1 + down * height / 2}V${y2 - down * height / 2}`;
    }
    if (y1 === y2) return `M${x1 + Math.sign(x2 - x1) * width / 2} ${y1}H${x2 - Math.sign(x2 - x1) * width / 2}`;
    if (narrow) {
        const [a, b] = [y1 + height / 2, y2 - height / 2];
        return `M${x1} ${a}C${x1} ${(a + b) / 2} ${x2} ${(a + b) / 2} ${x2} ${b}`;
    }
    const [a, b] = [x1 + width / 2, x2 - width / 2];
    return `M${a} ${y1}C${(a + b) / 2} ${y1} ${(a + b) / 2} ${y2} ${b} ${y2}`;
}

export class Picture {
    #root;
    #narrow = matchMedia("(max-width: 640px)");
    #states = {};
    #words;

    constructor(root, words) {
        this.#root = root;
        this.#words = words;
        this.#narrow.addEventListener("change", () => this.draw());
        this.draw();
    }

    draw() {
        const { box, size, nodes } = this.#narrow.matches ? NARROW : WIDE;
        const [width, height] = size;
        this.#root.setAttribute("viewBox", `0 0 ${box.join(" ")}`);
        const edges = EDGES.map(([from, to, link]) => {
            const d = way(nodes[from], nodes[to], size, this.#narrow.matches);
            return svg("g", { class: "edge", "data-link": link },
                svg("path", { class: "line", d }), svg("path", { class: "flow", d, pathLength: 100 }));
        });
        const boxes = Object.entries(nodes).map(([name, [x, y]]) => {
            const group = svg("g", { class: "node", "data-node": name, transform: `translate(${x} ${y})` },
                svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: 16 }));
            const label = svg("text", { class: "name" }, this.#words().nodes[name]);
            const time = svg("text", { class: "time" }, "");
            const icon = svg("path", { class: "icon", d: ICONS[name] });
            if (this.#narrow.matches) {
                icon.setAttribute("transform", `translate(0 ${-height / 2})`);
                group.append(svg("circle", { class: "seat", cy: -height / 2, r: 16 }), icon);
                label.setAttribute("y", 6);
                time.setAttribute("y", 22);
            } else {
                icon.setAttribute("transform", `translate(${-width / 2 + 28} 0)`);
                group.append(icon);
                for (const text of [label, time]) {
                    text.setAttribute("x", -width / 2 + 50);
                    text.classList.add("start");
                }
                label.setAttribute("y", -3);
                time.setAttribute("y", 16);
            }
            group.append(label, time);
            return group;
        });
        this.#root.replaceChildren(...edges, ...boxes);
        this.show(this.#states);
    }

    show(states) {
        this.#states = states;
        for (const edge of this.#root.querySelectorAll(".edge")) {
            edge.dataset.state = states[edge.dataset.link]?.state ?? "unknown";
        }
        for (const node of this.#root.querySelectorAll(".node")) {
            const { node: name } = node.dataset;
            const { state = "unknown", ms = null } = name === "browser" ? { state: "up" } : states[name] ?? {};
            node.dataset.state = state;
            if (name === "browser") node.querySelector(".name").setAttribute("y", 5);
            else node.querySelector(".time").textContent = ms === null ? this.#words()[state] : this.#words().ms(ms);
        }
    }
}
