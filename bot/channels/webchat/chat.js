// The page of the web chat: shows the mailbox as it fills, and carries what the citizen says.
(() => {
  "use strict";

  const get = (id) => document.getElementById(id);
  const root = document.documentElement;
  const [log, field, notice] = ["log", "text", "notice"].map(get);
  const code = (/^\/d\/([^/]+)\/?$/.exec(location.pathname) || ["", ""])[1];
  const here = "?d=" + encodeURIComponent(code);
  const shelf = `minipublic:${code}:`; // where unsent messages wait, one entry each
  const asked = new URLSearchParams(location.search);
  const kiosk = asked.has("kiosk"); // many people use this device, one after the other
  const minutes = Math.min(1440, Number(asked.get("kiosk")) || 5);
  const patience = Math.max(1000, minutes * 60000); // then the one before has left
  const presence = `minipublic-here:${code}`; // "here" once somebody was answered, then "left"
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel(shelf) : null;

  const first = JSON.parse(get("words").textContent); // what this browser asks for
  let page = first; // the page's own words, and their language
  let spoken = page.lang;
  let last = 0; // id of the newest event
  let question = null; // the article whose buttons count
  let following = true; // the reader is at the end
  let fresh = null; // the first article of what came just now
  let finished = false; // there is nothing left to do for who is here
  let source = null;

  const word = (key) => page.words[key] || "";
  const backoff = (tries) => Math.min(30000, 1000 * 2 ** tries) * (0.5 + Math.random() / 2);

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  // --- Talking to the server ---------------------------------------------------------------------

  const sleepers = new Set();
  const wakeAll = () => [...sleepers].forEach((wake) => wake());
  const sleep = (milliseconds) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      sleepers.add(wake);
    });

  // Status 0 means that there was no answer, or none of ours.
  async function ask(url, options) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), 20000);
    try {
      const answer = await fetch(url, { cache: "no-store", signal: patience.signal, ...options });
      const wait = Number(answer.headers.get("Retry-After")) || 1;
      return { status: answer.status, wait, body: await answer.json() };
    } catch (error) {
      return { status: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  const troubles = new Map(); // what is wrong → the word for it
  function trouble(what, key) {
    if (key) troubles.set(what, key);
    else troubles.delete(what);
    const text = troubles.size ? word([...troubles.values()].pop()) : "";
    if (notice.textContent !== text) notice.textContent = text;
    stay();
  }

  // --- What was said ------------------------------------------------------------------------------

  function article(side, at) {
    const made = element("article", side);
    made.tabIndex = -1;
    made.dataset.at = at || new Date().toISOString();
    const who = word(side === "bot" ? "page-bot" : "page-you");
    made.append(element("span", "unseen", who + ":"));
    return made;
  }

  // A message of the bot: a new article, or the earlier one that it edits.
  function told(message) {
    const id = "m" + (message.replaces || message.id);
    const known = get(id);
    const made = known || article("bot", message.at);
    made.id = id;
    made.dataset.id = id.slice(1);
    made.lang = message.lang;
    if (known || message.edited) made.dataset.edited = "";
    const bubble = element("div", "bubble");
    bubble.dir = message.dir;
    const { media, document: file } = message;
    if (media) bubble.append(shownMedia(media, made));
    if (message.html) {
      bubble.append(element("div", "words"));
      bubble.lastChild.innerHTML = message.html; // made safe by the server
    }
    if (file) bubble.append(link(file.url, file.name));
    const old = made.querySelector(".bubble");
    if (old) old.remove();
    if (bubble.firstChild) made.firstChild.after(bubble);
    offer(made, message.choices || []);
    return made;
  }

  function shownMedia({ url, kind, alt }, made) {
    if (kind === "file") return link(url, alt || "↓");
    const shown = element(kind === "image" ? "img" : kind);
    shown.src = url;
    if (kind === "image") {
      shown.alt = alt;
      shown.onload = () => following && follow(made);
      return shown;
    }
    shown.controls = true;
    shown.playsInline = true;
    shown.preload = kind === "video" ? "metadata" : "none";
    shown.onloadedmetadata = stay; // a film takes its own shape
    if (!alt) return shown;
    shown.setAttribute("aria-label", alt);
    const figure = element("figure");
    const caption = element("figcaption", "", alt);
    caption.setAttribute("aria-hidden", "true"); // it is the player's name already
    figure.append(caption, shown);
    return figure;
  }

  function link(url, name) {
    const made = element("a", "file", name);
    made.href = url;
    made.download = "";
    return made;
  }

  // Buttons are changed in place where they can be, so that a switched one keeps the focus.
  function offer(made, choices) {
    const proper = choices.filter((choice) => !choice.aside);
    const aside = choices.filter((choice) => choice.aside);
    const buttons = [...made.querySelectorAll(".choices button")];
    const counts = `${proper.length} ${aside.length}`;
    if (made.dataset.counts === counts && buttons.length === choices.length) {
      [...proper, ...aside].forEach((choice, n) => label(made, buttons[n], choice));
      if (proper.length) arrange(made.querySelector(".choices"), proper);
      return;
    }
    made.dataset.counts = counts;
    made.querySelectorAll(".choices").forEach((group) => group.remove());
    for (const group of [proper, aside]) {
      if (!group.length) continue;
      const row = element("div", "choices aside");
      row.append(...group.map((choice) => label(made, element("button"), choice)));
      if (group === proper) arrange(row, proper);
      made.append(row);
    }
  }

  // Points of a scale in rows of nearly the same length, long answers one below the other.
  function arrange(row, choices) {
    const labels = choices.map((choice) => choice.label.replace(/^(✓|\d+\.) /, ""));
    const scale = labels.length > 3 && labels.every((l) => /^[-−+]?\p{Nd}+([.,٫]\p{Nd}+)?$/u.test(l));
    const list = labels.some((l) => l.length > 14);
    row.className = "choices " + (scale ? "scale" : list ? "list" : "");
    if (!scale) return;
    const even = (most) => Math.ceil(labels.length / Math.ceil(labels.length / most));
    const wide = labels.some((l) => l.length > 4);
    row.style.setProperty("--across", even(wide ? 8 : 11));
    row.style.setProperty("--across-phone", even(wide ? 4 : 7));
  }

  function label(made, button, choice) {
    button.type = "button";
    button.value = choice.value;
    button.dir = "auto";
    button.textContent = choice.label;
    button.removeAttribute("aria-disabled");
    button.className = "";
    if ("edited" in made.dataset && !choice.aside) {
      const on = choice.label.startsWith("✓");
      button.classList.toggle("on", on);
      button.setAttribute("aria-pressed", on);
    }
    return button;
  }

  // An earlier question is closed: what was switched on stays to be read, commands to be pressed.
  function retire(made) {
    const focused = document.activeElement;
    const held = made.contains(focused) && focused.value;
    const kept = [...made.querySelectorAll(".on")].map((button) => button.textContent);
    const bubble = made.querySelector(".bubble");
    if (kept.length && bubble) bubble.append(element("p", "kept", kept.join("\n")));
    for (const button of made.querySelectorAll(".choices button")) {
      if (!button.value.startsWith("/")) button.remove();
    }
    made.querySelectorAll(".choices:empty").forEach((group) => group.remove());
    made.classList.add("past");
    if (held && !made.contains(document.activeElement)) {
      // On a phone, focus in the field would raise the keyboard over the new question.
      const touch = matchMedia("(pointer: coarse)").matches;
      (touch ? made : field).focus({ preventScroll: true });
    }
  }

  function asks(made, message) {
    if (!message.choices) return;
    finished = Boolean(message.nothing_left);
    stir();
    if (question && question !== made) retire(question);
    made.classList.remove("past");
    question = made;
  }

  // What the citizen said. A press waits a moment: if its answer is an edit, that shows it.
  function said(item) {
    const made = article("citizen", item.at);
    made.dataset.said = item.id;
    const bubble = element("div", "bubble", item.label || item.text);
    bubble.dir = "auto";
    made.append(bubble, element("div", "state"));
    if (item.message) made.dataset.pressed = item.message;
    return made;
  }

  function unveil(made) {
    if (!made.hidden || !made.isConnected) return;
    made.hidden = false;
    stay();
  }

  const bubbleOf = (item) => log.querySelector(`[data-said="${item.id}"]`);

  // A line with the date wherever a new day begins.
  function dates() {
    const name = (at) => new Date(at).toDateString();
    let day = name(Date.now());
    for (const made of log.querySelectorAll("article")) {
      const before = made.previousElementSibling;
      const dated = before && before.className === "day";
      const begins = name(made.dataset.at) !== day;
      if (begins && !dated) {
        const format = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
        const text = new Date(made.dataset.at).toLocaleDateString(spoken, format);
        made.before(element("p", "day", text));
      } else if (!begins && dated) {
        before.remove();
      }
      day = name(made.dataset.at);
    }
  }

  // --- Where the reader is -------------------------------------------------------------------------

  const atEnd = () => innerHeight + scrollY >= root.scrollHeight - 48;
  const toEnd = () => scrollTo(0, root.scrollHeight);
  const stay = () => following && toEnd(); // something at the end has grown

  // To the end, but not past the beginning of what came just now.
  function follow(made) {
    if (!following) {
      get("newest").hidden = false;
      return;
    }
    const header = document.querySelector("header").offsetHeight;
    const top = (shown) => shown.getBoundingClientRect().top + scrollY - header - 12;
    if (!fresh || !fresh.isConnected || top(fresh) < scrollY - 1) fresh = made;
    scrollTo(0, Math.min(top(fresh), root.scrollHeight - innerHeight));
    following = atEnd();
    clearTimeout(follow.timer);
    follow.timer = setTimeout(() => (fresh = null), 1500);
  }

  // The page speaks as its newest message does.
  async function speak({ lang, dir }) {
    root.lang = lang;
    root.dir = dir;
    if (lang === spoken) return;
    spoken = lang;
    const { status, body } = await ask("/chat/words/" + encodeURIComponent(lang), {
      cache: "default",
    });
    if (spoken !== lang) return;
    if (status !== 200) {
      spoken = page.lang; // the next message tries again
      return;
    }
    page = body;
    document.querySelectorAll("[data-word]:not([data-word=''])").forEach((e) => {
      e.textContent = word(e.dataset.word);
    });
    document.querySelectorAll("[data-label]").forEach((e) => {
      e.setAttribute("aria-label", word(e.dataset.label));
    });
    field.placeholder = word("page-write");
    document.title = `${word("page-bot")} · ${word("page-title")}`;
    if (troubles.size) trouble();
  }

  // --- Hearing -------------------------------------------------------------------------------------

  function hear(message) {
    if (Number(message.id) <= last) return; // a repetition
    last = Number(message.id);
    if (message.anew) {
      leave(message);
      return;
    }
    clearTimeout(send.silence);
    keep(presence, "here");
    const edits = message.replaces && get("m" + message.replaces);
    if (edits) {
      log.querySelectorAll(`[data-pressed="${message.replaces}"]`).forEach((made) => made.remove());
    } else {
      fold(message);
      log.querySelectorAll(".citizen[hidden]").forEach(unveil);
    }
    const made = told(message);
    asks(made, message);
    speak(message);
    if (edits) return;
    made.classList.add("new");
    log.append(made);
    dates();
    follow(made);
  }

  // A line that one more press brings again takes the place of the one before, and of its press.
  function fold(message) {
    const pressed = (made) => made && made.dataset.pressed;
    let before = log.lastElementChild;
    if (message.choices || !pressed(before)) return;
    while (pressed(before)) before = before.previousElementSibling;
    const words = before && before.querySelector(".bot > .bubble > .words");
    const again = element("div");
    again.innerHTML = message.html || ""; // made safe by the server
    if (!words || before.querySelector("button") || words.innerHTML !== again.innerHTML) return;
    if (pressed(before.previousElementSibling)) before.previousElementSibling.remove();
    before.remove();
  }

  function listen() {
    clearTimeout(listen.again);
    if (source) source.close();
    source = new EventSource(`/chat/events${here}&after=${last}`);
    source.onopen = () => {
      listen.tries = 0;
      clearTimeout(listen.lost);
      listen.lost = null;
      trouble("stream", null);
    };
    source.onmessage = (event) => hear(JSON.parse(event.data));
    source.addEventListener("over", () => leave()); // and whatever told so was missed
    source.onerror = () => {
      listen.lost = listen.lost || setTimeout(() => trouble("stream", "page-offline"), 4000);
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      listen.tries = (listen.tries || 0) + 1;
      listen.again = setTimeout(listen, backoff(listen.tries));
    };
  }

  // --- Saying --------------------------------------------------------------------------------------

  const queue = [];

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID exists on https only
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  const isStart = (item) => item.id.startsWith("start-");

  function say(item) {
    item.id = item.id || newId();
    item.at = new Date().toISOString();
    queue.push(item);
    try {
      localStorage.setItem(shelf + item.id, JSON.stringify(item));
    } catch (error) {
      // no storage, or it is full: the queue in memory serves as long as the page is open
    }
    if (!isStart(item)) {
      show(item);
      if (tabs) tabs.postMessage(item);
    }
    send();
  }

  function show(item, sent) {
    let made = bubbleOf(item);
    if (!made) {
      made = said(item);
      made.hidden = Boolean(item.message) && !sent;
      made.classList.add("new");
      log.append(made);
      dates();
      const pressed = get("m" + item.message);
      const toggles = pressed && "edited" in pressed.dataset && !item.aside;
      if (made.hidden) setTimeout(unveil, toggles ? 10000 : 1000, made);
    }
    if (!sent) {
      setTimeout(() => {
        if (queue.includes(item)) made.querySelector(".state").textContent = word("page-sending");
        stay();
      }, 600);
    }
    fresh = null;
    if (!made.hidden) toEnd();
    following = true;
  }

  // In order, each until it is acknowledged: the same id twice is one message.
  async function send() {
    if (send.busy) return;
    send.busy = true;
    for (let tries = 0; queue.length; ) {
      const item = queue[0];
      const { id, kind, text, message } = item;
      const heard = last;
      const { status, wait } = await ask("/chat/messages" + here, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id, kind, text, message }),
      });
      trouble("cookie", status === 401 ? "page-no-cookie" : null);
      trouble("pace", status === 429 ? "page-too-fast" : null);
      if (status === 202 || [403, 404, 413, 415, 422].includes(status)) {
        trouble("send", null);
        tries = 0;
        queue.shift();
        forget(item);
        if (status === 202) accepted(item, last > heard);
        else refused(item);
      } else if (status === 429) {
        await sleep(wait * 1000);
      } else {
        if (status !== 401) trouble("send", "page-offline");
        await sleep(backoff(tries++));
      }
    }
    send.busy = false;
  }

  function forget(item) {
    try {
      localStorage.removeItem(shelf + item.id);
    } catch (error) {
      // nothing was stored either
    }
  }

  function accepted(item, answered) {
    const made = bubbleOf(item);
    if (made) made.querySelector(".state").textContent = "";
    if (item.message) setTimeout(release, 4000, item);
    clearTimeout(send.silence);
    if (!answered) send.silence = setTimeout(listen, 8000); // perhaps the stream is dead
  }

  function refused(item) {
    release(item);
    const made = bubbleOf(item);
    if (!made) return;
    const again = element("button", "retry", word("page-not-sent"));
    again.type = "button";
    again.onclick = () => {
      again.remove();
      say(item);
    };
    made.querySelector(".state").textContent = "";
    made.append(again);
    unveil(made);
  }

  function press(button) {
    if (button.getAttribute("aria-disabled")) return;
    const made = button.closest("article");
    button.setAttribute("aria-disabled", "true"); // a double click; the others may be chosen too
    button.classList.add("pressed");
    say({
      kind: "choice",
      text: button.value,
      label: button.textContent,
      message: made.dataset.id,
      aside: Boolean(button.closest(".aside")),
    });
  }

  // The press had no new question as its answer: its buttons can be pressed again.
  function release(item) {
    const made = item.message && get("m" + item.message);
    if (!made) return;
    for (const button of made.querySelectorAll("[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
      button.classList.remove("pressed");
    }
  }

  function submit(event) {
    event.preventDefault();
    const text = field.value.replace(/[\u2066-\u2069]/g, "").trim(); // copied from a message
    if (!text) return;
    field.value = "";
    fit();
    say({ kind: "text", text });
  }

  function fit() {
    field.style.height = "auto";
    field.style.height = field.scrollHeight + 3 + "px";
    stay();
  }

  // --- Loading -------------------------------------------------------------------------------------

  async function transcript(before) {
    for (let tries = 0; ; tries++) {
      const { status, body } = await ask("/chat/messages" + here + (before || ""));
      const wrong = status === 401 ? "page-no-cookie" : "page-offline";
      trouble("load", status === 200 ? null : wrong);
      if (status === 200) return body;
      await sleep(backoff(tries));
    }
  }

  // Puts messages of the transcript above what is there.
  function fill({ messages, earlier }) {
    const page = element("div");
    let asked = null;
    for (const message of messages) {
      if (message.from === "bot" && get("m" + message.id)) continue;
      const made = message.from === "bot" ? told(message) : said(message);
      page.append(made);
      if (!message.choices) continue;
      if (asked) retire(asked);
      asked = made;
      if (!question) finished = Boolean(message.nothing_left);
    }
    if (question && asked) retire(asked);
    else question = asked;
    log.prepend(...page.childNodes);
    dates();
    const button = get("earlier");
    button.hidden = !earlier;
    button.value = earlier || "";
  }

  async function showEarlier() {
    const button = get("earlier");
    button.disabled = true;
    const found = await transcript("&before=" + button.value);
    button.disabled = false;
    const top = log.firstElementChild;
    const y = top.getBoundingClientRect().top;
    fill(found);
    scrollBy(0, top.getBoundingClientRect().top - y); // what was being read stays where it is
    if (button.hidden) top.closest("#log").querySelector("article").focus({ preventScroll: true });
  }

  // What was not yet sent when the page was left.
  function unsent() {
    const found = [];
    try {
      for (const key of Object.keys(localStorage).filter((key) => key.startsWith(shelf))) {
        const item = JSON.parse(localStorage.getItem(key));
        if (Date.now() - Date.parse(item.at) < 7 * 86400000) found.push(item);
        else localStorage.removeItem(key);
      }
    } catch (error) {
      // no storage
    }
    return found.sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  function begin(started) {
    const invited = asked.get("code");
    const valid = /^[A-Za-z0-9_-]{1,64}$/.test(invited || "");
    const before = kept(presence);
    if (started) keep(presence, "here");
    else if (before === "here") leave({ anew: { code: valid ? invited : "" } }); // it ended unseen
    else if (!valid && (kiosk || before) && !queue.some(isStart)) {
      rest();
      get("next").disabled = false;
    }
    get("done").hidden = !kiosk || !get("rest").hidden;
    stir();
    asked.delete("code");
    const query = asked.size ? "?" + asked : "";
    if (invited !== null) history.replaceState(null, "", location.pathname + query);
    if (!get("rest").hidden) return;
    const text = valid ? "/start " + invited : "/start";
    if ((valid || !started) && !queue.some((item) => isStart(item) && item.text === text)) {
      say({ id: "start-" + newId(), kind: "text", text });
    }
  }

  async function load() {
    const found = await transcript();
    last = found.last;
    fill(found);
    const newest = log.lastElementChild;
    if (found.messages.length) {
      speak(found.messages.filter((message) => message.lang).pop() || page);
      follow(newest);
    }
    listen();
    for (const item of unsent()) {
      if (bubbleOf(item)) forget(item);
      else {
        queue.push(item);
        if (!isStart(item)) show(item);
      }
    }
    begin(found.started);
    send();
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite")); // only what comes from now
  }

  // --- The next person -----------------------------------------------------------------------------

  // Nothing of the one before stays: not on the screen, not in this browser, not behind its cookie.
  async function leave({ html, lang, dir, anew } = {}) {
    if (leave.busy) return;
    leave.busy = true;
    const words = element("div");
    words.innerHTML = html || ""; // made safe by the server
    rest(words.textContent, lang, dir);
    if (anew) queue.splice(1); // all but what is on its way
    while (queue.length) await sleep(200); // what was said is said
    if (source) source.close();
    source = null;
    clearTimeout(listen.again);
    clearTimeout(send.silence);
    queue.length = 0;
    unsent().forEach(forget);
    log.replaceChildren();
    field.value = "";
    fit();
    get("earlier").hidden = get("newest").hidden = true;
    question = fresh = null;
    finished = false;
    following = true;
    last = 0;
    keep(presence, "left");
    for (let tries = 0; ; tries++) {
      const { status } = await ask("/chat/session", { method: "POST" });
      trouble("session", status === 200 ? null : "page-offline");
      if (status === 200) break;
      await sleep(backoff(tries));
    }
    if (tabs) tabs.postMessage("left");
    leave.busy = false;
    if (anew && anew.code) {
      say({ id: "start-" + newId(), kind: "text", text: "/start " + anew.code });
      wake();
    } else {
      if (kiosk) speak(first); // whoever comes may read another language than who has left
      get("next").disabled = false;
      get("rest-words").focus({ preventScroll: true });
    }
  }

  function rest(words, lang, dir) {
    const shown = get("rest-words");
    shown.dataset.word = words ? "" : kiosk ? "page-next-words" : "page-rest-words";
    shown.textContent = words || word(shown.dataset.word);
    shown.lang = words ? lang : "";
    shown.dir = words ? dir : "";
    get("next").dataset.word = kiosk ? "page-next-person" : "page-start";
    get("next").textContent = word(get("next").dataset.word);
    get("next").disabled = true;
    get("rest").hidden = false;
    get("done").hidden = get("help").hidden = true;
    document.body.classList.add("resting");
    stir();
  }

  function wake() {
    get("rest").hidden = true;
    document.body.classList.remove("resting");
    get("help").hidden = false;
    get("done").hidden = !kiosk;
    listen();
    stir();
  }

  function next() {
    wake();
    say({ id: "start-" + newId(), kind: "text", text: "/start" });
  }

  // In a kiosk whoever has not stirred for long has gone; sooner, whoever has nothing left to do.
  function stir() {
    if (!kiosk) return;
    clearTimeout(stir.timer);
    clearInterval(stir.clock);
    trouble("idle", null);
    const here = get("rest").hidden;
    get("ending").hidden = !(here && finished);
    if (!here) return;
    const wait = finished ? Math.min(patience, 60000) : patience;
    const end = performance.now() + wait;
    const tell = () => {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      if (finished) get("countdown").textContent = left.toLocaleString(spoken);
      else if (left <= 30) trouble("idle", "page-idle");
    };
    tell();
    stir.timer = setTimeout(() => leave(), wait);
    stir.clock = setInterval(tell, 1000);
    stay();
  }

  function goOn() {
    finished = false;
    stir();
  }

  function keep(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch (error) {
      // no storage: the page cannot tell a newcomer from somebody who has left
    }
  }

  function kept(key) {
    try {
      return localStorage.getItem(key);
    } catch (error) {
      return null;
    }
  }

  // --- The page ------------------------------------------------------------------------------------

  log.addEventListener("click", (event) => {
    const button = event.target.closest(".choices button");
    if (button) press(button);
  });
  get("say").addEventListener("submit", submit);
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  get("help").addEventListener("click", () => say({ kind: "text", text: "/help" }));
  get("earlier").addEventListener("click", showEarlier);
  get("newest").addEventListener("click", toEnd);
  addEventListener("scroll", () => {
    following = atEnd();
    if (following) get("newest").hidden = true;
  }, { passive: true });
  addEventListener("resize", stay);
  addEventListener("offline", () => trouble("network", "page-offline"));
  addEventListener("online", () => {
    trouble("network", null);
    wakeAll();
    if (source) listen();
  });
  addEventListener("pageshow", (event) => event.persisted && source && listen());
  document.addEventListener("visibilitychange", () => {
    clearTimeout(listen.rest);
    if (!source) return;
    if (document.hidden) {
      listen.since = Date.now();
      listen.rest = setTimeout(() => source.close(), 60000); // a forgotten tab holds no connection
    } else if (Date.now() - listen.since > 10000) {
      listen();
    }
  });
  if (tabs) tabs.onmessage = ({ data }) => (data === "left" ? location.reload() : show(data, true));
  for (const id of ["done", "over"]) get(id).addEventListener("click", () => leave());
  get("go-on").addEventListener("click", goOn);
  get("next").addEventListener("click", next);
  for (const sign of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(sign, stir, { passive: true });
  }

  history.scrollRestoration = "manual";
  get("help").hidden = false;
  load();
})();
