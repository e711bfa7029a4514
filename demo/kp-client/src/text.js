// Every word of the page, in both languages.
const WORDS = {
    ru: {
        brand: "Копник", otherLanguage: "English", skip: "К записям",
        title: "Живая копия kopnik.org",
        lead: "Здесь видно, как идут данные: от этой страницы до каждой части системы и обратно. Всё настоящее, всё проверяется прямо сейчас.",
        links: "Связи",
        allUp: "Все связи работают", unknownYet: "Смотрим, что отвечает…",
        someDown: (n) => `Не ${n === 1 ? "отвечает" : "отвечают"}: ${n} ${plural(n, "связь", "связи", "связей")}. Вернутся – страница увидит сама`,
        ms: (n) => `${number(n)} мс`, noTime: "–",
        up: "работает", down: "не отвечает", unknown: "пока неизвестно",
        nodes: { browser: "браузер", nginx: "nginx", nodejs: "nodejs", database: "Postgres", mail: "почта", wamp: "Crossbar", files: "файлы" },
        cards: {
            nginx: ["Страница", "браузер → nginx", "nginx отдаёт эту страницу.", "nginx не отвечает; страница ждёт его."],
            nodejs: ["Сервер", "nginx → nodejs", "Сервер приложения отвечает.", "Сервер приложения не отвечает; nginx на месте."],
            database: ["База данных", "nodejs → Postgres", "Postgres отвечает на запросы.", "Postgres не отвечает; записи вернутся вместе с ним."],
            mail: ["Почта", "nodejs → Postfix", "Почтовый сервер принимает письма.", "Почтовый сервер не отвечает; письма сейчас не отправить."],
            wamp: ["WAMP", "браузер → Crossbar → nodejs", "Вызов через Crossbar дошёл до сервера и вернулся.", "Вызов через Crossbar не возвращается; страница пробует снова."],
            files: ["Файлы", "браузер → nginx → файлы", "Файловый сервер принимает и отдаёт файлы.", "Файловый сервер не отвечает; файлы сейчас недоступны."],
        },
        waiting: "Станет известно, когда ответит сервер.",
        wampNoServer: "Crossbar отвечает, но сервер к нему пока не подключился.",
        notesTitle: "Стена записей", notesHint: "Хранится в Postgres: переживает перезапуск и обновление.",
        noteLabel: "Ваша запись", noteSend: "Записать", noteDone: "Записано.", noNotes: "Пока пусто. Будьте первым.",
        notesAway: "База сейчас не отвечает. Записи целы и появятся, когда она вернётся.",
        fileTitle: "Файл", fileHint: "До 25 МБ. Загрузится и будет доступен по ссылке.",
        fileLabel: "Выбрать файл", fileNone: "Файл не выбран", fileSend: "Загрузить", fileDone: "Загружен:", fileTooBig: "Файл больше 25 МБ.",
        fileSending: (n) => `Загружается… ${n} %`,
        letterTitle: "Пробное письмо", letterHint: "Письма локальной копии никуда не уходят: их ловит почтовый ящик самой копии.",
        letterLabel: "Кому", letterSend: "Отправить пробное письмо", letterDone: "Письмо принято почтовым сервером.",
        failed: "Не получилось: связь сейчас не работает. Попробуйте чуть позже.",
        tooOften: "На эту минуту достаточно. Попробуйте чуть позже.",
        refused: "Не получилось: проверьте, что введено.",
        themes: { auto: "Тема: авто", light: "Тема: светлая", dark: "Тема: тёмная" },
        footer: "Копник, показательная копия. Postgres, Postfix, Crossbar, Node.js и nginx – настоящие.",
    },
    en: {
        brand: "Kopnik", otherLanguage: "Русский", skip: "To the notes",
        title: "A living copy of kopnik.org",
        lead: "See how data travels from this page to each part of the system and back. Everything is real and checked right now.",
        links: "Links",
        allUp: "All links work", unknownYet: "Looking who answers…",
        someDown: (n) => `${n} ${n === 1 ? "link does" : "links do"} not answer. The page will notice when they are back`,
        ms: (n) => `${number(n)} ms`, noTime: "–",
        up: "works", down: "does not answer", unknown: "not known yet",
        nodes: { browser: "browser", nginx: "nginx", nodejs: "nodejs", database: "Postgres", mail: "mail", wamp: "Crossbar", files: "files" },
        cards: {
            nginx: ["Page", "browser → nginx", "nginx serves this page.", "nginx does not answer; the page waits for it."],
            nodejs: ["Server", "nginx → nodejs", "The application server answers.", "The application server does not answer; nginx is there."],
            database: ["Database", "nodejs → Postgres", "Postgres answers queries.", "Postgres does not answer; notes will be back when it is."],
            mail: ["Mail", "nodejs → Postfix", "The mail server takes letters.", "The mail server does not answer; letters cannot be sent now."],
            wamp: ["WAMP", "browser → Crossbar → nodejs", "A call through Crossbar reached the server and came back.", "A call through Crossbar does not come back; the page tries again."],
            files: ["Files", "browser → nginx → files", "The file server takes and gives files.", "The file server does not answer; files are out of reach now."],
        },
        waiting: "Will be known when the server answers.",
        wampNoServer: "Crossbar answers, but the server has not joined it yet.",
        notesTitle: "Wall of notes", notesHint: "Kept in Postgres: survives restarts and updates.",
        noteLabel: "Your note", noteSend: "Write it", noteDone: "Written.", noNotes: "Nothing here yet. Be the first.",
        notesAway: "The database does not answer now. Notes are safe and will be back with it.",
        fileTitle: "A file", fileHint: "Up to 25 MB. It is uploaded and comes back by a link.",
        fileLabel: "Choose a file", fileNone: "No file chosen", fileSend: "Upload", fileDone: "Uploaded:", fileTooBig: "The file is larger than 25 MB.",
        fileSending: (n) => `Uploading… ${n} %`,
        letterTitle: "A test letter", letterHint: "Letters of a local copy go nowhere: the copy catches them in its own mailbox.",
        letterLabel: "To", letterSend: "Send a test letter", letterDone: "The mail server has taken the letter.",
        failed: "That did not work: the link is down now. Try again a little later.",
        tooOften: "Enough for this minute. Try again a little later.",
        refused: "That did not work: check what you have entered.",
        themes: { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" },
        footer: "Kopnik, a demonstration copy. Postgres, Postfix, Crossbar, Node.js and nginx are the real ones.",
    },
};

const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
export const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };

let language = stored("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");
const listeners = [];

const number = (n) => n.toLocaleString(language, { maximumFractionDigits: n < 10 ? 1 : 0 });

function plural(n, one, few, many) {
    const form = new Intl.PluralRules("ru").select(n);
    return form === "one" ? one : form === "few" ? few : many;
}

export const words = () => WORDS[language] ?? WORDS.en;
export const currentLanguage = () => language;
export const remembered = stored;
export const onLanguage = (listener) => { listeners.push(listener); listener(); };

export function switchLanguage() {
    language = language === "ru" ? "en" : "ru";
    store("language", language);
    showWords();
    for (const listener of listeners) listener();
}

export function showWords() {
    document.documentElement.lang = language;
    document.title = `${words().brand}: ${words().title}`;
    for (const element of document.querySelectorAll("[data-text]")) {
        element.textContent = words()[element.dataset.text];
    }
}
