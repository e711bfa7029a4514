import { ask, explain } from "./ask.js";
import { words } from "./text.js";

export function offerLetter() {
    const form = document.querySelector("#letter-form");
    const said = document.querySelector("#letter-said");
    const button = form.querySelector("button");
    form.elements.to.value ||= `test@${location.hostname}`;
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        button.disabled = true;
        try {
            await ask("/api/mail", { to: form.elements.to.value.trim() });
            said.textContent = words().letterDone;
        } catch (error) {
            said.textContent = explain(error, words());
        }
        button.disabled = false;
    });
}
