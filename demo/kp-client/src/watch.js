import { ask } from "./ask.js";

const PAUSE = 2000;
const UNKNOWN = { state: "unknown", ms: null };

async function timed(action) {
    const start = performance.now();
    try {
        const value = await action();
        return { state: "up", ms: performance.now() - start, value };
    } catch {
        return { state: "down", ms: null };
    }
}

async function fetchPage() {
    const response = await fetch("/alive.txt", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if ((await response.text()).trim() !== "alive") throw new Error("somebody else answered");
}

function fromServer(link) {
    if (link === undefined || link.ok === null) return UNKNOWN;
    return link.ok ? { state: "up", ms: link.ms } : { state: "down", ms: null };
}

/** Looks at every link again and again while the page is visible; `show` gets the state of each. */
export function watch(wamp, show) {
    async function callThroughCrossbar() {
        const found = await timed(() => wamp.call("ru.kopnik.demo.ping", [], {}, 4000));
        return { ...found, joined: wamp.connected };
    }

    async function look() {
        const [nginx, server, crossbar, files] = await Promise.all([
            timed(fetchPage),
            timed(() => ask("/api/health")),
            callThroughCrossbar(),
            timed(async () => { if (!(await ask("/download")).ready) throw new Error("somebody else answered"); }),
        ]);
        const looked = server.state === "up" ? await timed(() => ask("/api/links")) : UNKNOWN;
        show({
            nginx, nodejs: server, wamp: crossbar, files,
            database: fromServer(looked.value?.database),
            mail: fromServer(looked.value?.mail),
            serverWamp: fromServer(looked.value?.wamp),
        });
    }

    let timer;
    let turn = 0;
    async function loop() {
        const mine = ++turn; // a page shown again must not start a second loop beside a running one
        clearTimeout(timer);
        while (mine === turn && !document.hidden) {
            await look().catch(() => {});
            await new Promise((done) => { timer = setTimeout(done, PAUSE); });
        }
    }
    document.addEventListener("visibilitychange", loop);
    addEventListener("online", loop);
    loop();
}
