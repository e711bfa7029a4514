import { onLanguage, words } from "./text.js";

const LIMIT = 25 * 1024 * 1024;

/** Uploads one file and gives the link by which it comes back. */
export function offerUpload() {
    const form = document.querySelector("#file-form");
    const said = document.querySelector("#file-said");
    const bar = document.querySelector("#file-progress");
    const button = form.querySelector("button");
    const input = form.elements.file;
    const drop = form.querySelector(".drop");

    // The browser's own picker speaks the browser's language, not the page's: the label stands in for it.
    const showChosen = () => {
        document.querySelector("#file-name").textContent = input.files[0]?.name ?? words().fileNone;
    };
    input.addEventListener("change", showChosen);
    onLanguage(showChosen);
    for (const type of ["dragover", "dragleave", "drop"]) {
        drop.addEventListener(type, (event) => {
            event.preventDefault();
            drop.classList.toggle("over", type === "dragover");
            if (type !== "drop" || !event.dataTransfer.files.length) return;
            input.files = event.dataTransfer.files;
            showChosen();
        });
    }

    // fetch() cannot tell how much has been sent; XMLHttpRequest can.
    const send = (file) => new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        const body = new FormData();
        body.append("file", file);
        request.open("POST", "/upload");
        request.responseType = "json";
        request.upload.onprogress = ({ loaded, total }) => {
            const percent = Math.round(loaded / total * 100);
            bar.value = percent;
            said.textContent = words().fileSending(percent);
        };
        request.onload = () => (request.status === 201 && request.response
            ? resolve(request.response)
            : reject(Object.assign(new Error("refused"), { status: request.status })));
        request.onerror = request.onabort = () => reject(new Error("no connection"));
        request.send(body);
    });

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const [file] = input.files;
        if (!file) { said.textContent = words().fileNone; return input.focus(); }
        if (file.size > LIMIT) { said.textContent = words().fileTooBig; return undefined; }
        button.disabled = true;
        bar.hidden = false;
        bar.value = 0;
        try {
            const { url, name } = await send(file);
            const link = Object.assign(document.createElement("a"), { href: url, textContent: name, download: name });
            said.replaceChildren(`${words().fileDone} `, link);
            form.reset();
            showChosen();
        } catch ({ status }) {
            said.textContent = status === 413 ? words().fileTooBig : words().failed;
        }
        bar.hidden = true;
        button.disabled = false;
        return undefined;
    });
}
