import { ask } from "./ask.js";
import { Cards } from "./cards.js";
import { offerUpload } from "./files.js";
import { offerLetter } from "./letter.js";
import { Picture } from "./picture.js";
import { onLanguage, showWords, switchLanguage, words } from "./text.js";
import { offerThemes } from "./theme.js";
import { Wall } from "./wall.js";
import { Wamp } from "./wamp.js";
import { watch } from "./watch.js";

const element = (id) => document.getElementById(id);

showWords();
const picture = new Picture(element("picture"), words);
const cards = new Cards(element("links"), element("overall"), words);
const wall = new Wall();
offerThemes(element("theme"));
offerUpload();
offerLetter();
element("language").addEventListener("click", switchLanguage);
onLanguage(() => {
    element("language").textContent = words().otherLanguage;
    element("language").lang = words().otherLanguage === "English" ? "en" : "ru";
    picture.draw();
    cards.show();
    wall.show();
});

const scheme = location.protocol === "https:" ? "wss" : "ws";
const wamp = new Wamp({ url: `${scheme}://${location.host}/ws`, realm: "kopa", pulse: 5000 });
wamp.subscribe("ru.kopnik.demo.note", () => wall.refresh(0));
wamp.start();

let version = null;
async function showVersion() {
    try {
        const { release, node } = await ask("/api/version");
        element("version").textContent = `${release} · Node ${node}`;
    } catch {
        version = null;
    }
}

watch(wamp, (states) => {
    picture.show(states);
    cards.show(states);
    wall.refresh(states.database.state === "up" ? undefined : 2000);
    // Asked again after each outage: the server may have come back as another release.
    if (states.nodejs.state === "up") version ??= showVersion();
    else version = null;
});

navigator.serviceWorker?.register("/sw.js").catch(() => {}); // refused where the certificate is not trusted yet
