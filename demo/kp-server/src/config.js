import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const isTree = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** `over` wins; trees are merged key by key, anything else (lists too) is replaced whole. */
export function merge(base, over) {
    const result = { ...base };
    for (const [key, value] of Object.entries(over ?? {})) {
        if (key === "__proto__") continue;
        result[key] = isTree(value) && isTree(base?.[key]) ? merge(base[key], value) : value;
    }
    return result;
}

function readTree(file) {
    let text;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new Error(`${file} cannot be read (${error.code})`);
    }
    try {
        return JSON.parse(text);
    } catch {
        // The parser's own message quotes the text around the mistake, and that text may be a password.
        throw new Error(`${file} is not JSON`);
    }
}

/** Settings of one environment: the private section over the tracked defaults. */
export function readConfig(
    environment = process.env.NODE_ENV ?? "production",
    folder = fileURLToPath(new URL("../cfg/", import.meta.url)),
) {
    const main = readTree(`${folder}/main.json`);
    const own = readTree(`${folder}/private.json`);
    if (!main[environment] && !own[environment]) {
        throw new Error(`neither cfg/main.json nor cfg/private.json has a section "${environment}"`);
    }
    return merge(main[environment] ?? {}, own[environment]);
}

export const wampAddress = ({ schema, host, port, path }) => `${schema}://${host}:${port}/${path}`;
