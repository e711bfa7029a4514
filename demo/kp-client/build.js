// src/ → dist/: names of scripts and styles carry a hash of their content, so that browsers may keep them for ever.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [source, next, target, old] = ["src", "dist.new", "dist", "dist.old"].map((name) => `${here}${name}`);
const assets = new Map();

/** Writes a file under its hashed name, the modules it imports first: a module's hash covers what it imports. */
function emit(name, importers = []) {
    if (importers.includes(name)) throw new Error(`modules import each other: ${[...importers, name].join(" → ")}`);
    if (assets.has(name)) return assets.get(name);
    let text = readFileSync(`${source}/${name}`, "utf8");
    if (name.endsWith(".js")) {
        text = text.replace(/(\bfrom\s*|\bimport\s*)"\.\/([\w-]+\.js)"/g,
            (_, word, other) => `${word}"./${emit(other, [...importers, name])}"`);
    }
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
    const hashed = name.replace(/\.(\w+)$/, `.${hash}.$1`);
    assets.set(name, hashed);
    writeFileSync(`${next}/assets/${hashed}`, text);
    return hashed;
}

rmSync(next, { recursive: true, force: true });
mkdirSync(`${next}/assets`, { recursive: true });
const [style, script] = [emit("style.css"), emit("main.js")];
const preload = [...assets].filter(([name]) => name.endsWith(".js"))
    .map(([, hashed]) => `<link rel="modulepreload" href="/assets/${hashed}">`).join("\n    ");
const page = readFileSync(`${source}/index.html`, "utf8")
    .replace("%STYLE%", `/assets/${style}`)
    .replace("%SCRIPT%", `/assets/${script}`)
    .replace("<!-- %PRELOAD% -->", preload);
writeFileSync(`${next}/index.html`, page);
for (const name of ["sw.js", "favicon.svg", "alive.txt"]) cpSync(`${source}/${name}`, `${next}/${name}`);

// A build that fails midway leaves the page that is served as it was.
rmSync(old, { recursive: true, force: true });
if (existsSync(target)) renameSync(target, old);
renameSync(next, target);
rmSync(old, { recursive: true, force: true });
console.log(`dist: ${assets.size + 4} files`);
