import { onLanguage, remembered, store, words } from "./text.js";

const THEMES = ["auto", "light", "dark"];

export function offerThemes(button) {
    let theme = THEMES.includes(remembered("theme")) ? remembered("theme") : "auto";
    const show = () => {
        document.documentElement.dataset.theme = theme;
        button.textContent = words().themes[theme];
    };
    button.addEventListener("click", () => {
        theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
        store("theme", theme);
        show();
    });
    onLanguage(show);
}
