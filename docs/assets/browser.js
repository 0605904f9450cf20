/* Head browsers: the grid of a model's heads, coloured by role or by a table of numbers. The page holds the grid of roles; what stands in
   `grid.json` beside it is fetched when the grid comes into view, and the numbers of a table when it is chosen. State lies in the address:
   #t=TABLE&h=L9H6&view=table&with=TABLE,TABLE&sort=COLUMN (see api/). */
(() => {
  "use strict";
  const SITE = new URL("../", document.currentScript.src).href;
  const ORDERS = { more: "highest first", less: "lowest first", size: "furthest from zero first" };
  const ROWS = 300;

  const make = (tag, words, name) => {
    const made = document.createElement(tag);
    if (words != null) made.textContent = words;
    if (name) made.className = name;
    return made;
  };
  const link = (words, path) => Object.assign(make("a", words), { href: SITE + path });
  const button = (words) => Object.assign(make("button", words, "hk-button"), { type: "button" });
  const asked = new Map();
  /* a file of the site, asked for once; one that failed is asked for again */
  const load = (address) => {
    if (!asked.has(address)) {
      const answer = fetch(address).then((got) => { if (!got.ok) throw new Error(`${got.status}`); return got.json(); });
      asked.set(address, answer);
      answer.catch(() => asked.delete(address));
    }
    return asked.get(address);
  };
  const MISSED = "could not be loaded: the reader is offline, or the page was opened as a file. Roles stand on the page as they are.";

  /* three decimals, small numbers three digits, a true minus sign */
  const number = (value) => {
    const size = Math.abs(value);
    let text;
    if (value === 0) text = "0";
    else if (size >= 1000) text = String(+value.toPrecision(6));
    else if (size >= 0.1) text = String(+value.toFixed(3));
    else if (size >= 0.0001) text = value.toFixed(2 - Math.floor(Math.log10(size))).replace(/0+$/, "");
    else {
      const [digits, power] = value.toExponential(2).split("e");
      text = `${+digits}·10${[...power.replace("+", "")].map((one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]).join("")}`;
    }
    return text.replace("-", "−");
  };
  const strength = (value, direction) => (direction === "more" ? value : direction === "less" ? -value : Math.abs(value));

  /* a table with its numbers: value, rank and depth of colour of every head */
  const numbers = async (table) => {
    const file = await load(SITE + table.data);
    const entries = table.column
      ? file.heads.filter((one) => table.column in one.values).map((one) => [one.head, one.values[table.column]])
      : Object.entries(file.values);
    const values = new Map(entries);
    const all = [...values.values()], low = Math.min(...all), high = Math.max(...all), span = Math.max(Math.abs(low), Math.abs(high)) || 1;
    const order = all.map((value) => strength(value, table.direction)).sort((a, b) => b - a);
    const better = new Map();
    order.forEach((one, place) => { if (!better.has(one)) better.set(one, place + 1); });
    /* several query heads may share a key-value head */
    const name = (head) => (table.share > 1 ? head.replace(/H(\d+)/, (_, at) => `H${Math.floor(at / table.share)}`) : head);
    return {
      table, low, high, of: all.length, same: low === high,
      value: (head) => values.get(name(head)),
      rank: (head) => better.get(strength(values.get(name(head)), table.direction)),
      depth: (head) => {
        const value = values.get(name(head));
        return table.direction === "less" ? (high > low ? (high - value) / (high - low) : 0) : Math.abs(value) / span;
      },
      shared: (head) => (table.share > 1 ? name(head) : ""),
    };
  };
  const placeOf = (chosen, head) => (chosen.same ? `the same in all ${chosen.of}` : `rank ${chosen.rank(head)} of ${chosen.of}`);
  const rolesOf = (data, head) => data?.heads[head]?.roles || [];
  const typeName = (data, role) => data.types[role].name;

  /* one grid: a table of links becomes a grid with one tab stop. `on` hears of heads: preview, choose, leave */
  const grid = (table, on) => {
    const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
    const cells = rows.flat(), width = rows[0].length;
    const names = new Map(cells.map((cell, at) => [cell, `L${Math.floor(at / width)}H${at % width}`]));
    const byName = new Map([...names].map(([cell, head]) => [head, cell]));
    const classes = new Map(cells.map((cell) => [cell, cell.className]));
    table.setAttribute("role", "grid");
    const caption = table.caption.textContent;
    table.setAttribute("aria-label", caption);
    // A frame that scrolls stays a stop of its own; in others the cell is the only one.
    const frame = table.closest(".hk-scroll");
    if (frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) frame.removeAttribute("tabindex");
    let stop = null;
    for (const cell of cells) {
      const inner = cell.firstElementChild;
      if (inner) { inner.tabIndex = -1; inner.removeAttribute("title"); }
      cell.tabIndex = -1;
      cell.setAttribute("aria-label", names.get(cell) + (cell.className ? `, ${inner.textContent}` : ", no role"));
    }
    const hold = (cell) => { if (stop) stop.tabIndex = -1; stop = cell; cell.tabIndex = 0; };
    hold(cells.find((cell) => cell.className) || cells[0]);
    const cellOf = (event) => { const cell = event.target.closest?.("td"); return names.has(cell) ? cell : null; };
    const mark = (head) => {
      table.querySelector("td[aria-selected=true]")?.removeAttribute("aria-selected");
      const cell = byName.get(head);
      if (!cell) return;
      cell.setAttribute("aria-selected", "true");
      hold(cell);
    };
    table.addEventListener("pointerover", (event) => { const cell = cellOf(event); if (cell && event.pointerType === "mouse") on.preview(names.get(cell)); });
    table.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && on.leave());
    table.addEventListener("mousedown", (event) => { const cell = cellOf(event); if (cell && !event.button) { event.preventDefault(); cell.focus({ preventScroll: true }); } });
    table.addEventListener("click", (event) => { if (cellOf(event) && !(event.ctrlKey || event.metaKey || event.shiftKey)) event.preventDefault(); });
    table.addEventListener("focusin", (event) => { const cell = cellOf(event); if (cell) { hold(cell); on.choose(names.get(cell)); } });
    table.addEventListener("keydown", (event) => {
      const cell = cellOf(event);
      if (!cell || event.altKey) return;
      const at = cells.indexOf(cell), column = at % width, far = event.ctrlKey || event.metaKey;
      const to = { ArrowRight: column < width - 1 ? at + 1 : at, ArrowLeft: column ? at - 1 : at, ArrowDown: at + width, ArrowUp: at - width, Home: far ? 0 : at - column, End: far ? cells.length - 1 : at - column + width - 1 }[event.key];
      if (to != null) { event.preventDefault(); cells[to]?.focus(); }
      else if (event.key === "Enter") on.open(names.get(cell));
    });
    return {
      table, mark,
      heads: [...names.values()],
      has: (head) => byName.has(head),
      reveal: (head) => byName.get(head)?.scrollIntoView({ block: "nearest", inline: "nearest" }),
      focus: (head) => byName.get(head)?.focus(),
      /* roles as they came, or the numbers of a table */
      draw: (data, chosen) => {
        table.classList.toggle("hk-values", Boolean(chosen));
        table.caption.textContent = chosen ? `Heads of ${data.model.name}, by ${chosen.table.name} (rows: layers, columns: heads)` : caption;
        table.setAttribute("aria-label", table.caption.textContent);
        for (const [cell, head] of names) {
          const value = chosen?.value(head);
          cell.className = chosen ? (value === undefined ? "hk-none" : value < 0 ? "hk-minus" : "hk-plus") : classes.get(cell);
          if (chosen && value !== undefined) cell.style.setProperty("--v", Math.round(100 * chosen.depth(head)));
          else cell.style.removeProperty("--v");
          if (chosen) cell.setAttribute("aria-label", `${head}, ${value === undefined ? "no value" : `${number(value)}, ${placeOf(chosen, head)}`}`);
          else if (data) cell.setAttribute("aria-label", `${head}, ${rolesOf(data, head).map(([role]) => typeName(data, role)).join(", ") || "no role"}`);
        }
      },
    };
  };

  /* a grid of roles made of data, as the pages of models hold it */
  const drawn = (data) => {
    const frame = make("div", null, "hk-scroll"), table = make("table", null, "hk-heat hk-known");
    frame.append(table);
    table.append(make("caption", `Heads of ${data.model.name} (rows: layers, columns: heads)`));
    const top = table.createTHead().insertRow();
    top.append(make("td"));
    for (let at = 0; at < data.model.heads; at++) top.append(Object.assign(make("th", at), { scope: "col" }));
    const body = table.createTBody();
    for (let layer = 0; layer < data.model.layers; layer++) {
      const row = body.insertRow();
      row.append(Object.assign(make("th", `L${layer}`), { scope: "row" }));
      for (let at = 0; at < data.model.heads; at++) {
        const head = `L${layer}H${at}`, entry = data.heads[head], roles = rolesOf(data, head), cell = row.insertCell();
        if (!roles.length) continue;
        const first = data.types[roles[0][0]];
        cell.className = first.group + (roles.length > 1 ? " hk-more" : "");
        cell.append(link(entry.does ? `${roles.length}×` : first.code, `models/${data.model.id}/${head}/`));
      }
    }
    return frame;
  };

  /* whether the sets of a head are unfolded: a choice that holds for the next head, too */
  let setsOpen = false;
  /* what is known of one head, with its value where a table is chosen */
  const tell = (card, data, head, chosen) => {
    const roles = rolesOf(data, head), entry = data.heads[head];
    card.replaceChildren(make("p", `${data.model.name} ${head}`, "hk-card-title"));
    if (chosen) {
      const value = chosen.value(head), line = make("p", null, "hk-card-value");
      if (value === undefined) line.textContent = "No value in this table.";
      else {
        const unit = chosen.table.unit && chosen.table.unit !== "fraction" ? ` ${chosen.table.unit}` : "";
        line.append(make("b", number(value)), `${unit}, ${placeOf(chosen, head)}${chosen.same ? "" : `, ${ORDERS[chosen.table.direction]}`}`);
      }
      const from = make("p", null, "hk-card-small");
      from.append(link(chosen.table.name, chosen.table.page), `, ${chosen.table.source}`);
      if (chosen.shared(head) && value !== undefined) from.append(`. The number of key-value head ${chosen.shared(head)}, which ${chosen.table.share} query heads share; ranked among key-value heads`);
      card.append(line, from);
    }
    if (entry?.does) card.append(make("p", entry.does, "hk-card-small"));
    if (roles.length) {
      const list = make("ul");
      for (const [role, grounds] of roles) {
        const item = make("li");
        const said = make("span", grounds, "hk-card-small");
        item.append(link(typeName(data, role), `heads/${role}/`), said);
        list.append(item);
      }
      card.append(list);
    } else card.append(make("p", data.none, "hk-card-small"));
    /* what came of silencing a set is told as the set's */
    if (entry?.sets) {
      const fold = make("details", null, "hk-card-sets"), list = make("ul");
      fold.append(make("summary", `Silenced in ${entry.sets.length} check${entry.sets.length > 1 ? "s" : ""}`), list);
      for (const [name, page, says] of entry.sets.map((at) => data.sets[at])) {
        const item = make("li");
        item.append(link(name, page), make("span", says, "hk-card-small"));
        list.append(item);
      }
      fold.open = setsOpen;
      fold.addEventListener("toggle", () => { setsOpen = fold.open; });
      card.append(fold);
    }
    if (entry) {
      const more = make("p");
      more.append(link("Page of this head", `models/${data.model.id}/${head}/`));
      card.append(more);
    }
  };

  /* how values are coloured, and what the numbers of a table mean */
  const key = (box, chosen, meaning, shared) => {
    box.replaceChildren();
    if (!chosen) return;
    const { table, low, high } = chosen, line = make("p"), ramp = make("i", null, "hk-ramp");
    ramp.setAttribute("aria-hidden", "true");
    if (table.direction === "less") { ramp.classList.add("hk-turned"); line.append(`${number(high)} `, ramp, ` ${number(low)}: the lowest are deepest.`); }
    else if (low < 0) { ramp.classList.add(high > 0 ? "hk-both-ways" : "hk-below"); line.append(`${number(low)} (below zero: hatched) `, ramp, ` ${number(Math.max(high, 0))}`, "."); }
    else line.append("0 ", ramp, ` ${number(high)}.`);
    line.append(" An outline is a head without a value.");
    if (shared) line.append(` ${shared}`);
    const said = make("p");
    said.append(link(table.name, table.page), ` (${table.source}${table.about ? `, ${table.about}` : ""}${table.unit ? `, ${table.unit}` : ""}): ${meaning || ""}`);
    box.append(line, said);
  };

  const choices = (select, tables, first) => {
    select.replaceChildren(new Option(first, ""));
    const groups = new Map();
    for (const table of tables) {
      if (!groups.has(table.group)) { const group = Object.assign(make("optgroup"), { label: table.group }); groups.set(table.group, group); select.append(group); }
      groups.get(table.group).append(new Option(table.name, table.id));
    }
  };
  const labelled = (words, control) => { const label = make("label", words); label.append(control); return label; };
  const read = () => new URLSearchParams(/[=]/.test(location.hash) ? location.hash.slice(1) : "");
  const write = (state) => {
    const said = Object.entries(state).filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%2F/g, "/").replace(/%2C/g, ",")}`).join("&");
    history.replaceState(history.state, "", `${location.pathname}${location.search}${said ? `#${said}` : ""}`);
  };

  /* all heads as rows that can be sorted: roles, then a column and its rank for every table that is chosen */
  const asTable = (data, heads, shown, order, resort) => {
    const box = make("div"), frame = make("div", null, "hk-scroll hk-rows"), table = make("table", null, "hk-table hk-narrow");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", `Heads of ${data.model.name} as a table`);
    const place = new Map(heads.map((head, at) => [head, at]));
    const roles = (head) => rolesOf(data, head).map(([role]) => typeName(data, role)).join(", ");
    const columns = [
      { id: "head", name: "Head", by: (head) => place.get(head), up: true },
      { id: "roles", name: "Roles", by: (head) => -rolesOf(data, head).length, words: roles, up: true },
      ...shown.flatMap((one) => [
        { id: one.table.id, name: one.table.name, by: (head) => one.value(head), words: (head) => { const value = one.value(head); return value === undefined ? "–" : number(value); }, figure: true },
        { id: `rank:${one.table.id}`, name: "Rank", by: (head) => (one.value(head) === undefined ? undefined : one.rank(head)), words: (head) => (one.value(head) === undefined || one.same ? "–" : `${one.rank(head)}`), figure: true, up: true },
      ]),
    ];
    const down = order.startsWith("-"), by = columns.find((column) => column.id === order.replace(/^-/, "")) || columns[0];
    const sorted = [...heads].sort((a, b) => {
      const [one, other] = [by.by(a), by.by(b)];
      if (one === undefined || other === undefined) return (one === undefined) - (other === undefined) || place.get(a) - place.get(b);
      return (down ? other - one : one - other) || place.get(a) - place.get(b);
    });
    const first = shown.length ? `; ${shown.map((one) => `${one.table.name}: ${one.of} values, ${ORDERS[one.table.direction]}`).join("; ")}` : "";
    table.append(make("caption", `All ${heads.length.toLocaleString("en")} heads of ${data.model.name}${first}.`));
    const top = table.createTHead().insertRow();
    for (const column of columns) {
      const th = Object.assign(make("th", null, column.figure ? "hk-figure-cell" : ""), { scope: "col" }), sorter = button(column.name);
      sorter.className = "hk-sort";
      if (column === by) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      sorter.addEventListener("click", () => resort(column === by ? (down ? column.id : `-${column.id}`) : column.up ? column.id : `-${column.id}`));
      th.append(sorter);
      top.append(th);
    }
    const body = table.createTBody();
    const rows = (some) => {
      for (const head of some) {
        const row = body.insertRow();
        row.append(Object.assign(make("th"), { scope: "row" }));
        row.cells[0].append(data.heads[head] ? link(head, `models/${data.model.id}/${head}/`) : head);
        for (const column of columns.slice(1)) row.append(make("td", column.words(head), column.figure ? "hk-figure-cell" : ""));
      }
    };
    rows(sorted.slice(0, ROWS));
    frame.append(table);
    box.append(frame);
    if (sorted.length > ROWS) {
      const more = button(`Show all ${sorted.length.toLocaleString("en")} heads`);
      more.addEventListener("click", () => { more.remove(); rows(sorted.slice(ROWS)); });
      box.append(more);
    }
    return box;
  };

  window.headkbGrids = { SITE, MISSED, ORDERS, make, link, button, load, number, numbers, placeOf, rolesOf, typeName, grid, drawn, tell, key, choices, labelled };

  document.querySelectorAll(".hk-browser[data-grid]").forEach((box) => {
    const address = new URL(box.dataset.grid, location.href).href;
    const both = box.querySelector(".hk-both"), left = box.querySelector(".hk-left"), legend = box.querySelector(".hk-codes");
    const bar = make("p", null, "hk-bar"), pick = make("select"), toggle = button("Show as table"), status = make("span", null, "hk-note");
    const card = make("div", null, "hk-card"), values = make("div", null, "hk-key-values"), rows = make("div", null, "hk-as-table");
    const add = make("select");
    status.setAttribute("role", "status");
    card.setAttribute("role", "group");
    card.setAttribute("aria-label", "The head in question");
    toggle.setAttribute("aria-pressed", "false");
    pick.append(new Option("role", ""));
    const adding = labelled("Add a column ", add);
    bar.append(labelled("Colour by ", pick), toggle, adding, status);
    box.prepend(bar);
    left.append(values);
    both.append(card);
    box.append(rows);
    box.classList.add("hk-live");
    adding.hidden = true;

    let data = null, chosen = null, others = [], state = { t: "", h: "", view: "", with: "", sort: "" }, turn = 0;
    const ready = () => load(address).then((got) => {
      if (data) return;
      data = got;
      choices(pick, data.tables, "role");
      choices(add, data.tables, "choose a table");
      pick.value = state.t;
      status.textContent = "Arrow keys move in the grid; the address keeps the choice.";
      if (!chosen) cells.draw(data, null);
    });
    const failed = () => { status.textContent = `The data of this model ${MISSED}`; };
    const spell = (head) => {
      if (data) tell(card, data, head, chosen);
      else ready().then(() => tell(card, data, state.h || head, chosen)).catch(failed);
    };
    const cells = grid(box.querySelector("table.hk-known"), {
      preview: (head) => spell(head),
      leave: () => spell(state.h || first()),
      choose: (head) => { state.h = head; cells.mark(head); write(state); spell(head); },
      open: (head) => { if (data?.heads[head]) location.href = `${SITE}models/${data.model.id}/${head}/`; },
    });
    /* the head that the card tells of until one is chosen */
    const first = () => cells.heads.reduce((best, head) => (rolesOf(data, head).length > rolesOf(data, best).length ? head : best), cells.heads[0]);
    const find = (id) => data.tables.find((table) => table.id === id);
    const draw = async () => {
      const mine = ++turn;
      try {
        await ready();
        const wanted = find(state.t), more = state.with.split(",").map(find).filter((table) => table && table !== wanted);
        if (!wanted) state.t = "";
        const got = await Promise.all([wanted, ...more].filter(Boolean).map(numbers));
        if (mine !== turn) return;
        chosen = wanted ? got[0] : null;
        others = wanted ? got.slice(1) : got;
      } catch {
        if (mine !== turn) return;
        if (!data) failed();
        else { status.textContent = `This table ${MISSED}`; state.t = chosen?.table.id || ""; pick.value = state.t; }
        return;
      }
      pick.value = state.t;
      const wide = state.view === "table";
      toggle.setAttribute("aria-pressed", String(wide));
      both.hidden = wide;
      rows.hidden = adding.hidden = !wide;
      if (legend) legend.hidden = Boolean(chosen);
      cells.draw(data, chosen);
      key(values, chosen, data.measures[chosen?.table.measure], "");
      if (cells.has(state.h)) { cells.mark(state.h); }
      tell(card, data, cells.has(state.h) ? state.h : first(), chosen);
      const shown = [...(chosen ? [chosen] : []), ...others];
      if (wide) rows.replaceChildren(asTable(data, cells.heads, shown, state.sort, (order) => { state.sort = order; write(state); draw().then(() => rows.querySelector("th[aria-sort] button")?.focus()); }));
    };
    const restore = () => {
      const said = read();
      for (const name of Object.keys(state)) state[name] = said.get(name) || "";
      if (Object.values(state).some(Boolean)) draw().then(() => cells.has(state.h) && cells.reveal(state.h));
      else if (data) draw();
    };
    pick.addEventListener("change", () => { state.t = pick.value; state.sort = state.view && state.t ? `-${state.t}` : state.sort; write(state); draw(); });
    add.addEventListener("change", () => {
      state.with = [...new Set([...state.with.split(","), add.value])].filter(Boolean).join(",");
      add.value = "";
      write(state);
      draw();
    });
    toggle.addEventListener("click", () => { state.view = state.view ? "" : "table"; write(state); draw(); });
    addEventListener("hashchange", restore);
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      ready().then(() => tell(card, data, cells.has(state.h) ? state.h : first(), chosen)).catch(failed);
    });
    seen.observe(box);
    restore();
  });
})();
