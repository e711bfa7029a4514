"use strict";
// Everything the page says, in both of its languages. What programs said themselves (Docker, verify) stays as they said it.
const Words = (() => {
  const number = (locale, digits) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
  const bytes = (locale, units) => (n) => {
    const power = n >= 2 ** 30 ? 2 : n >= 2 ** 20 ? 1 : 0, value = n / 2 ** (10 + 10 * power);
    return `${number(locale, value < 10 ? 1 : 0).format(value)} ${units[power]}`;
  };
  const clock = (locale) => (at, now) => {
    const date = new Date(at * 1000);
    return new Intl.DateTimeFormat(locale, now - at < 72000 ? { hour: "2-digit", minute: "2-digit", second: "2-digit" }
      : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date);
  };
  const when = (locale) => (at) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at * 1000));
  const split = (seconds) => seconds < 60 ? [Math.floor(seconds), 0] : seconds < 3600 ? [Math.floor(seconds / 60), 1]
    : seconds < 172800 ? [Math.floor(seconds / 3600), 2] : [Math.floor(seconds / 86400), 3];
  const exit = { 137: ["killed, or out of memory", "убит или не хватило памяти"], 143: ["asked to stop", "попросили остановиться"] };
  const under = { browser: "", nginx: "80, 443", dist: "kp-client", nodejs: "/api", crossbar: "/ws", files: "/upload", db: "Postgres", mail: "SMTP", uploads: "" };

  const enSize = bytes("en", ["kB", "MB", "GB"]), ruSize = bytes("ru", ["кБ", "МБ", "ГБ"]);
  const en = {
    skip: "To the containers", glance: "At a glance", nodes: "Nodes and containers", way: "The way of the data", events: "What happened",
    requirements: "Requirements", allRows: "Every requirement", number: "No.", requirement: "Requirement", outcome: "Outcome", seen: "What was seen",
    language: "Language", foot: "Nothing on this page changes anything. Passwords, settings and environment are not in it.",
    title: { up: "✓ well", coming: "… changing", down: "✗ look", off: "off", going: "…" },
    live: "live", lost: "no connection: trying again", silent: "the keeper is silent: this may be old (kopnik logs keeper)", waitingForKeeper: "waiting for the keeper's first word",
    allWell: "All is well", isDown: "The site is switched off", fenced: "This server may not run the site",
    nodesDown: (names) => `Not reachable: ${names.join(", ")}`, servicesDown: (names) => `Down: ${names.join(", ")}`,
    servicesComing: (names) => `Coming up: ${names.join(", ")}`, brokenRows: (rows) => `Broken: ${rows.join(", ")}`,
    linkDown: "A link is broken", needsLook: "Something needs a look",
    conditions: { up: "runs", coming: "starting", going: "stopping", down: "failed", off: "switched off" },
    linkConditions: { up: "works", coming: "not tried yet", down: "is broken", off: "switched off", going: "ends" },
    roles: { leader: "manager, leads", manager: "manager", worker: "worker" },
    nodeStates: { down: "down", disconnected: "disconnected", unknown: "unknown", pause: "paused", drain: "drained" },
    containers: (n) => n === 1 ? "1 container" : `${n} containers`, cores: (n) => n === 1 ? "1 core" : `${n} cores`,
    noPlace: "No place yet", noPlaceYet: "no node has room or may take them",
    size: enSize, ofMemory: (a, b) => `${enSize(a)} of ${enSize(b)}`, free: (n) => `${enSize(n)} free`, of: (n) => `of ${enSize(n)}`,
    age: (s) => { const [n, unit] = split(s); return `${n} ${["s", "min", "h", "d"][unit]}`; }, ago: (age) => `${age} ago`, clock: clock("en-GB"), when: when("en-GB"),
    milliseconds: (n) => `${number("en", n < 10 ? 1 : 0).format(n)} ms`,
    holdAndBroken: (holds, broken) => `${holds} hold, ${broken} broken`, differAndNot: (d, n) => `${d} differ, ${n} not applicable`,
    neverVerified: "never proven yet", runVerify: "kopnik verify proves them", provenAt: "Proven", certificate: "Certificate",
    daysLeft: (n) => n < 0 ? "expired" : n === 1 ? "1 day left" : `${n} days left`, disk: "Disk", memory: "Memory", letters: "Letters",
    waiting: (n) => n === 0 ? "none waits" : n === 1 ? "1 waits" : `${n} wait`, oldest: (s) => { const [n, u] = split(s); return `the oldest for ${n} ${["s", "min", "h", "d"][u]}`; },
    lettersLeave: "they leave for the world", lettersCaught: "caught here, none leaves", notAsked: "unknown", mailAway: "the mail service does not answer",
    standby: "Standby", none: "none", noStandby: "no standby is set up", lag: (s) => `${number("en", 1).format(s)} s behind`, lagUnknown: "not known how far behind",
    promise: { strict: "strict: nothing acknowledged is lost", available: "available: writes do not wait for it" },
    mirror: "Mirror of uploads", mirrored: "since it was last the same", noMirror: "no mirror is set up",
    backup: "Backup", noBackup: "no backup is set up", proven: "proven by a restore:", unproven: "unproven: never restored on trial",
    ended: (code, error) => [code ? `ended with code ${code}${exit[code] ? ` (${exit[code][0]})` : ""}` : "", error && !/non-zero exit/.test(error) ? error : ""].filter(Boolean).join(": ") || "ended",
    box: (name) => ({ browser: "browser", uploads: "uploads" })[name] ?? name, under: (name) => name === "browser" ? "https" : name === "uploads" ? "files" : under[name] ?? "",
    link: (a, b, how, ms) => `${a} to ${b}: ${how}${ms === undefined ? "" : `, ${number("en", 1).format(ms)} ms`}`,
    brokenLinks: (list) => `Broken: ${list.join("; ")}`, wayNote: "Each number: looking the name up and connecting.",
    nothingHappened: "Nothing yet.", rowTitle: (row) => row.title,
    outcomes: { holds: "holds", broken: "broken", differs: "differs", notApplicable: "n/a" },
    event: (e) => ({
      started: () => `${e.subject} runs${e.number ? `, after ${e.number} s` : ""}`, ended: () => `${e.subject} ${en.ended(e.number, e.detail)}`,
      refused: () => `${e.subject} cannot start: ${e.detail ?? ""}`, stopped: () => `${e.subject} is being stopped, another takes its place`,
      added: () => `${e.subject} was added`, removed: () => `${e.subject} was removed`, switchedOff: () => `${e.subject} was switched off`,
      node: () => `node ${e.subject} is ${e.detail}`, verified: () => e.number ? `verify: ${e.number} broken` : "verify: nothing is broken",
      alarm: () => `needs a look: ${e.detail}`, relieved: () => `no longer: ${e.detail}`, certificate: () => `a new certificate of ${e.detail}`,
      linkBroke: () => `broken: ${e.subject}`, linkMended: () => `works again: ${e.subject}`, keeper: () => "the keeper began to watch", fenced: () => e.detail,
    })[e.kind]?.() ?? e.kind,
  };

  const plural = (n, one, few, many) => n % 10 === 1 && n % 100 !== 11 ? one : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? few : many;
  const units = ["с", "мин", "ч", "дн."];
  const titles = {
    S1: "точная копия одной командой", S2: "контейнеры и всё, что упрощает", H1: "4–6 ядер", H2: "4–6 ГБ памяти", H3: "SSD 250 ГБ в RAID 1", H4: "100 Мбит/с",
    P1: "VMware ESXi", P2: "машины создаёт Vagrant", O1: "Ubuntu Server, последняя LTS", O2: "XFCE по startxfce4", O3: "Let's Encrypt", O4: "часы сверяются",
    O5: "пользователь ubuntu", O6: "SSH для ubuntu", O7: "SFTP с корнем /home/ubuntu/sftp", O8: "NVM и Node.js", O9: "Docker", O10: "всё остальное в Docker",
    C1: "исходный код kp-client", C2: "npm install", C3: "npm run build", D1: "один файл compose, все связи", D2: "docker stack deploy",
    G1: "Postgres, последняя LTS", G2: "порт 5432 виден из nodejs", G3: "max_connections = 1000", G4: "shared_buffers = 512MB", G5: "effective_cache_size = 1024MB",
    G6: "work_mem = 40MB", G7: "базы kopnik, dev, test в UTF-8", M1: "почта только отправляет", M2: "порт 25 открыт наружу и виден из nodejs",
    B1: "Crossbar на настройках из kp-client", B2: "порт 8080 виден из nodejs", N1: "исходный код kp-server подключён", N2: "npm install", N3: "внутри доступны 25, 5432, 8080",
    N4: "npm run server:production", W1: "порты 80 и 443", W2: "HTTP/2", W3: "/ws → Crossbar", W4: "/api → nodejs", W5: "остальное — dist", W6: "сертификаты компьютера подключены",
    V1: "живая страница с узлами и контейнерами", A1: "основной сервер 24/7", A2: "резервный наготове", A3: "базы реплицируются", A4: "файлы синхронизируются", Z1: "ответ на катастрофу",
  };
  const ru = {
    skip: "К контейнерам", glance: "Главное", nodes: "Узлы и контейнеры", way: "Путь данных", events: "Что произошло",
    requirements: "Требования", allRows: "Все требования", number: "№", requirement: "Требование", outcome: "Итог", seen: "Что увидено",
    language: "Язык", foot: "Эта страница ничего не меняет. Паролей, настроек и переменных среды в ней нет.",
    title: { up: "✓ порядок", coming: "… меняется", down: "✗ внимание", off: "выключено", going: "…" },
    live: "вживую", lost: "нет связи, пробуем снова", silent: "хранитель молчит: данные могли устареть (kopnik logs keeper)", waitingForKeeper: "ждём первого слова хранителя",
    allWell: "Всё в порядке", isDown: "Сайт выключен", fenced: "Этому серверу нельзя запускать сайт",
    nodesDown: (names) => `Недоступны: ${names.join(", ")}`, servicesDown: (names) => `Не работает: ${names.join(", ")}`,
    servicesComing: (names) => `Запускается: ${names.join(", ")}`, brokenRows: (rows) => `Нарушено: ${rows.join(", ")}`,
    linkDown: "Одна из связей прервана", needsLook: "Нужно ваше внимание",
    conditions: { up: "работает", coming: "запускается", going: "завершается", down: "не работает", off: "выключен" },
    linkConditions: { up: "работает", coming: "ещё не проверена", down: "прервана", off: "выключена", going: "завершается" },
    roles: { leader: "управляющий, ведёт", manager: "управляющий", worker: "рабочий" },
    nodeStates: { down: "недоступен", disconnected: "нет связи", unknown: "неизвестно", pause: "приостановлен", drain: "освобождён" },
    containers: (n) => `${n} ${plural(n, "контейнер", "контейнера", "контейнеров")}`, cores: (n) => `${n} ${plural(n, "ядро", "ядра", "ядер")}`,
    noPlace: "Места пока нет", noPlaceYet: "ни один узел не может их принять",
    size: ruSize, ofMemory: (a, b) => `${ruSize(a)} из ${ruSize(b)}`, free: (n) => `${ruSize(n)} свободно`, of: (n) => `из ${ruSize(n)}`,
    age: (s) => { const [n, unit] = split(s); return `${n} ${units[unit]}`; }, ago: (age) => `${age} назад`, clock: clock("ru"), when: when("ru"),
    milliseconds: (n) => `${number("ru", n < 10 ? 1 : 0).format(n)} мс`,
    holdAndBroken: (holds, broken) => `${holds} ${plural(holds, "выполнено", "выполнены", "выполнено")}, ${broken} нарушено`, differAndNot: (d, n) => `${d} отличаются, ${n} не применимы`,
    neverVerified: "ещё не проверялись", runVerify: "их проверяет kopnik verify", provenAt: "Проверено", certificate: "Сертификат",
    daysLeft: (n) => n < 0 ? "истёк" : `${plural(n, "остался", "осталось", "осталось")} ${n} ${plural(n, "день", "дня", "дней")}`, disk: "Диск", memory: "Память", letters: "Письма",
    waiting: (n) => n === 0 ? "ни одно не ждёт" : `${n} ${plural(n, "ждёт", "ждут", "ждут")}`, oldest: (s) => { const [n, u] = split(s); return `старейшее — ${n} ${units[u]}`; },
    lettersLeave: "уходят в мир", lettersCaught: "остаются здесь, наружу не уходят", notAsked: "неизвестно", mailAway: "почтовая служба не отвечает",
    standby: "Резервный сервер", none: "нет", noStandby: "резервный сервер не настроен", lag: (s) => `отстаёт на ${number("ru", 1).format(s)} с`, lagUnknown: "отставание неизвестно",
    promise: { strict: "strict: подтверждённое не теряется", available: "available: запись его не ждёт" },
    mirror: "Копия файлов", mirrored: "с последнего совпадения", noMirror: "копирование не настроено",
    backup: "Резервная копия", noBackup: "резервные копии не настроены", proven: "проверена восстановлением:", unproven: "не проверена: её ни разу не восстанавливали",
    ended: (code, error) => [code ? `завершился с кодом ${code}${exit[code] ? ` (${exit[code][1]})` : ""}` : "", error && !/non-zero exit/.test(error) ? error : ""].filter(Boolean).join(": ") || "завершился",
    box: (name) => ({ browser: "браузер", uploads: "вложения" })[name] ?? name, under: (name) => name === "browser" ? "https" : name === "uploads" ? "файлы" : under[name] ?? "",
    link: (a, b, how, ms) => `${a} → ${b}: ${how}${ms === undefined ? "" : `, ${number("ru", 1).format(ms)} мс`}`,
    brokenLinks: (list) => `Прервано: ${list.join("; ")}`, wayNote: "Каждое число — поиск имени и соединение.",
    nothingHappened: "Пока ничего.", rowTitle: (row) => titles[row.number] ?? row.title,
    outcomes: { holds: "выполнено", broken: "нарушено", differs: "отличается", notApplicable: "не применимо" },
    event: (e) => ({
      started: () => `${e.subject} работает${e.number ? `, поднялся за ${e.number} с` : ""}`, ended: () => `${e.subject} ${ru.ended(e.number, e.detail)}`,
      refused: () => `${e.subject} не может запуститься: ${e.detail ?? ""}`, stopped: () => `${e.subject} останавливают, его место займёт другой`,
      added: () => `добавлена служба ${e.subject}`, removed: () => `служба ${e.subject} убрана`, switchedOff: () => `служба ${e.subject} выключена`,
      node: () => `узел ${e.subject}: ${ru.nodeStates[e.detail] ?? (e.detail === "ready" ? "готов" : e.detail)}`, verified: () => e.number ? `verify: нарушено ${e.number}` : "verify: нарушений нет",
      alarm: () => `требует внимания: ${e.detail}`, relieved: () => `больше не беспокоит: ${e.detail}`, certificate: () => `новый сертификат от ${e.detail}`,
      linkBroke: () => `прервалась связь ${e.subject}`, linkMended: () => `снова есть связь ${e.subject}`, keeper: () => "хранитель начал наблюдать", fenced: () => e.detail,
    })[e.kind]?.() ?? e.kind,
  };
  return { en, ru };
})();
