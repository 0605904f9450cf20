/* The search dialog. Above: pages by name, as `find.js` finds them. Below: Pagefind's full text. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/assets\/search\.js.*$/, "");
  const opener = document.querySelector(".hk-find");
  if (!opener) return;
  const BY_NAME = 6, IN_TEXT = 8, WAIT = "Searching …", FAILED = "What can be found could not be fetched. Type again to try again.", HINT = "A head type, a model, a paper, an author, a question, or a head such as L9H9 gpt2.";

  /* names: what answers most questions comes first, the rest behind it, a part at a time; each is asked for when the one before begins to come */
  const PARTS = ["names", "names-more", "names-words"], LAST = PARTS.length - 1;
  const asking = [], data = [], finders = [];
  let script = null, newest = -1;
  const forget = (list, number) => () => { list[number] = null; };
  const code = () => {
    script ||= import(`${base}assets/find.js`);
    script.catch(() => { script = null; });
    return script;
  };
  const ask = (number) => {
    const get = () => fetch(`${base}assets/${PARTS[number]}.json`).then((answer) => (answer.ok ? answer : Promise.reject(answer.status)));
    asking[number] ||= number ? ask(number - 1).then(get) : get();
    asking[number].catch(forget(asking, number));
    return asking[number];
  };
  const dataOf = (number) => {
    data[number] ||= Promise.all([code(), ask(number).then((answer) => answer.json()), number ? dataOf(number - 1) : null])
      .then(([{ joined }, part, before]) => (before ? joined(before, part) : part));
    data[number].then(() => { newest = Math.max(newest, number); }, () => { forget(asking, number)(); forget(data, number)(); });
    return data[number];
  };
  /* What can be found with the parts up to this one, or with more where they have come. */
  const finderOf = async (number) => {
    await dataOf(number);
    const { Finder } = await code(), best = Math.max(newest, number);
    finders[best] ||= new Finder(await data[best]);
    return [finders[best], best];
  };
  const load = () => dataOf(LAST);
  /* Whoever points at the button will most likely press it; and where data cost nothing, an idle page has the first part ready. */
  for (const sign of ["pointerenter", "focus"]) opener.addEventListener(sign, () => load().catch(() => {}), { once: true });
  const { saveData, effectiveType = "4g" } = navigator.connection || {};
  const ready = () => (window.requestIdleCallback || setTimeout)(() => dataOf(0).catch(() => {}));
  if (!saveData && effectiveType === "4g" && location.protocol.startsWith("http")) document.readyState === "complete" ? ready() : addEventListener("load", ready, { once: true });

  /* full text */
  let engine = null;
  const text = () => {
    engine ||= import(`${base}pagefind/pagefind.js`).then(async (pagefind) => {
      await pagefind.options({ baseUrl: new URL(base).pathname, excerptLength: 18 });
      await pagefind.init();
      return pagefind;
    });
    engine.catch(() => { engine = null; });
    return engine;
  };

  /* the dialog, made when it is first wanted */
  const make = (tag, properties, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) name in node ? (node[name] = value) : node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  let dialog = null, input, status, named, texts, active = null, asked = 0;

  const activate = (option) => {
    active?.removeAttribute("aria-selected");
    active = option || null;
    active ? active.setAttribute("aria-selected", "true") : 0;
    active ? input.setAttribute("aria-activedescendant", active.id) : input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  };
  const options = () => [...dialog.querySelectorAll("[role=option]")];
  const option = (id, href, title, label, excerpt) => {
    const link = make("a", { id, href, tabIndex: -1, role: "option" }, make("b", {}, title));
    if (label) link.append(make("span", { className: "hk-what" }, label));
    if (excerpt) link.append(make("small", { innerHTML: excerpt }));
    return link;
  };
  let note = "";
  const tell = () => {
    const count = options().length, by_name = named.querySelectorAll("a").length;
    input.setAttribute("aria-expanded", String(count > 0));
    named.hidden = !by_name;
    texts.hidden = count === by_name;
    const counted = `${count} result${count === 1 ? "" : "s"}`;
    /* What was missed is said before what is near it. */
    status.textContent = !input.value.trim() ? HINT : count && !by_name ? `No name fits. In the text: ${counted}` : note || counted;
    if (!active || !active.isConnected) activate(options()[0]);
  };
  const fill = (group, links) => group.replaceChildren(group.firstChild, ...links);

  /* What a later part finds takes the place of what is shown; whoever has chosen a line stays on it. */
  let chosen = false;
  const show = (found) => {
    const on = chosen && active ? active.href : "";
    note = found.note;
    fill(named, found.places.map((place, i) => option(`hk-n${i}`, base + place.path, place.title, place.label)));
    activate(options().find((link) => link.href === on));
    tell();
  };
  /* The names as far as they are there; what a part has no answer for waits for the next. What was found at last, or null if asked anew. */
  const drawNames = async (query, turn) => {
    let names = null, found = null, shown = false;
    for (let number = Math.max(newest, 0); number <= LAST; number++) {
      const next = await finderOf(number).catch((trouble) => { if (!names) throw trouble; });
      if (turn !== asked) return null;
      /* where a later part is not at hand, what is known is all there is */
      [names, number] = next || [names, LAST];
      found = names.find(query, BY_NAME);
      const sure = found.places.length && !found.note;
      if (sure || number === LAST) show(found);
      else if (!shown) { fill(named, []); fill(texts, []); activate(null); tell(); status.textContent = WAIT; }
      shown ||= sure;
      /* what is found is painted before a further part is read */
      await new Promise((done) => setTimeout(done));
      if (turn !== asked) return null;
    }
    return { names, found };
  };

  const draw = async () => {
    const query = input.value, turn = ++asked;
    chosen = false;
    if (!query.trim()) { fill(named, []); fill(texts, []); activate(null); note = ""; tell(); return; }
    const drawn = await drawNames(query, turn).catch(() => { status.textContent = FAILED; });
    if (!drawn) return;
    const { names, found } = drawn;
    const words = names.words(query), telling = words.filter((word) => names.rarity.get(word) !== names.weights.stop);
    const sought = telling.length ? telling : words;
    /* Where the index of the text is not at hand, the names are all there is. */
    const result = await text().then((pagefind) => pagefind.debouncedSearch(sought.join(" "), {}, 120), () => ({ results: [] }));
    if (!result || turn !== asked) return;
    const known = new Set(found.places.map((place) => place.path));
    const pages = await Promise.all(result.results.slice(0, IN_TEXT + BY_NAME).map((one) => one.data()));
    if (turn !== asked) return;
    /* Pagefind shortens a word that stands nowhere until something fits; only pages with nearly the whole of each word are of use. */
    const stems = sought.map((word) => word.slice(0, Math.max(3, word.length - 3)));
    const fits = (page) => { const all = `${page.meta.title} ${page.content}`.toLowerCase(); return stems.every((stem) => all.includes(stem)); };
    const fresh = pages.map((page) => ({ ...page, path: page.url.replace(new URL(base).pathname, "") })).filter((page) => !known.has(page.path) && fits(page)).slice(0, IN_TEXT);
    /* Pagefind escapes the excerpt itself and marks the words found. */
    fill(texts, fresh.map((page, i) => option(`hk-t${i}`, base + page.path, page.meta.title, "", page.excerpt)));
    tell();
    dialog.dataset.query = query;
  };

  const build = () => {
    input = make("input", { type: "search", role: "combobox", autocomplete: "off", spellcheck: false, placeholder: "Search", "aria-label": "Search", "aria-autocomplete": "list", "aria-controls": "hk-hits", "aria-expanded": "false" });
    status = make("p", { role: "status" });
    const group = (name) => make("div", { role: "group", "aria-label": name, hidden: true }, make("span", { className: "hk-group-name", "aria-hidden": "true" }, name));
    [named, texts] = [group("By name"), group("In the text")];
    const close = make("button", { type: "button", className: "hk-close" }, "Close");
    dialog = make("dialog", { className: "hk-search", "aria-label": "Search" }, make("div", { className: "hk-ask", role: "search" }, input, close), status, make("div", { id: "hk-hits", role: "listbox", "aria-label": "Results" }, named, texts));
    document.body.append(dialog);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    input.addEventListener("input", draw);
    input.addEventListener("keydown", (event) => {
      const all = options(), at = all.indexOf(active);
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        chosen = true;
        activate(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
      } else if (event.key === "Enter" && active) {
        event.preventDefault();
        dialog.close();
        location.href = active.href;
      }
    });
    tell();
  };
  const open = () => {
    /* asked for before the dialog is drawn; the index of the text does not hold up the names */
    load().finally(text).catch(() => {});
    if (!dialog) build();
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
  };
  opener.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    if ((event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
})();
