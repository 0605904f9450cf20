/* The page of the playground: it loads an organism when it is chosen, runs play-model.js on the prompt, and keeps the choice in the address. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/play\.js.*$/, "");
  const box = document.querySelector(".hk-play");
  if (!box) return;
  const TOP = 10, ARROWS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

  const el = (tag, properties = {}, ...inner) => {
    const { data, ...rest } = properties, made = Object.assign(document.createElement(tag), rest);
    for (const [name, value] of Object.entries(data || {})) made.dataset[name] = value;
    made.append(...inner);
    return made;
  };
  const spoken = (token) => (token === "\n" ? "↵" : token);
  const share = (value) => value.toFixed(2), chance = (value) => value.toFixed(3);
  const headName = (number) => `L${Math.floor(number / at.model.heads)}H${number % at.model.heads}`;
  const headNumber = (name) => {
    const [, layer, head] = /^L(\d+)H(\d+)$/.exec(name) || [];
    return layer < at.model.layers && head < at.model.heads ? +layer * at.model.heads + +head : -1;
  };
  const colour = (name) => getComputedStyle(box).getPropertyValue(name).trim();
  const fetched = async (name, read) => {
    const answer = await fetch(base + "play/" + name);
    if (!answer.ok) throw new Error(`${answer.status} ${name}`);
    return read(answer);
  };

  /* what is chosen (`prompt`, `off`, `head`, `token`) and what was computed of it (`ids`, `whole`: all heads on, `now`: some off) */
  const at = { entry: null, model: null, vocabulary: null, prompt: "", off: new Set(), head: 0, token: null, ids: [], whole: null, now: null, each: null };
  const loaded = new Map();
  let arithmetic, manifest, turn = 0;

  /* ---- the parts of the page ---- */
  const models = el("select", { id: "hk-play-model" });
  const about = el("p", { className: "hk-play-note" });
  const prompts = el("span", { className: "hk-play-line", role: "group", ariaLabel: "Prompts to begin with" });
  const input = el("textarea", { id: "hk-play-prompt", rows: 2, spellcheck: false, autocomplete: "off" });
  input.setAttribute("aria-describedby", "hk-play-say");
  const say = el("p", { className: "hk-play-say", id: "hk-play-say", role: "status" });
  const picks = el("span", { className: "hk-play-line hk-play-words", role: "group" });
  const vocabulary = el("details", { className: "hk-fold" }, el("summary", { textContent: "Its vocabulary" }));
  const answer = el("p", { className: "hk-play-said", role: "status" });
  const table = el("table", { className: "hk-play-table" });
  const allOn = el("button", { type: "button", className: "hk-play-pick", textContent: "Switch all on" });
  const inTurn = el("button", { type: "button", className: "hk-play-pick", textContent: "Switch each off in turn" });
  const found = el("span", { className: "hk-play-note", role: "status" });
  const rows = el("div", { className: "hk-play-rows" });
  const oneTitle = el("h2"), oneSay = el("p", { ariaLive: "polite" }), tokens = el("div", { className: "hk-play-tokens", role: "group", ariaLabel: "Tokens of the prompt" });
  const across = el("div", { className: "hk-play-across", ariaHidden: "true" }), down = el("div", { className: "hk-play-down", ariaHidden: "true" });
  const big = el("canvas", { ariaHidden: "true" });
  const toggle = el("button", { type: "button", className: "hk-play-pick", textContent: "Switch this head off" });
  const more = el("a");
  const numbers = el("details", { className: "hk-fold" }, el("summary", { textContent: "Its weights as a table" })), numbersBox = el("div", { className: "hk-play-numbers", tabIndex: 0, role: "region" });
  numbers.append(numbersBox);
  const key = el("p", { className: "hk-play-note", textContent: "Filled: with the heads off. Outlined: with all heads on." });
  const time = el("p", { className: "hk-play-note" });
  const block = (name, ...inner) => el("section", { className: `hk-play-block ${name}` }, ...inner);
  const live = el("div", { className: "hk-play-live", hidden: true },
    block("hk-play-ask",
      el("div", { className: "hk-play-line" }, el("label", { htmlFor: models.id, textContent: "Model" }), models, about),
      el("div", { className: "hk-play-line" }, el("b", { textContent: "Begin with" }), prompts),
      el("label", { htmlFor: input.id, textContent: "Prompt, in words of its vocabulary" }), input, say, picks, vocabulary),
    answer,
    el("div", { className: "hk-play-two" },
      block("hk-play-answer", el("h2", { textContent: "What comes next" }), table, key, time),
      el("div", { className: "hk-play-live-heads" },
        block("hk-play-heads", el("h2", { textContent: "Every head" }),
          el("p", { className: "hk-play-note", textContent: "In each picture a row is a token of the prompt, from top to bottom, and a square is as strong as the row looks at the token of that column. Point at a head to enlarge it. A head without its tick is off: its result is set to zero (zero ablation)." }),
          el("div", { className: "hk-play-buttons" }, allOn, inTurn, found), rows),
        block("hk-play-one", oneTitle, oneSay, tokens, el("div", { className: "hk-play-big" }, across, down, big),
          el("p", { className: "hk-play-line" }, toggle, more), numbers))));

  /* ---- address ---- */
  const remember = () => {
    const state = new URLSearchParams({ model: at.entry.id, prompt: at.prompt });
    if (at.off.size) state.set("off", [...at.off].sort((a, b) => a - b).map(headName).join(","));
    state.set("head", headName(at.head));
    history.replaceState(history.state, "", `?${state}${location.hash}`);
  };
  let later = 0;
  const rememberSoon = () => { clearTimeout(later); later = setTimeout(remember, 200); };

  /* ---- pictures ---- */
  const paint = (canvas, pattern, length, cell, row = -1) => {
    const context = canvas.getContext("2d"), ink = colour("--hk-pos"), ground = colour("--hk-wash");
    canvas.width = canvas.height = length * cell;
    for (let to = 0; to < length; to++) {
      context.globalAlpha = 1;
      context.fillStyle = ground;
      context.fillRect(0, to * cell, (to + 1) * cell, cell);
      context.fillStyle = ink;
      for (let from = 0; from <= to; from++) {
        context.globalAlpha = pattern[to * length + from];
        context.fillRect(from * cell, to * cell, cell, cell);
      }
    }
    if (row < 0) return;
    context.globalAlpha = 1;
    context.strokeStyle = colour("--hk-neg");
    context.lineWidth = 2;
    context.strokeRect(1, row * cell + 1, (row + 1) * cell - 2, Math.max(cell - 2, 1));
  };
  const strongest = (pattern, length, row, count = 4) =>
    [...pattern.subarray(row * length, row * length + row + 1)].map((weight, from) => [weight, from]).filter(([weight]) => weight >= .03).sort((a, b) => b[0] - a[0]).slice(0, count);
  const word = (place) => spoken(at.vocabulary.tokens[at.ids[place]]);
  const looks = (head, row) => {
    const seen = strongest(at.now.patterns[head], at.ids.length, row);
    return seen.length ? seen.map(([weight, from]) => `“${word(from)}” ${share(weight)}`).join(", ") : "no token with more than 0.03";
  };

  /* ---- one head, enlarged ---- */
  let seen = 0;  // the head that is shown: the chosen one, or the one that is pointed at
  const current = () => Math.min(at.token ?? at.ids.length - 1, at.ids.length - 1);
  const drawRow = (row) => {
    const length = at.ids.length, pattern = at.now.patterns[seen], most = new Set(strongest(pattern, length, row).map(([, from]) => from));
    oneSay.textContent = `From “${word(row)}” (${row + 1} of ${length}) it looks at ${looks(seen, row)}.`;
    [...tokens.children].forEach((button, from) => {
      const weight = from <= row ? pattern[row * length + from] : 0;
      button.style.setProperty("--w", weight.toFixed(3));
      button.dataset.v = most.has(from) ? share(weight) : "";
      button.classList.toggle("later", from > row);
      button.tabIndex = from === row ? 0 : -1;
      if (from === row) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    });
    [...down.children].forEach((label, place) => label.classList.toggle("here", place === row));
    paint(big, pattern, length, +big.dataset.cell, row);
  };
  const drawNumbers = () => {
    numbersBox.textContent = "";
    if (!numbers.open || !at.now) return;
    const length = at.ids.length, pattern = at.now.patterns[seen], places = [...at.ids.keys()];
    const header = el("tr", {}, el("td"), ...places.map((place) => el("th", { scope: "col", textContent: word(place) })));
    const body = places.map((to) => el("tr", {}, el("th", { scope: "row", textContent: word(to) }),
      ...places.map((from) => el("td", { textContent: from <= to ? pattern[to * length + from].toFixed(3) : "" }))));
    numbersBox.append(el("table", { className: "hk-play-matrix" }, el("caption", { className: "hk-vh", textContent: `Attention of ${headName(seen)}: the token in a row looks at those in the columns` }), el("thead", {}, header), el("tbody", {}, ...body)));
  };
  const drawOne = (head) => {
    seen = head;
    const name = headName(head), off = at.off.has(head), page = at.entry.pages.includes(name);
    oneTitle.textContent = `One head: ${name}${off ? ", off" : ""}`;
    toggle.textContent = `Switch ${name} ${off ? "on" : "off"}`;
    more.hidden = !page;
    more.href = `${base}../models/${at.entry.id}/${name}/`;
    more.textContent = `What the catalog says about ${name}`;
    numbers.firstChild.textContent = `The numbers of ${name} as a table`;
    numbersBox.ariaLabel = `Attention of ${name}`;
    drawNumbers();
    drawRow(current());
  };
  const drawTokens = () => {
    const length = at.ids.length;
    tokens.replaceChildren(...at.ids.map((_, place) => el("button", { type: "button", className: "hk-play-token", textContent: word(place), ariaLabel: `${word(place)}, token ${place + 1}` })));
    const room = Math.max(tokens.clientWidth - 130, 160);
    const cell = Math.max(3, Math.min(24, Math.floor(Math.min(room, 440) / length)));
    big.dataset.cell = cell;
    big.parentNode.style.setProperty("--cell", `${cell}px`);
    const labels = cell >= 13 ? at.ids.map((_, place) => word(place)) : [];
    across.replaceChildren(...labels.map((label) => el("span", { textContent: label })));
    down.replaceChildren(...labels.map((label) => el("span", { textContent: label })));
  };

  /* ---- every head ---- */
  const cellOf = (head) => rows.querySelector(`[data-head="${headName(head)}"]`);
  const buildHeads = () => {
    const { layers, heads } = at.model;
    rows.style.setProperty("--heads", heads);
    rows.replaceChildren(...Array.from({ length: layers }, (_, layer) => el("div", { className: "hk-play-layer", role: "group", ariaLabel: `Layer ${layer}` },
      el("span", { textContent: `Layer ${layer}`, ariaHidden: "true" }),
      ...Array.from({ length: heads }, (_, head) => {
        const name = `L${layer}H${head}`;
        return el("div", { className: "hk-play-cell", data: { head: name } },
          el("button", { type: "button", className: "hk-play-see", tabIndex: -1 }, el("canvas")),
          el("label", {}, el("input", { type: "checkbox", checked: true, tabIndex: -1, ariaLabel: `${name} on` }), el("b", { textContent: name }), el("small")));
      }))));
  };
  const drawHeads = () => {
    const length = at.ids.length, row = length - 1, top = at.whole && best(at.whole.probabilities, 1)[0];
    for (let head = 0; head < at.model.layers * at.model.heads; head++) {
      const cell = cellOf(head), see = cell.firstChild, tick = cell.querySelector("input"), small = cell.querySelector("small"), name = headName(head);
      if (at.now) paint(see.firstChild, at.now.patterns[head], length, Math.max(1, Math.floor(160 / length)));
      see.setAttribute("aria-label", at.now ? `${name}: from “${word(row)}” it looks at ${looks(head, row)}` : name);
      see.setAttribute("aria-pressed", String(head === at.head));
      see.tabIndex = tick.tabIndex = head === at.head ? 0 : -1;
      tick.checked = !at.off.has(head);
      cell.classList.toggle("off", at.off.has(head));
      const left = at.each?.[head], whole = at.whole?.probabilities[top];
      small.textContent = left === undefined ? "" : `→ ${chance(left)}`;
      small.classList.toggle("much", left !== undefined && whole - left >= .1);
    }
    allOn.hidden = !at.off.size;
  };

  /* ---- what comes next ---- */
  const best = (chances, count) => [...chances.keys()].sort((a, b) => chances[b] - chances[a] || a - b).slice(0, count);
  const drawAnswer = () => {
    const { whole, now, off } = at, changed = off.size > 0, first = best(whole.probabilities, 1)[0], listed = best(now.probabilities, TOP);
    if (!listed.includes(first)) listed.push(first);
    const name = (id) => spoken(at.vocabulary.tokens[id]), named = [...off].sort((a, b) => a - b).map(headName).join(", ");
    const bar = (value, kind) => { const i = el("i", { className: kind }); i.style.setProperty("--p", value.toFixed(4)); return i; };
    const head = ["Word", "", ...(changed ? ["All heads", "Some off"] : ["Probability"])];
    const columns = el("colgroup", {}, ...["word", "", ...head.slice(2).map(() => "number")].map((className) => el("col", { className })));
    const body = listed.map((id) => el("tr", { data: { word: at.vocabulary.tokens[id] } }, el("th", { scope: "row", textContent: name(id) }),
      el("td", {}, el("span", { className: "hk-play-bar" }, ...(changed ? [bar(now.probabilities[id], ""), bar(whole.probabilities[id], "before")] : [bar(now.probabilities[id], "")]))),
      ...(changed ? [whole, now] : [now]).map(({ probabilities }) => el("td", { className: "n", textContent: chance(probabilities[id]) }))));
    table.replaceChildren(
      el("caption", { className: "hk-vh", textContent: `The ${TOP} likeliest next tokens${changed ? `, with ${named} off and with all heads on` : ""}` }), columns,
      el("thead", {}, el("tr", {}, ...head.map((text, i) => (text ? el("th", { scope: "col", className: i > 1 ? "n" : "", textContent: text }) : el("td"))))), el("tbody", {}, ...body));
    const was = whole.probabilities[first], is = now.probabilities[first], second = listed[0];
    const rest = !changed ? "" : second === first ? ` With ${named} off it stays, with ${chance(is)}.` : ` With ${named} off it is “${name(second)}”, ${chance(now.probabilities[second])}; “${name(first)}” has ${chance(is)}.`;
    const text = `The likeliest next word is “${name(first)}”, ${chance(was)}.${rest}`;
    if (answer.textContent !== text) answer.textContent = text;
    key.hidden = !changed;
  };

  /* ---- computing ---- */
  const compute = (same) => {
    const start = performance.now();
    if (!same) { at.whole = arithmetic.run(at.model, at.ids); at.each = null; turn++; found.textContent = ""; }
    at.now = at.off.size ? arithmetic.run(at.model, at.ids, at.off) : at.whole;
    const computed = performance.now();
    box.classList.remove("hk-play-stale");
    live.classList.remove("hk-play-empty");
    if (!same) drawTokens();
    drawAnswer();
    drawHeads();
    drawOne(at.head);
    const all = performance.now() - start;
    box.dataset.ms = all.toFixed(1);
    time.textContent = `Computed here in ${Math.max(1, Math.round(computed - start))} ms and drawn in ${Math.max(1, Math.round(all - computed + start))} ms.`;
    box.dataset.state = "ready";
    rememberSoon();
  };
  const tell = (text, bad, words = [], choose = null, label = "") => {
    if (say.textContent !== text) say.textContent = text;
    say.classList.toggle("bad", bad);
    picks.ariaLabel = label;
    picks.replaceChildren(...words.map((known) => {
      const pick = el("button", { type: "button", className: "hk-play-pick", textContent: known });
      pick.addEventListener("click", () => choose(known));
      return pick;
    }));
  };
  const putWord = (start, end, known, after = "") => {
    at.prompt = input.value = input.value.slice(0, start) + known + after + input.value.slice(end).replace(after ? /^ / : /^/, "");
    input.focus();
    input.setSelectionRange(start + known.length + after.length, start + known.length + after.length);
    read();
  };
  /* read the prompt: run it, or say why not; the word that is being typed is completed before it is called unknown */
  const read = () => {
    at.prompt = input.value;
    const { ids, unknown } = at.vocabulary.encode(at.prompt), caret = input.selectionStart;
    const part = document.activeElement === input ? (/[\p{L}\d'’-]+$/u.exec(at.prompt.slice(0, caret)) || [""])[0] : "";
    const typing = part && !/^[\p{L}\d'’-]/u.test(at.prompt.slice(caret)), start = caret - part.length;
    const completions = typing ? at.vocabulary.beginningWith(part) : [], wrong = unknown.filter(({ index }) => !(completions.length && index === start));
    const complete = () => tell(completions.length ? `Words that begin with “${part}”:` : "", false, completions, (known) => putWord(start, caret, known, " "), `Words that begin with ${part}`);
    for (const pick of prompts.children) pick.setAttribute("aria-pressed", String(pick.dataset.text === at.prompt));
    const stop = () => { answer.textContent = at.now ? "No answer to this prompt yet; below stands the one before." : ""; box.classList.add("hk-play-stale"); box.dataset.state = "waiting"; rememberSoon(); };
    if (wrong.length) {
      const { word: missing, index } = wrong[0], near = at.vocabulary.nearest(missing);
      tell(`“${missing}” is not in its vocabulary${wrong.length > 1 ? ` (nor ${wrong.length - 1} more)` : ""}. The nearest words that are:`, true, near, (known) => putWord(index, index + missing.length, known), `Words near ${missing}`);
      return stop();
    }
    if (unknown.length) { complete(); return stop(); }
    if (ids.length < 2) { tell("Type a word to begin.", false); return stop(); }
    if (ids.length > manifest.longest) { tell(`${ids.length} tokens; here it reads ${manifest.longest} at most.`, true); return stop(); }
    complete();
    const same = at.whole && ids.length === at.ids.length && ids.every((id, place) => id === at.ids[place]);
    if (!same) { at.ids = ids; at.token = null; }
    compute(same);
  };

  /* ---- choosing ---- */
  const switchHead = (head) => { if (!at.off.delete(head)) at.off.add(head); at.head = head; if (box.dataset.state === "ready") compute(true); else { drawHeads(); rememberSoon(); } };
  const choosePrompt = ({ text, head }) => { at.off.clear(); at.head = Math.max(0, headNumber(head)); input.value = text; at.whole = null; read(); };
  const load = async (entry) => {
    if (!loaded.has(entry.id)) {
      loaded.set(entry.id, Promise.all([fetched(`${entry.id}.safetensors`, (r) => r.arrayBuffer()), fetched(entry.words, (r) => r.json())]).then(([weights, words]) => [
        arithmetic.makeModel(entry.shape, arithmetic.readTensors(weights)), arithmetic.makeVocabulary(words)]));
      loaded.get(entry.id).catch(() => loaded.delete(entry.id));
    }
    return loaded.get(entry.id);
  };
  const chooseModel = async (entry, wanted) => {
    models.value = entry.id;
    box.dataset.state = "waiting";
    tell(`Loading ${(entry.bytes / 1e6).toFixed(1)} MB of weights …`, false);
    let made;
    try { made = await load(entry); } catch (error) {
      if (models.value === entry.id) tell(`The weights could not be loaded (${error.message}). Choose the model again to try once more.`, true);
      return;
    }
    if (models.value !== entry.id) return;  // another one was chosen meanwhile
    const kept = at.entry && !at.entry.prompts.some(({ text }) => text === at.prompt) ? at.prompt : null;
    Object.assign(at, { entry, model: made[0], vocabulary: made[1], off: new Set(), whole: null, now: null, each: null });
    const first = entry.prompts[0] || { text: "", head: "L0H0" };
    at.prompt = wanted?.get("prompt") ?? kept ?? first.text;
    const example = entry.prompts.find(({ text }) => text === at.prompt);
    at.head = Math.max(0, headNumber(wanted?.get("head") || example?.head || first.head));
    for (const name of (wanted?.get("off") || "").split(",")) if (headNumber(name) >= 0) at.off.add(headNumber(name));
    const { layers, heads } = at.model;
    about.textContent = `${layers} layers of ${heads} heads, ${(entry.bytes / 1e6).toFixed(1)} MB. ${entry.about} ${entry.rounding ? `Its weights are rounded to half precision here; on the prompts offered that moves no probability by more than ${entry.rounding}.` : "Its weights are as stored."}`;
    prompts.replaceChildren(...entry.prompts.map((prompt) => {
      const pick = el("button", { type: "button", className: "hk-play-pick", textContent: prompt.name, data: { text: prompt.text } });
      pick.addEventListener("click", () => choosePrompt(prompt));
      return pick;
    }));
    const known = at.vocabulary.words;
    vocabulary.replaceChildren(el("summary", { textContent: `Its vocabulary: ${known.length.toLocaleString("en")} words and signs` }), el("p", { className: "hk-play-vocabulary", tabIndex: 0, textContent: known.join(" ") }));
    buildHeads();
    drawHeads();
    live.classList.add("hk-play-empty");
    live.hidden = false;
    box.querySelector(".hk-play-plain").hidden = true;
    input.value = at.prompt;
    read();
  };
  const trySeveral = async () => {
    const mine = ++turn, top = best(at.whole.probabilities, 1)[0], count = at.model.layers * at.model.heads, ids = at.ids, model = at.model;
    const left = at.each = {};
    found.textContent = "Running …";
    for (let head = 0; head < count; head++) {
      await new Promise((resolve) => { setTimeout(resolve); });
      if (mine !== turn || model !== at.model) return;
      left[head] = arithmetic.run(model, ids, new Set([head])).probabilities[top];
      drawHeads();
    }
    const least = Object.keys(left).sort((a, b) => left[a] - left[b])[0];
    found.textContent = `What “${spoken(at.vocabulary.tokens[top])}” keeps of ${chance(at.whole.probabilities[top])} with one head off alone; least with ${headName(+least)}: ${chance(left[least])}.`;
  };

  /* ---- mouse and keyboard ---- */
  let typed = 0;
  input.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(read, 120); });
  input.addEventListener("blur", (event) => { if (!picks.contains(event.relatedTarget)) { clearTimeout(typed); read(); } });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !picks.firstChild || input.value.slice(input.selectionEnd).includes("\n")) return;
    event.preventDefault();
    picks.firstChild.focus();
  });
  picks.addEventListener("keydown", (event) => {
    const all = [...picks.children], place = all.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    if (step && all[place + step]) all[place + step].focus(); else input.focus();
  });
  models.addEventListener("change", () => chooseModel(manifest.models.find(({ id }) => id === models.value)));
  rows.addEventListener("change", (event) => switchHead(headNumber(event.target.closest(".hk-play-cell").dataset.head)));
  const pointed = (event) => { const cell = event.target.closest?.(".hk-play-cell"); return cell && at.now ? headNumber(cell.dataset.head) : -1; };
  rows.addEventListener("mouseover", (event) => { const head = pointed(event); if (head >= 0 && head !== seen) drawOne(head); });
  rows.addEventListener("mouseleave", () => { if (at.now && seen !== at.head) drawOne(at.head); });
  rows.addEventListener("focusin", (event) => { const head = pointed(event); if (head >= 0 && head !== seen) drawOne(head); });
  rows.addEventListener("click", (event) => {
    const head = event.target.closest(".hk-play-see") ? pointed(event) : -1;
    if (head < 0) return;
    at.head = head;
    drawHeads();
    drawOne(head);
    rememberSoon();
  });
  rows.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".hk-play-cell"), step = ARROWS[event.key];
    if (!cell || !step || !at.now) return;
    event.preventDefault();
    const { layers, heads } = at.model, head = headNumber(cell.dataset.head);
    const layer = Math.min(layers - 1, Math.max(0, Math.floor(head / heads) + step[0])), place = Math.min(heads - 1, Math.max(0, head % heads + step[1]));
    const tick = event.target.matches("input");
    at.head = layer * heads + place;
    drawHeads();
    cellOf(at.head).querySelector(tick ? "input" : "button").focus();
    rememberSoon();
  });
  tokens.addEventListener("mouseover", (event) => { const place = [...tokens.children].indexOf(event.target); if (place >= 0) drawRow(place); });
  tokens.addEventListener("mouseleave", () => { if (at.now) drawRow(current()); });
  tokens.addEventListener("click", (event) => { const place = [...tokens.children].indexOf(event.target); if (place >= 0) { at.token = place; drawRow(place); } });
  tokens.addEventListener("keydown", (event) => {
    const place = { ArrowRight: current() + 1, ArrowLeft: current() - 1, Home: 0, End: at.ids.length - 1 }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    at.token = Math.max(0, Math.min(at.ids.length - 1, place));
    drawRow(at.token);
    tokens.children[at.token].focus();
  });
  big.addEventListener("mousemove", (event) => {
    const cell = +big.dataset.cell, to = Math.floor(event.offsetY / cell), from = Math.floor(event.offsetX / cell);
    if (to < 0 || to >= at.ids.length) return;
    drawRow(to);
    if (from >= 0 && from <= to) oneSay.textContent = `From “${word(to)}” to “${word(from)}”: ${at.now.patterns[seen][to * at.ids.length + from].toFixed(3)}.`;
  });
  big.addEventListener("click", (event) => { at.token = Math.max(0, Math.min(at.ids.length - 1, Math.floor(event.offsetY / +big.dataset.cell))); drawRow(at.token); });
  big.addEventListener("mouseleave", () => { if (at.now) drawRow(current()); });
  numbers.addEventListener("toggle", drawNumbers);
  toggle.addEventListener("click", () => switchHead(at.head));
  allOn.addEventListener("click", () => { at.off.clear(); if (box.dataset.state === "ready") compute(true); else { drawHeads(); rememberSoon(); } inTurn.focus(); });
  inTurn.addEventListener("click", () => { if (box.dataset.state === "ready") trySeveral(); });
  const redraw = () => { if (at.now) { drawTokens(); drawHeads(); drawOne(at.head); } };
  new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
  /* the sentence of the answer stays in sight, below the frame's header where that stays, too */
  const header = document.querySelector(".md-header");
  const place = () => live.style.setProperty("--hk-top", `${header && getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0}px`);
  place();
  let wide = 0;
  addEventListener("resize", () => { clearTimeout(wide); wide = setTimeout(() => { place(); redraw(); }, 150); });

  (async () => {
    try {
      [arithmetic, manifest] = await Promise.all([import(`${base}play-model.js`), fetched("models.json", (r) => r.json())]);
      for (const { id, name } of manifest.models) models.append(el("option", { value: id, textContent: name }));
      box.prepend(live);
      const wanted = new URLSearchParams(location.search);
      const entry = manifest.models.find(({ id }) => id === wanted.get("model"));
      live.hidden = false;
      box.querySelector(".hk-play-plain").hidden = true;
      await chooseModel(entry || manifest.models[0], entry ? wanted : null);
    } catch (error) {
      live.hidden = true;
      box.querySelector(".hk-play-plain").hidden = false;
      box.prepend(el("p", { role: "status", textContent: `The playground could not be loaded (${error.message}); below stands a recorded answer.` }));
      box.dataset.state = "failed";
    }
  })();
})();
