/* The search dialog. Above: pages by name, as `find.js` finds them. Below: Pagefind's full text. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/assets\/search\.js.*$/, "");
  const opener = document.querySelector(".hk-find");
  if (!opener) return;
  const BY_NAME = 6, IN_TEXT = 8, HINT = "A head type, a model, a paper, an author, a question, or a head such as L9H9 gpt2.";

  /* names */
  let finder = null;
  const load = () => {
    finder ||= Promise.all([import(`${base}assets/find.js`), fetch(`${base}assets/names.json`).then((answer) => answer.json())])
      .then(([{ Finder }, data]) => new Finder(data));
    finder.catch(() => { finder = null; });
    return finder;
  };
  /* Whoever points at the button will most likely press it. */
  for (const sign of ["pointerenter", "focus"]) opener.addEventListener(sign, load, { once: true });

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

  const draw = async () => {
    const query = input.value, turn = ++asked;
    if (!query.trim()) { fill(named, []); fill(texts, []); activate(null); note = ""; tell(); return; }
    const names = await load();
    if (turn !== asked) return;
    const found = names.find(query, BY_NAME);
    note = found.note;
    fill(named, found.places.map((place, i) => option(`hk-n${i}`, base + place.path, place.title, place.label)));
    activate(null);
    tell();
    const words = names.words(query), telling = words.filter((word) => names.rarity.get(word) !== names.weights.stop);
    const asking = telling.length ? telling : words;
    /* Where the index of the text is not at hand, the names are all there is. */
    const result = await text().then((pagefind) => pagefind.debouncedSearch(asking.join(" "), {}, 120), () => ({ results: [] }));
    if (!result || turn !== asked) return;
    const known = new Set(found.places.map((place) => place.path));
    const pages = await Promise.all(result.results.slice(0, IN_TEXT + BY_NAME).map((one) => one.data()));
    if (turn !== asked) return;
    /* Pagefind shortens a word that stands nowhere until something fits; only pages with nearly the whole of each word are of use. */
    const stems = asking.map((word) => word.slice(0, Math.max(3, word.length - 3)));
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
    if (!dialog) build();
    /* The index of the text does not hold up the names. */
    load().finally(text).catch(() => {});
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
