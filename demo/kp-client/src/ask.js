export class Refused extends Error {
    constructor(status) {
        super(`status ${status}`);
        this.status = status;
    }
}

/** JSON from our server. A page of somebody else (a proxy's error page, say) is a failure too. */
export async function ask(path, body) {
    const response = await fetch(path, {
        cache: "no-store",
        signal: AbortSignal.timeout(6000),
        ...(body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Refused(response.status);
    return response.json();
}

/** What went wrong, in the words of the page. */
export function explain(error, words) {
    if (error.status === 429) return words.tooOften;
    if (error.status >= 400 && error.status < 500 && error.status !== 404) return words.refused;
    return words.failed;
}
