/* Two models, or two head types, side by side. The page holds one pair as it reads without script; here any pair is chosen and fetched.
   State lies in the address: ?a=gpt2&b=pythia-160m#t=MEASURE&h=L9H6&m=gpt2 (see api/). */
(() => {
  "use strict";
  const { SITE, MISSED, ORDERS, make, link, load, number, numbers, rolesOf, typeName, grid, drawn, tell, key, labelled } = window.headkbGrids;
  const asked = () => new URLSearchParams(location.search);

  /* what stands below the choice on the page as it came */
  const below = (box) => {
    const nodes = [];
    for (let node = box.closest("figure").nextElementSibling; node && node.id !== "record"; node = node.nextElementSibling) nodes.push(node);
    return nodes;
  };
  const heading = (words) => make("h2", words);
  const table = (columns, rows, caption) => {
    const frame = make("div", null, "hk-scroll"), made = make("table", null, "hk-table hk-sides");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", caption);
    const top = made.createTHead().insertRow();
    for (const column of columns) { const th = Object.assign(make("th"), { scope: "col" }); th.append(column); top.append(th); }
    const body = made.createTBody();
    for (const cells of rows) {
      const row = body.insertRow();
      cells.forEach((cell, at) => {
        const td = row.insertCell();
        td.append(...[cell].flat());
        /* on a phone the cells of a row stand below each other, each with its own label */
        if (at) td.dataset.l = typeof columns[at] === "string" ? columns[at] : columns[at].textContent;
      });
    }
    frame.append(made);
    return frame;
  };
  const listed = (items) => items.flatMap((item, at) => (at ? [", ", item] : [item]));
  const options = (select, entries, groupOf) => {
    const groups = new Map();
    for (const entry of entries) {
      const group = groupOf(entry);
      if (group && !groups.has(group)) { groups.set(group, Object.assign(make("optgroup"), { label: group })); select.append(groups.get(group)); }
      (groups.get(group) || select).append(new Option(entry.name, entry.id));
    }
  };

  /* the two lists, and what is done when one of them changes */
  const chooser = (box, entries, groupOf, usual, change) => {
    const bar = make("p", null, "hk-bar"), picks = { a: make("select"), b: make("select") }, swap = Object.assign(make("button", "Swap", "hk-button"), { type: "button" });
    const status = make("span", null, "hk-note"), known = new Set(entries.map((entry) => entry.id));
    status.setAttribute("role", "status");
    for (const select of Object.values(picks)) options(select, entries, groupOf);
    bar.append(labelled("Compare ", picks.a), labelled("with ", picks.b), swap, status);
    box.append(bar);
    const read = () => {
      const state = asked(), wanted = ["a", "b"].map((side) => state.get(side)), [one, other] = wanted.map((id) => (known.has(id) ? id : ""));
      const missing = wanted.filter((id) => id && !known.has(id));
      picks.a.value = one || (usual.a === other ? usual.b : usual.a);
      picks.b.value = other || (usual.b === picks.a.value ? usual.a : usual.b);
      status.textContent = missing.length ? `Nothing is called ${missing.map((one) => `“${one}”`).join(" or ")} here.` : "";
      if (picks.a.value === picks.b.value) status.textContent += " Choose two that are not the same.";
      change(picks.a.value, picks.b.value, status);
    };
    const go = () => {
      const state = asked();
      for (const side of ["a", "b"]) state.set(side, picks[side].value);
      history.pushState(null, "", `${location.pathname}?${state}`);
      read();
    };
    for (const select of Object.values(picks)) select.addEventListener("change", go);
    swap.addEventListener("click", () => { [picks.a.value, picks.b.value] = [picks.b.value, picks.a.value]; go(); });
    addEventListener("popstate", read);
    read();
  };

  /* ── models ── */

  /* the tables that both have: one measure, of several tables the one that is called alike, else the only one */
  const pairs = (a, b) => a.tables.flatMap((one) => {
    const same = b.tables.filter((table) => table.measure === one.measure);
    const mine = a.tables.filter((table) => table.measure === one.measure);
    const other = same.find((table) => table.name === one.name) || (same.length === 1 && mine.length === 1 ? same[0] : null);
    return other ? [{ id: one.measure + (mine.length > 1 ? `:${one.name}` : ""), name: one.name, group: one.group, of: [one, other] }] : [];
  });
  const depth = (data, head) => +/^L(\d+)/.exec(head)[1] / Math.max(1, data.model.layers - 1);
  const track = (dots, words) => {
    const line = make("span", null, "hk-rail");
    for (const dot of dots) {
      const mark = make("i", null, dot.below ? "hk-under" : "");
      mark.style.setProperty("--x", dot.at.toFixed(3));
      if (dot.strength !== undefined) mark.style.opacity = Math.max(0.15, dot.strength).toFixed(2);
      mark.title = dot.title;
      line.append(mark);
    }
    return [make("span", words), line, make("span", dots.length, "hk-count")];
  };
  const strip = () => {
    const box = make("div", null, "hk-strip"), axis = make("span", null, "hk-axis");
    axis.append(make("span", "first layer"), make("span", "middle"), make("span", "last"));
    box.append(make("span"), axis, make("span"));
    return box;
  };

  const models = (box, data, room) => {
    const [a, b] = data, shared = pairs(a, b), types = Object.keys(a.types).filter((type) => b.types[type]);
    const browser = make("div", null, "hk-browser hk-live"), bar = make("p", null, "hk-bar"), pick = make("select"), pair = make("div", null, "hk-pair");
    const card = make("div", null, "hk-card hk-card-wide"), values = make("div", null, "hk-key-values"), legend = make("ul", null, "hk-codes");
    const status = make("span", "Only tables of the same measure that both have are offered. Each grid has its own scale.", "hk-note"), depths = make("div");
    status.setAttribute("role", "status");
    card.setAttribute("role", "group");
    card.setAttribute("aria-label", "The head in question");
    pick.append(new Option("role", ""));
    const groups = new Map();
    for (const one of shared) {
      if (!groups.has(one.group)) { groups.set(one.group, Object.assign(make("optgroup"), { label: one.group })); pick.append(groups.get(one.group)); }
      groups.get(one.group).append(new Option(one.name, one.id));
    }
    if (!shared.length) status.textContent = "The two have no table of the same measure; the grids show roles.";
    bar.append(labelled("Colour by ", pick), status);

    let chosen = [null, null], state = { t: "", h: "", m: "" }, turn = 0;
    const write = () => {
      const said = Object.entries(state).filter(([, value]) => value).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
      history.replaceState(history.state, "", `${location.pathname}${location.search}${said ? `#${said}` : ""}`);
    };
    const spell = (side, head) => tell(card, data[side], head, chosen[side]);
    const again = () => { const side = data.findIndex((one) => one.model.id === state.m); if (state.h && side >= 0 && grids[side].has(state.h)) spell(side, state.h); };
    const frames = data.map(drawn);
    const grids = [];
    data.forEach((one, side) => {
      const part = make("div");
      part.append(make("h3", one.model.name), ...one.says.map((said) => make("p", said, "hk-card-small")), frames[side]);
      pair.append(part);
    });
    frames.forEach((frame, side) => {
      grids.push(grid(frame.firstElementChild, {
        preview: (head) => spell(side, head),
        leave: again,
        choose: (head) => {
          state = { ...state, h: head, m: data[side].model.id };
          grids.forEach((one, at) => { if (at !== side) one.table.querySelector("td[aria-selected=true]")?.removeAttribute("aria-selected"); });
          grids[side].mark(head);
          write();
          spell(side, head);
        },
        open: (head) => { if (data[side].heads[head]) location.href = `${SITE}models/${data[side].model.id}/${head}/`; },
      }));
    });
    for (const [type, one] of Object.entries({ ...b.types, ...a.types }).sort(([, x], [, y]) => x.group.localeCompare(y.group) || x.code.localeCompare(y.code))) {
      const item = make("li");
      item.append(make("b", one.code, `hk-key ${one.group}`), link(one.name, `heads/${type}/`));
      legend.append(item);
    }
    const byDepth = () => {
      depths.replaceChildren();
      const lines = strip();
      let words;
      if (!chosen[0]) {
        if (!types.length) { depths.append(make("p", "No type stands in both models; choose a table to see its strongest heads by depth.")); return; }
        for (const type of types) {
          lines.append(make("b", a.types[type].name, "hk-strip-name"));
          data.forEach((one) => lines.append(...track(headsOf(one, type).map((head) => ({ at: depth(one, head), title: head })), one.model.name)));
        }
        words = "The heads of each type that both have, by depth. Depth is the layer divided by the last layer.";
      } else {
        data.forEach((one, side) => {
          const it = chosen[side], direction = it.table.direction, known = grids[side].heads.filter((head) => it.value(head) !== undefined);
          const first = [...known].sort((x, y) => it.rank(x) - it.rank(y)).slice(0, 10);
          const dot = (head) => ({ at: depth(one, head), title: `${head} ${number(it.value(head))}`, strength: it.depth(head), below: it.value(head) < 0 });
          lines.append(...track(first.map(dot), `${one.model.name}, ${ORDERS[direction]}`));
          const under = direction === "more" ? known.filter((head) => it.value(head) < 0).sort((x, y) => it.value(x) - it.value(y)).slice(0, 10) : [];
          if (under.length) lines.append(...track(under.map(dot), `${one.model.name}, most negative`));
        });
        words = "The ten first heads of the chosen table in each model, by depth: the layer divided by the last layer. The fainter a dot, the smaller its value against the largest of its model; squares are below zero.";
      }
      depths.append(lines, make("p", words, "hk-note"));
    };
    const draw = async () => {
      const mine = ++turn, wanted = shared.find((one) => one.id === state.t);
      if (!wanted) state.t = "";
      try {
        const got = wanted ? await Promise.all(wanted.of.map(numbers)) : [null, null];
        if (mine !== turn) return;
        chosen = got;
      } catch {
        if (mine === turn) { status.textContent = `This table ${MISSED}`; pick.value = chosen[0] ? state.t : ""; }
        return;
      }
      pick.value = state.t;
      legend.hidden = Boolean(wanted);
      grids.forEach((one, side) => one.draw(data[side], chosen[side]));
      values.replaceChildren();
      if (wanted) {
        data.forEach((one, side) => {
          const part = make("div"), it = chosen[side];
          key(part, it, side === 1 ? a.measures[it.table.measure] : "", "");
          part.prepend(make("p", one.model.name));
          if (side === 0) part.lastElementChild.remove();
          values.append(part);
        });
      }
      byDepth();
      again();
    };
    const headsOf = (one, type) => Object.keys(one.heads).filter((head) => rolesOf(one, head).some(([role]) => role === type));
    const ends = (one, type) => {
      const heads = headsOf(one, type), some = heads.slice(0, 8).map((head) => link(head, `models/${one.model.id}/${head}/`));
      return [...listed(some), heads.length > 8 ? ` and ${heads.length - 8} more` : "", `. ${one.types[type].grounds}`];
    };
    browser.append(bar, pair, values, legend, card);
    room.replaceChildren(heading(`${a.model.name} and ${b.model.name}`), browser, heading("At which depth"), depths, heading("Types in common"));
    room.append(make("p", `${types.length} head ${types.length === 1 ? "type has" : "types have"} heads in both; ${Object.keys(a.types).length} in ${a.model.name}, ${Object.keys(b.types).length} in ${b.model.name}.`));
    if (types.length) {
      const columns = ["Head type", link(a.model.name, `models/${a.model.id}/`), link(b.model.name, `models/${b.model.id}/`)];
      room.append(table(columns, types.map((type) => [link(a.types[type].name, `heads/${type}/`), ends(a, type), ends(b, type)]), "Types in common"));
    }
    const alone = [[a, b], [b, a]].map(([one, other]) => [one, Object.keys(one.types).filter((type) => !other.types[type])]).filter(([, mine]) => mine.length);
    if (alone.length) {
      const list = make("ul");
      for (const [one, mine] of alone) {
        const item = make("li");
        item.append(link(one.model.name, `models/${one.model.id}/`), ": ", ...listed(mine.map((type) => link(typeName(one, type), `heads/${type}/`))));
        list.append(item);
      }
      room.append(heading("Types of one model alone"), list);
    }
    pick.addEventListener("change", () => { state.t = pick.value; write(); draw(); });
    const restore = () => {
      const said = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
      for (const name of Object.keys(state)) state[name] = said.get(name) || "";
      const side = data.findIndex((one) => one.model.id === state.m);
      if (side >= 0) grids[side].mark(state.h);
      draw();
    };
    restore();
    /* a card from the start: the head with most roles */
    if (!card.childElementCount) {
      const side = types.length || Object.keys(a.heads).length ? 0 : 1;
      const first = grids[side].heads.reduce((best, head) => (rolesOf(data[side], head).length > rolesOf(data[side], best).length ? head : best), grids[side].heads[0]);
      spell(side, first);
    }
    return restore;
  };

  /* ── head types: their cells are HTML that the site made of the records, and escaped ── */
  const made = (html) => {
    const holder = make("template");
    holder.innerHTML = html;
    return [...holder.content.childNodes];
  };
  const types = (box, [a, b], room) => {
    const sides = [a, b].map((one) => new Map(one.rows)), names = [...new Set([...sides[0].keys(), ...sides[1].keys()])];
    const order = a.rows.length >= b.rows.length ? a.rows : b.rows, place = new Map(order.map(([name], at) => [name, at]));
    names.sort((x, y) => (place.get(x) ?? 99) - (place.get(y) ?? 99));
    const columns = ["", link(a.name, `heads/${a.id}/`), link(b.name, `heads/${b.id}/`)];
    const rows = names.map((name) => [name, ...sides.map((side) => (side.has(name) ? made(side.get(name)) : "–"))]);
    room.replaceChildren(heading(`${a.name} and ${b.name}`), table(columns, rows, `${a.name} and ${b.name}`), heading("How they stand to each other"));
    const relations = a.relations[b.id] || [];
    if (relations.length) {
      const list = make("ul");
      for (const one of relations) { const item = make("li"); item.append(...made(one)); list.append(item); }
      room.append(list);
    } else room.append(make("p", box.dataset.unrelated));
    room.append(heading("Heads in common"));
    const common = Object.entries(a.heads).map(([model, heads]) => [model, heads.filter((head) => b.heads[model]?.includes(head))]).filter(([, heads]) => heads.length);
    if (common.length) room.append(table(["Model", "Heads"], common.map(([model, heads]) => [made(a.models[model]), listed(heads.map((head) => link(head, `models/${model}/${head}/`)))]), "Heads in common"));
    else room.append(make("p", box.dataset.apart));
  };

  document.querySelectorAll(".hk-compare[data-of]").forEach((box) => {
    const ofModels = box.dataset.of === "models", room = make("div", null, "hk-compared"), first = below(box);
    const list = `${SITE}compare/${ofModels ? "models" : "types-list"}.json`;
    const file = (id) => `${SITE}${ofModels ? `models/${id}/grid` : `compare/types/${id}`}.json`;
    const usual = { a: box.dataset.a, b: box.dataset.b };
    let turn = 0, restore = null;
    box.closest("figure").after(room);
    room.hidden = true;
    addEventListener("hashchange", () => restore?.());
    load(list).then((entries) => chooser(box, entries, (entry) => (ofModels ? entry.kind : ""), usual, async (a, b, status) => {
      const mine = ++turn;
      try {
        const data = await Promise.all([load(file(a)), load(file(b))]);
        if (mine !== turn) return;
        restore = (ofModels ? models : types)(box, data, room) || null;
        document.title = document.title.replace(/^.*? - /, `${data.map((one) => one.name || one.model.name).join(" and ")} - `);
        room.hidden = false;
        first.forEach((node) => { node.hidden = true; });
      } catch {
        if (mine !== turn) return;
        status.textContent = `The data of these two ${MISSED}`;
        room.hidden = true;
        first.forEach((node) => { node.hidden = false; });
      }
    })).catch(() => box.append(make("p", `The list ${MISSED}`, "hk-note")));
  });
})();
