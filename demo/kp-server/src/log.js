/** One line an event. Only messages are printed, never settings or request bodies: they hold secrets. */
export const log = (...words) => console.log(new Date().toISOString(), ...words);

const MINUTE = 60_000;
const said = new Map();

/** For what repeats while something is away: the same words at most once a minute. */
export function logSeldom(...words) {
    const text = words.join(" ");
    const now = Date.now();
    for (const [old, at] of said) if (now - at > MINUTE) said.delete(old);
    if (said.has(text)) return;
    said.set(text, now);
    log(text);
}

/** The shortest honest description of a failure; AggregateError of a refused connection has an empty message. */
export const reason = (error) => error?.message || error?.code || error?.errors?.[0]?.message || String(error);
