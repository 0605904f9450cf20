/* The search dialog. Above: pages by name (aliases, beginnings, spelling mistakes, head coordinates). Below: Pagefind's full text. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/assets\/search\.js.*$/, "");
  const opener = document.querySelector(".hk-find");
  if (!opener) return;
  const BY_NAME = 6, IN_TEXT = 8;

  /* names */
  const bare = (text) =>
    text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9.]+/g, " ").replace(/\bet al\b\.?|\bheads?\b/g, " ").replace(/\.(?!\d)/g, " ").replace(/\b([a-z]{3,}[^s\W])s\b/g, "$1").replace(/\s+/g, " ").trim();
  const tight = (text) => text.replace(/[ .]/g, "");

  let index = null;
  const load = () => {
    index ||= fetch(`${base}assets/names.json`).then((answer) => answer.json()).then((data) => {
      data.pages = data.pages.map(([kind, path, title, ...names]) => ({
        label: data.kinds[kind][0], weight: data.kinds[kind][1], path, title,
        names: [title, ...names].map((name) => { const b = bare(name) || name.toLowerCase(); return { b, t: tight(b), w: b.split(" ") }; }),
      }));
      return data;
    });
    return index;
  };

  /* distance with transpositions, cut off at `limit` */
  const distance = (a, b, limit) => {
    if (Math.abs(a.length - b.length) > limit) return limit + 1;
    let before = [], row = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      let least = i;
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
        least = Math.min(least, next[j]);
      }
      if (least > limit) return limit + 1;
      [before, row] = [row, next];
    }
    return row[b.length];
  };
  const slack = (word) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);

  const rate = (name, q, t, words) => {
    if (name.b === q || name.t === t) return 100;
    if (name.t.startsWith(t)) return 86 - Math.min(20, name.t.length - t.length) / 2;
    let sum = 0;
    for (const word of words) {
      let bestOf = 0;
      for (const own of name.w) {
        if (own === word) bestOf = Math.max(bestOf, 1);
        else if (word.length > 1 && own.startsWith(word)) bestOf = Math.max(bestOf, 0.85);
        else if (slack(word) && !/\d/.test(word)) {
          const d = distance(word, own, slack(word));
          if (d <= slack(word)) bestOf = Math.max(bestOf, 0.8 - 0.15 * d);
        }
      }
      if (!bestOf) {
        const d = slack(t) && words.length > 1 ? distance(t, name.t, slack(t)) : 9;
        return d <= slack(t) ? 62 - 6 * d : 0;
      }
      sum += bestOf;
    }
    return 40 + 30 * (sum / words.length) - Math.min(10, Math.abs(name.w.length - words.length));
  };

  const coordinates = /(?:^|\s|l|layer\s*)(\d{1,3})\s*(?:[.:,/\s]\s*(?:h|head\s*)?|h\s*|head\s*)(\d{1,3})\s*$/i;

  const find = (data, query) => {
    const results = [];
    const at = query.match(coordinates);
    if (at) {
      const head = `L${+at[1]}H${+at[2]}`;
      const rest = bare(query.slice(0, at.index));
      for (const model of data.pages) {
        if (!model.path.startsWith("models/")) continue;
        const id = model.path.slice(7, -1);
        const score = rest ? Math.max(...model.names.map((name) => rate(name, rest, tight(rest), rest.split(" ")))) : 50;
        if (score && data.heads[id] && ` ${data.heads[id]} `.includes(` ${head} `))
          results.push({ score: score + 60 + (data.named[id] || 0) / 2e3, path: `${model.path}${head}/`, title: `${model.title} ${head}`, label: "Head" });
      }
    }
    const q = bare(query) || query.trim().toLowerCase();
    const t = tight(q), words = q.split(" ");
    if (t) for (const page of data.pages) {
      const score = Math.max(...page.names.map((name, i) => rate(name, q, t, words) - (i ? 1 : 0)));
      if (score > 30) results.push({ ...page, score: score + page.weight });
    }
    return results.sort((a, b) => b.score - a.score || a.title.length - b.title.length).slice(0, BY_NAME);
  };

  /* full text */
  let engine = null;
  const text = () => {
    engine ||= import(`${base}pagefind/pagefind.js`).then(async (pagefind) => {
      await pagefind.options({ baseUrl: new URL(base).pathname, excerptLength: 18 });
      await pagefind.init();
      return pagefind;
    });
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
  const tell = () => {
    const count = options().length;
    input.setAttribute("aria-expanded", String(count > 0));
    named.hidden = !named.querySelector("a");
    texts.hidden = !texts.querySelector("a");
    status.textContent = !input.value.trim() ? "A head type, an alias, a paper, a model, or a head such as gpt2 9.9." : count ? `${count} results` : "Nothing found. Try fewer or other words.";
    if (!active || !active.isConnected) activate(options()[0]);
  };
  const fill = (group, links) => group.replaceChildren(group.firstChild, ...links);

  const draw = async () => {
    const query = input.value, turn = ++asked;
    if (!query.trim()) { fill(named, []); fill(texts, []); activate(null); tell(); return; }
    const hits = find(await load(), query);
    if (turn !== asked) return;
    fill(named, hits.map((hit, i) => option(`hk-n${i}`, base + hit.path, hit.title, hit.label)));
    activate(null);
    tell();
    const pagefind = await text();
    const found = await pagefind.debouncedSearch(query, {}, 120);
    if (!found || turn !== asked) return;
    const known = new Set(hits.map((hit) => hit.path));
    const pages = await Promise.all(found.results.slice(0, IN_TEXT + BY_NAME).map((result) => result.data()));
    if (turn !== asked) return;
    /* Pagefind shortens a word that stands nowhere until something fits; only pages with nearly the whole of each word are of use. */
    const stems = bare(query).split(" ").map((word) => word.slice(0, Math.max(3, word.length - 3)));
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
        location.href = active.href;
      }
    });
    tell();
  };
  const open = () => {
    if (!dialog) build();
    load();
    text();
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
