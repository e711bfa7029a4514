"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  let language = pickLanguage(), word = Words[language];
  let model = null, offset = 0, silence = null, beatAt = 0, connected = false, told = null;

  function pickLanguage() {
    let kept = null;
    try { kept = localStorage.getItem("kopnik-language"); } catch { /* the browser keeps nothing: so be it */ }
    if (kept && Words[kept]) return kept;
    const wanted = navigator.languages ?? [navigator.language];
    return wanted.map((tag) => tag.slice(0, 2)).find((tag) => Words[tag]) ?? "en";
  }
  function make(tag, properties = {}, ...inner) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined || value === null) continue;
      if (key === "class") element.className = value;
      else if (key === "data") Object.assign(element.dataset, value);
      else if (key in element && typeof value !== "string") element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...inner.filter((part) => part !== null && part !== undefined));
    return element;
  }
  // Elements stay where they are and change in place: whoever reads or has the keyboard there is not thrown out.
  function keep(parent, items, key, build, update) {
    const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
    let place = parent.firstElementChild;
    for (const item of items) {
      const name = String(key(item));
      let element = old.get(name);
      if (element) old.delete(name); else { element = build(item); element.dataset.key = name; }
      update(element, item);
      if (element === place) place = place.nextElementSibling; else parent.insertBefore(element, place);
    }
    for (const element of old.values()) element.remove();
  }
  function set(element, text) { if (element.textContent !== text) element.textContent = text; }
  const now = () => Date.now() / 1000 + offset;
  const state = (condition, words) => [make("span", { class: "dot", "aria-hidden": "true" }), words];

  function drawAll() {
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-word]")) set(element, word[element.dataset.word]);
    for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word[element.dataset.label]);
    for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    draw();
  }
  function draw() {
    drawLive();
    if (!model) return;
    set($("site"), model.site);
    document.title = `${word.title[verdict().condition]} · ${model.site}`;
    set($("address"), model.address);
    $("address").href = /^https:\/\//.test(model.address) ? model.address : "#";
    drawVerdict(); drawAlarms(); drawGlance(); drawNodes(); drawWay(); drawEvents(); drawRows(); tick();
  }
  function verdict() {
    const bad = model.services.filter((s) => s.condition === "down").map((s) => s.name);
    const coming = model.services.filter((s) => s.condition === "coming").map((s) => s.name);
    const nodes = model.nodes.filter((n) => n.condition === "down").map((n) => n.name);
    const broken = model.verification?.rows.filter((r) => r.outcome === "broken").map((r) => r.number) ?? [];
    if (model.fence) return { condition: "down", words: word.fenced };
    if (!model.services.length) return { condition: "down", words: word.isDown };
    if (nodes.length) return { condition: "down", words: word.nodesDown(nodes) };
    if (bad.length) return { condition: "down", words: word.servicesDown(bad) };
    if (broken.length) return { condition: "down", words: word.brokenRows(broken) };
    if (coming.length) return { condition: "coming", words: word.servicesComing(coming) };
    if (model.links.some((l) => l.condition === "down")) return { condition: "coming", words: word.linkDown };
    if (model.alarms?.length) return { condition: "coming", words: word.needsLook };
    return { condition: "up", words: word.allWell };
  }
  function drawVerdict() {
    const { condition, words } = verdict();
    $("verdict").className = `verdict ${condition}`;
    set($("verdict-words"), words);
    if (told !== null && told !== words) set($("said"), words);
    told = words;
  }
  function drawAlarms() {
    const list = [...(model.fence ? [{ text: model.fence, grave: true }] : []), ...(model.alarms ?? []).map((text) => ({ text }))];
    $("alarms").hidden = !list.length;
    keep($("alarms"), list, (a) => a.text, (a) => make("li", { class: a.grave ? "grave" : "", lang: "en" }, a.text), () => {});
  }
  function card(key, title, value, more, bar) { return { key, title, value, more, bar }; }
  function drawGlance() {
    const v = model.verification, c = model.certificate, cards = [];
    const count = (outcome) => v.rows.filter((r) => r.outcome === outcome).length;
    cards.push(v ? card("rows", word.requirements, word.holdAndBroken(count("holds"), count("broken")),
      [word.differAndNot(count("differs"), count("notApplicable")), { age: v.at, ago: true }], null)
      : card("rows", word.requirements, word.neverVerified, [word.runVerify]));
    if (c) cards.push(card("certificate", word.certificate, word.daysLeft(Math.floor((c.end - now()) / 86400)), [c.issuer]));
    if (model.disk) cards.push(room("disk", word.disk, model.disk));
    if (model.memory) cards.push(room("memory", word.memory, model.memory));
    const mail = model.mail;
    cards.push(card("mail", word.letters, mail ? word.waiting(mail.waiting) : word.notAsked,
      [mail ? (mail.waiting ? word.oldest(mail.oldest) : mail.leaves ? word.lettersLeave : word.lettersCaught) : word.mailAway]));
    const s = model.standby;
    cards.push(s ? card("standby", word.standby, `${s.name}: ${word.conditions[s.condition]}`,
      [s.lag === undefined ? word.lagUnknown : word.lag(s.lag), word.promise[s.promise] ?? s.promise])
      : card("standby", word.standby, word.none, [word.noStandby]));
    cards.push(model.mirror ? card("mirror", word.mirror, { age: model.mirror.at }, [word.mirrored])
      : card("mirror", word.mirror, word.none, [word.noMirror]));
    const b = model.backup;
    cards.push(b ? card("backup", word.backup, b.made === undefined ? word.none : { age: b.made, ago: true },
      [b.proven === undefined ? word.unproven : word.proven, b.proven === undefined ? null : { age: b.proven, ago: true }])
      : card("backup", word.backup, word.none, [word.noBackup]));
    keep($("glance"), cards, (x) => x.key, () => make("div", { class: "card" }), (element, x) => {
      element.replaceChildren(make("dt", {}, x.title), make("dd", {}, aged(x.value)),
        make("dd", { class: "more" }, ...x.more.filter(Boolean).flatMap((part, i) => [i ? " · " : "", aged(part)])));
      if (x.bar !== null && x.bar !== undefined) element.append(bar(x.bar));
    });
  }
  // A text, or a moment of which the age is shown and goes on.
  function aged(value) {
    if (typeof value !== "object") return value;
    return make("time", { datetime: new Date(value.age * 1000).toISOString(), data: { age: value.age, ...(value.ago ? { ago: "" } : {}) }, title: word.when(value.age) });
  }
  function room(key, title, r) {
    return card(key, title, word.free(r.free), [word.of(r.total)], r.total ? (1 - r.free / r.total) * 100 : 100);
  }
  function bar(percent) {
    const inner = make("i");
    inner.style.setProperty("--full", `${Math.min(100, Math.max(1, percent)).toFixed(1)}%`);
    return make("div", { class: `bar${percent >= 97 ? " full" : percent >= 80 ? " much" : ""}`, "aria-hidden": "true" }, inner);
  }
  function hue(name) {
    const known = { db: 214, mail: 32, crossbar: 275, nodejs: 128, files: 168, nginx: 190, keeper: 340, dashboard: 56 };
    if (name in known) return known[name];
    let hash = 7;
    for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 360;
    return hash;
  }
  function drawNodes() {
    const places = [...model.nodes];
    if (model.tasks.some((t) => !model.nodes.some((n) => n.id === t.node))) places.push({ id: "", name: word.noPlace, role: "", condition: "coming" });
    $("nodes").classList.toggle("dense", model.tasks.length > 24);
    keep($("nodes"), places, (n) => n.id, () => make("article", { class: "node" }, make("h3"), make("p"), make("ul", { class: "tasks" })),
      (element, node) => {
        const [title, facts, list] = element.children;
        title.replaceChildren(...[make("span", { class: node.condition }, ...state(node.condition, "")), make("span", { class: "node-name" }, node.name),
          node.role ? make("small", {}, word.roles[node.role] ?? node.role) : null,
          node.id && node.condition !== "up" ? make("small", { class: node.condition }, word.nodeStates[node.state === "ready" ? node.availability : node.state] ?? node.state) : null].filter(Boolean));
        const tasks = model.tasks.filter((t) => node.id ? t.node === node.id : !model.nodes.some((n) => n.id === t.node));
        set(facts, node.id ? [word.containers(tasks.length), node.cores ? word.cores(node.cores) : null, node.memory ? word.size(node.memory) : null,
          node.engine ? `Docker ${node.engine}` : null].filter(Boolean).join(" · ") : word.noPlaceYet);
        keep(list, tasks, (t) => t.id, makeTask, drawTask);
      });
  }
  function makeTask(task) {
    const element = make("li", { class: "task" }, make("h4", {}, make("span"), make("span", { class: "state" })), make("p", { class: "image" }),
      make("p", { class: "line" }, make("span"), make("span")), make("p", { class: "error", hidden: true, lang: "en" }));
    element.style.setProperty("--hue", hue(task.service));
    element.append(make("div", { class: "bar", hidden: true }));
    return element;
  }
  function drawTask(element, task) {
    const [head, image, line, error] = element.children, [name, mark] = head.children, [age, memory] = line.children;
    element.className = `task is-${task.condition}`;
    element.dataset.service = task.service; element.dataset.condition = task.condition;
    const replicas = model.services.find((s) => s.name === task.service)?.replicas ?? 1;
    set(name, replicas > 1 ? `${task.service} ${task.slot}` : task.service);
    const words = word.conditions[task.condition];
    if (mark.dataset.words !== words) { mark.className = `state ${task.condition}`; mark.replaceChildren(...state(task.condition, words)); mark.dataset.words = words; }
    set(image, task.image); image.title = task.image;
    if (!age.firstChild || age.dataset.since !== String(task.since)) { age.dataset.since = task.since; age.replaceChildren(aged({ age: task.since })); }
    set(memory, task.memory === undefined ? "" : task.memoryLimit && model.tasks.length <= 24 ? word.ofMemory(task.memory, task.memoryLimit) : word.size(task.memory));
    const problem = task.condition === "down" ? word.ended(task.exitCode, task.error) : "";
    error.hidden = !problem; set(error, problem);
    const fresh = task.memory !== undefined && task.memoryLimit ? bar(task.memory / task.memoryLimit * 100) : make("div", { class: "bar", hidden: true });
    element.lastElementChild.replaceWith(fresh);
  }
  function drawWay() {
    const conditions = Object.fromEntries(model.services.map((s) => [s.name, s.condition]));
    const list = make("ul", { class: "hidden" }, ...model.links.map((l) =>
      make("li", {}, word.link(word.box(l.from), word.box(l.to), word.linkConditions[l.condition], l.milliseconds))));
    const broken = model.links.filter((l) => l.condition === "down");
    $("way").replaceChildren(Way.picture("wide", model.links, conditions, word), Way.picture("tall", model.links, conditions, word), list,
      make("figcaption", { class: "quiet" }, broken.length
        ? make("span", { class: "down" }, word.brokenLinks(broken.map((l) => `${word.box(l.from)} → ${word.box(l.to)}`))) : make("span", { class: "wide" }, word.wayNote)));
  }
  function drawEvents() {
    const events = (model.events ?? []).slice(0, 50);
    const bad = ["ended", "refused", "alarm", "linkBroke", "fenced"];
    if (!events.length) return $("events").replaceChildren(make("li", {}, make("span", {}, word.nothingHappened)));
    const known = new Map();
    keep($("events"), events, (e) => { const key = `${language}${e.at}${e.kind}${e.subject}${e.detail}`, n = known.get(key) ?? 0; known.set(key, n + 1); return key + n; },
      (e) => make("li", { class: bad.includes(e.kind) || (e.kind === "verified" && e.number > 0) ? "bad" : "" },
        make("time", { datetime: new Date(e.at * 1000).toISOString(), title: word.when(e.at) }, word.clock(e.at, now())), make("span", {}, word.event(e))), () => {});
  }
  function drawRows() {
    const v = model.verification;
    $("rows-box").hidden = !v;
    $("rows-when").replaceChildren(...(v ? [word.provenAt, " ", aged({ age: v.at, ago: true }), " · kopnik verify"] : [word.runVerify]));
    if (!v) return;
    const order = { broken: 0, differs: 1, holds: 2, notApplicable: 3 };
    const rows = [...v.rows].sort((a, b) => order[a.outcome] - order[b.outcome]);
    keep($("rows"), rows, (r) => `${language}${r.number}`, () => make("tr", {}, make("th", { scope: "row" }), make("td"), make("td"), make("td", { lang: "en" })), (row, r) => {
      const [number, title, outcome, seen] = row.children;
      set(number, r.number); set(title, word.rowTitle(r)); set(outcome, word.outcomes[r.outcome] ?? r.outcome);
      outcome.className = `outcome ${r.outcome}`;
      set(seen, r.evidence + (r.because ? `: ${r.because}` : ""));
    });
  }
  function drawLive() {
    const waited = Date.now() / 1000 - beatAt;
    const isLost = !connected || (beatAt && waited > 20);
    const isSilent = !isLost && (silence === null || silence + waited > 20);
    document.body.classList.toggle("stale", Boolean(model) && (isLost || isSilent));
    set($("live"), isLost ? word.lost : isSilent ? word.silent : word.live);
    $("live").className = `live ${isLost || isSilent ? "down" : ""}`;
    if (!model) { $("verdict").className = "verdict wait"; set($("verdict-words"), isLost ? word.lost : word.waitingForKeeper); }
  }
  function tick() {
    for (const element of document.querySelectorAll("time[data-age]")) {
      const age = word.age(Math.max(0, now() - Number(element.dataset.age)));
      set(element, "ago" in element.dataset ? word.ago(age) : age);
    }
  }
  function listen() {
    const source = new EventSource("events");
    source.addEventListener("open", () => { connected = true; drawLive(); });
    source.addEventListener("beat", (event) => {
      const said = JSON.parse(event.data);
      offset = said.now - Date.now() / 1000; silence = said.silence; beatAt = Date.now() / 1000; connected = true; drawLive();
    });
    source.addEventListener("model", (event) => { model = JSON.parse(event.data); draw(); });
    source.addEventListener("error", () => {
      connected = false; drawLive();
      // A refusal ends it for good (HTML, 9.2): tried again all the same, for the dashboard may be about to be replaced.
      if (source.readyState === EventSource.CLOSED) { setTimeout(listen, 3000); }
    });
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language; word = Words[language];
      try { localStorage.setItem("kopnik-language", language); } catch { /* chosen for this time only */ }
      drawAll();
    });
  }
  let wasOpen = false;
  addEventListener("beforeprint", () => { wasOpen = $("rows-box").open; $("rows-box").open = true; });
  addEventListener("afterprint", () => { $("rows-box").open = wasOpen; });
  setInterval(() => { tick(); drawLive(); }, 1000);
  drawAll();
  listen();
})();
