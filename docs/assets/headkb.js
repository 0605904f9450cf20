/* Filters with their state in the address, formulas, explanations of terms. No dependency; every page works without it. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/headkb\.js.*$/, "");
  const DRAWN = 300;

  /* lists that stand on several pages: behind the first rows a <nav class="hk-parts"> with links to the other pages, whose rows are
     fetched when a reader asks for them */
  const fetchPage = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll("article a[href]").forEach((link) => { link.href = new URL(link.getAttribute("href"), url).href; });
    return page;
  };
  const partsOf = (list) => {
    const nav = list.nextElementSibling;
    return nav?.matches("nav.hk-parts") ? nav : null;
  };
  const addresses = (list) => [...(partsOf(list)?.querySelectorAll("a") || [])].map((link) => link.href);
  const fetchParts = async (list) => {
    if (!list.dataset.source) {
      const pages = await Promise.all(addresses(list).map(fetchPage));
      return pages.map((page) => page.querySelector("[data-part]"));
    }
    const whole = (await fetchPage(new URL(list.dataset.source, location).href)).querySelector(".hk-matrix");
    return [whole, ...(whole.dataset.all ? await fetchParts(whole) : [])];
  };
  /* the rows of the parts behind those that stand here, in their order */
  const append = (list, parts) => {
    const added = [];
    if (list.matches("ul, ol")) added.push(...parts.flatMap((part) => [...part.children]));
    else if (list.classList.contains("hk-matrix")) {
      const key = (group) => `${group.dataset.stage}|${group.dataset.category}`;
      const groups = [...list.querySelectorAll(".hk-group")];
      const here = new Map([...list.querySelectorAll("li.hk-chip")].map((chip) => [chip.firstChild.href, chip]));
      for (const from of parts.flatMap((part) => [...part.querySelectorAll(".hk-group")])) {
        const to = groups.find((group) => key(group) === key(from)).querySelector("ul");
        for (const chip of from.querySelectorAll("li.hk-chip")) {
          const same = here.get(chip.firstChild.href);
          if (same) Object.assign(same.dataset, chip.dataset);
          else { added.push(chip); to.append(chip); }
        }
        const named = [...to.querySelectorAll("li.hk-chip")].map((chip) => [chip.querySelector("span").textContent.toLowerCase(), chip]);
        named.sort(([a], [b]) => (a < b ? -1 : a > b));
        to.prepend(...named.map(([, chip]) => chip));
      }
      return added;
    } else {
      added.push(...parts.flatMap((part) => [...part.querySelectorAll("tbody tr")]));
      if (list.querySelector("th[data-at]")) unite(list, parts);
    }
    (list.querySelector("tbody") || list).append(...added);
    return added;
  };
  /* parts of a matrix leave out columns in which they have nothing: all get all of them */
  const unite = (list, parts) => {
    const columns = new Map();
    const tables = [list, ...parts].map((part) => {
      const places = [...part.querySelectorAll("thead th")].map((th) => (columns.has(th.dataset.at) || columns.set(th.dataset.at, th), th.dataset.at));
      return [part, places];
    });
    const all = [...columns.keys()].sort((a, b) => a - b);
    for (const [part, places] of tables) {
      for (const row of part.querySelectorAll("tbody tr")) {
        const cells = new Map([...row.cells].map((cell, i) => [places[i], cell]));
        row.replaceChildren(...all.map((at) => cells.get(at) || document.createElement("td")));
      }
    }
    list.querySelector("thead tr").replaceChildren(...all.map((at) => columns.get(at)));
  };
  /* order: by what a cell says; shapes by what was shown, then in how many; what has no value stands last in both orders */
  const SHAPES = ["invalidated", "against", "not-shown", "undecided", "partly", "shown"];
  const SIZE = /^([−+-]?(?:\d[\d,]*)?\.?\d+)(?:\s?%)?(?=$|[\s(/:;])/;
  const keyOf = (cell) => {
    const shape = cell?.querySelector(".hk-m"), said = cell?.textContent.trim().replace(/^[–ƒ✓≠∥](?:\s+|$)/, "") || "";
    if (shape) return { said: said || "–", size: SHAPES.findIndex((word) => shape.classList.contains(`hk-m-${word}`)) + Math.min(parseFloat(said) || 0, 999) / 1000 };
    return { said, size: SIZE.test(said) ? parseFloat(SIZE.exec(said)[1].replace("−", "-").replace(/,/g, "")) : NaN };
  };
  const inOrder = (rows, itemOf, column, down, placeOf) => {
    const keys = new Map(rows.map((row) => [row, keyOf(itemOf(row).cells[column])]));
    const numbers = [...keys.values()].every((key) => !key.said || !isNaN(key.size));
    const compare = (a, b) => (numbers ? a.size - b.size : a.said.localeCompare(b.said, "en", { numeric: true }));
    return rows.sort((one, two) => {
      const a = keys.get(one), b = keys.get(two);
      return (!a.said - !b.said) || (down ? -1 : 1) * (a.said ? compare(a, b) : 0) || placeOf(one) - placeOf(two);
    });
  };
  /* buttons in those headings that are no link; of columns of numbers the first click puts the largest first, a third gives the order of the page back */
  const sortable = (box, turned) => {
    let order = "";
    const table = box.querySelector("table");
    const heads = [...box.querySelectorAll("thead th")].filter((th) => th.textContent && !th.querySelector("a"));
    for (const th of heads) {
      const sorter = button("");
      sorter.className = "hk-sort";
      sorter.append(...th.childNodes);
      th.append(sorter);
      sorter.addEventListener("click", () => {
        const name = th.textContent, ways = [name, `-${name}`];
        if (table.classList.contains(`n${th.cellIndex + 1}`)) ways.reverse();
        order = [...ways, ""][ways.indexOf(order) + 1];
        turned();
      });
    }
    return {
      get order() { return order; },
      set order(value) { order = value; },
      arrange(rows, itemOf, placeOf) {
        const down = order.startsWith("-"), th = heads.find((one) => one.textContent === order.slice(down ? 1 : 0));
        for (const one of heads) one === th ? one.setAttribute("aria-sort", down ? "descending" : "ascending") : one.removeAttribute("aria-sort");
        const before = rows.map(itemOf);
        if (th) inOrder(rows, itemOf, th.cellIndex, down, placeOf);
        else rows.sort((a, b) => placeOf(a) - placeOf(b));
        if (rows.some((row, i) => itemOf(row) !== before[i])) box.querySelector("tbody").append(...rows.map(itemOf));
      },
    };
  };
  const button = (text) => Object.assign(document.createElement("button"), { type: "button", textContent: text });

  /* what filters were called before, and what they say now; the others are gone */
  const FORMER = {
    evidence: { reproduced: "showing=shown", "not-found": "showing=not shown", reported: "standing=not rerun", compared: "standing=not comparable", "verified-data": "standing=formula checked" },
    verdict: { "not-found": "outcome=not shown", compared: "outcome=not comparable", "verified-data": "outcome=formula checked" },
  };

  /* cells: data-models says what their letters stand for (headkb/site/cells.py) */
  const reader = (texts) => {
    const [keys, showings, standings] = texts[0].split(";").map((part) => part.split("|"));
    const words = (pairs) => Object.fromEntries(pairs.map((pair) => pair.split("=")));
    const showing = words(showings), standing = words(standings);
    /* each page names the models that its own cells are about, all at the same place */
    const known = [];
    for (const text of texts) text.split(";").slice(3).forEach((fields, at) => fields && (known[at] = Object.fromEntries(fields.split("|").map((field, i) => [keys[i], [field]]))));
    const read = (code) => {
      const [, model, letter, letters] = code.match(/^(\d+)([a-z]?):([a-z]*)$/);
      return { model, values: { ...known[model], showing: letter ? [showing[letter]] : [], standing: [...letters].map((one) => standing[one]) } };
    };
    return { keys: [...keys, "showing", "standing"], cells: (text) => (text || "").split(" ").filter(Boolean).map(read) };
  };

  /* filters: <… data-facets="key=Label|key=Label"> around rows or list items that carry data-key="value|value"; where they carry
     data-cells, one cell (this row in one model) must fit all that is chosen of it, so that the choice is a true sentence */
  document.querySelectorAll("[data-facets]").forEach((box, number) => {
    const items = () => [...box.querySelectorAll("tbody tr, li.hk-chip")];
    const here = items().length;
    if (!here) return;
    const facets = box.dataset.facets.split("|").map((part) => part.split("="));
    const labels = Object.fromEntries(facets);
    const prefix = number ? `t${number}-` : "";
    const name = box.dataset.name || "rows";
    const total = +(box.dataset.all || here);
    const models = [box.dataset.models].filter(Boolean);
    let complete = !box.dataset.all, added = new Set(), all = false, trouble = "", data, ofCells, cells;
    const gather = () => {
      ({ keys: ofCells, cells } = models.length ? reader(models) : { keys: [], cells: () => [] });
      data = items().map((item, at) => {
        const values = {}, group = item.closest(".hk-group")?.dataset;
        for (const [key] of facets) if (!ofCells.includes(key)) values[key] = (item.dataset[key] ?? group?.[key] ?? "").split("|").filter(Boolean);
        return { item, at, values, added: added.has(item), cells: cells(item.dataset.cells), text: `${item.textContent} ${item.dataset.q || ""}`.toLowerCase() };
      });
    };
    gather();
    const bar = document.createElement("div");
    bar.className = "hk-facetbar";
    const inputs = {};
    const field = (key, label, control) => {
      const wrap = document.createElement("label");
      wrap.append(label, control);
      control.name = prefix + key;
      inputs[key] = control;
      bar.append(wrap);
    };
    const find = document.createElement("input");
    find.type = "search";
    find.autocomplete = "off";
    /* not "q": the theme opens its search box on that word in the address */
    field("find", "Find", find);
    const valuesOf = (row, key) => (ofCells.includes(key) ? row.cells.flatMap((cell) => cell.values[key]) : row.values[key]);
    for (const [key, label] of facets) field(key, label, document.createElement("select"));
    /* a choice is offered where rows differ; as long as not all are here, it may be */
    const offer = () => {
      for (const [key] of facets) {
        const select = inputs[key];
        if (!select) continue;
        const values = [...new Set(data.flatMap((row) => valuesOf(row, key)))].sort((a, b) => a.localeCompare(b)), chosen = select.value;
        if (complete && values.length < 2) { select.parentElement.remove(); delete inputs[key]; continue; }
        select.replaceChildren(new Option(`all (${total} ${name})`, ""), ...values.map((value) => new Option(value, value)));
        select.value = chosen;
      }
    };
    offer();
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    const [clear, more, csv] = [button("Clear"), button("Show all"), button("CSV")];
    csv.title = "Save the rows that fit as a CSV file";
    bar.append(clear, more, csv, status);
    /* where the list is a part of another page, its filters stand folded */
    const fold = box.dataset.source && document.createElement("details");
    if (fold) {
      fold.className = "hk-fold";
      fold.append(Object.assign(document.createElement("summary"), { textContent: `Filter the ${name}` }), bar);
      box.before(fold);
    } else if (box.classList.contains("hk-matrix")) box.prepend(bar);
    else box.before(bar);

    let asked = null;
    const load = () => {
      if (complete) return Promise.resolve(true);
      return (asked ||= fetchParts(box).then((parts) => {
        parts.forEach((part) => part.dataset.models && models.push(part.dataset.models));
        added = new Set(append(box, parts));
        lively([...added]);
        complete = true;
        trouble = "";
        gather();
        offer();
        columns = columnsOf();
        draw();
        return true;
      }).catch(() => {
        asked = null;
        trouble = "; the other parts could not be loaded";
        draw();
        return false;
      }));
    };

    const chosenOf = () => Object.entries(inputs).filter(([key, control]) => key !== "find" && control.value).map(([key, control]) => [key, control.value]);
    const fitting = (row, chosen) => {
      const wanted = chosen.filter(([key]) => ofCells.includes(key));
      return row.cells.filter((cell) => wanted.every(([key, value]) => cell.values[key].includes(value)));
    };
    const asksCells = (chosen) => chosen.some(([key]) => ofCells.includes(key));

    /* a matrix also leaves out columns: those of other groups, or those in which no cell of a listed row fits */
    const groups = box.dataset.groupBy;
    const columnsOf = () => (groups && (groups === "cells" || inputs[groups]) ? [...box.querySelectorAll("thead th")] : []);
    let columns = columnsOf();
    /* the policy of the pages lets no style element in */
    const style = new CSSStyleSheet();
    if (columns.length) { box.id ||= `hk-table-${number}`; document.adoptedStyleSheets.push(style); }
    const narrow = (chosen) => {
      let keep = () => true;
      if (groups === "cells" && asksCells(chosen)) {
        const fit = new Set(shown().flatMap((row) => fitting(row, chosen).map((cell) => cell.model)));
        keep = (group) => fit.has(group);
      } else if (groups !== "cells" && inputs[groups].value) keep = (group) => group === inputs[groups].value;
      const out = columns.flatMap((th, i) => (th.dataset.group && !keep(th.dataset.group) ? [`#${box.id} tr>:nth-child(${i + 1})`] : []));
      style.replaceSync(out.length ? `${out.join(",")}{display:none}` : "");
      if (groups !== "cells") return;
      /* of the columns left, cells that do not fit are pale */
      for (const row of data) {
        const fit = asksCells(chosen) ? new Set(fitting(row, chosen).map((cell) => cell.model)) : null;
        columns.forEach((th, i) => th.dataset.group && row.item.cells[i].firstChild && row.item.cells[i].classList.toggle("hk-pale", fit !== null && !fit.has(th.dataset.group)));
      }
    };

    const shown = () => data.filter((row) => !row.item.hidden);
    const sorts = groups || !box.querySelector("thead") ? { order: "", arrange: () => {} } : sortable(box, () => act(true));

    /* in words: "8 of 110 head types, each in at least one model with: model family llama, showing there shown" */
    const sentence = (count, drawn, chosen) => {
      const said = chosen.filter(([key]) => ofCells.includes(key)).map(([key, value]) => `${labels[key].toLowerCase()}: ${value}`);
      const first = box.querySelector("table") ? "first " : "";
      let of = drawn < count ? `${first}${drawn} of ${count} ${name}` : `${count} of ${data.length} ${name}`;
      if (!complete) of = chosen.length || find.value || sorts.order || all ? `${count} of the ${here} ${name} on this page, of ${total} in all${trouble || "; loading the others …"}` : `${first}${here} of ${total} ${name}`;
      return said.length ? `${of}, each in at least one model with ${said.join("; ")}` : of;
    };
    const draw = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = chosenOf();
      const fits = (row, some) =>
        words.every((word) => row.text.includes(word)) &&
        some.every(([key, value]) => ofCells.includes(key) || row.values[key].includes(value)) &&
        (!asksCells(some) || fitting(row, some).length > 0);
      sorts.arrange(data, (row) => row.item, (row) => row.at);
      const narrowed = chosen.length > 0 || words.length > 0;
      let count = 0, drawn = 0;
      for (const row of data) {
        row.fit = fits(row, chosen);
        count += row.fit;
        /* as long as nothing is asked, the page stays as it came */
        const shown = row.fit && (all || (drawn < DRAWN && (narrowed || (sorts.order ? drawn < here : !row.added))));
        row.item.hidden = !shown;
        drawn += shown;
      }
      box.querySelectorAll(".hk-more").forEach((line) => { line.hidden = complete && (all || narrowed); });
      for (const [key, control] of Object.entries(inputs)) {
        if (key === "find") continue;
        const counts = {}, others = chosen.filter(([one]) => one !== key);
        for (const row of data) {
          if (!fits(row, others)) continue;
          const values = ofCells.includes(key) ? fitting(row, others).flatMap((cell) => cell.values[key]) : row.values[key];
          for (const value of new Set(values)) counts[value] = (counts[value] || 0) + 1;
        }
        for (const option of control.options) {
          if (!option.value) continue;
          option.textContent = `${option.value} (${counts[option.value] || 0})`;
          option.disabled = !counts[option.value] && option.value !== control.value;
        }
      }
      status.textContent = sentence(count, drawn, chosen);
      if (columns.length) narrow(chosen);
      clear.hidden = !narrowed && !sorts.order && !all;
      more.hidden = complete ? drawn === count : all && !trouble;
      /* the line below the rows tells of the page as it came */
      if (nav) nav.hidden = drawn === count ? complete : complete && (narrowed || sorts.order !== "");
    };
    /* what was asked is shown of the rows that are here, then of all */
    const act = async (push) => {
      draw();
      if (push !== null) write(push);
      if (!complete && (chosenOf().length || find.value || sorts.order || all)) await load();
    };
    const note = document.createElement("p");
    note.className = "hk-small";
    /* an address with a filter of the former kind: what is meant now, or that there is no such filter */
    const renew = (state) => {
      for (const [key, now] of Object.entries(FORMER)) {
        const value = state.get(prefix + key);
        if (!value || inputs[key]) continue;
        const [facet, word] = (now[value] || "").split("=");
        const known = inputs[facet] && [...inputs[facet].options].some((option) => option.value === word);
        if (known && !state.has(prefix + facet)) state.set(prefix + facet, word);
        note.textContent = `The filter “${key}: ${value}” ${known ? `is now “${labels[facet].toLowerCase()}: ${word}”` : "no longer exists"}: evidence is told in other words. `;
        const link = document.createElement("a");
        link.href = `${base}../changes/#old-words`;
        link.textContent = "Old and new words";
        note.append(link);
        bar.after(note);
        state.delete(prefix + key);
        history.replaceState(null, "", `${location.pathname}${state.size ? `?${state}` : ""}${location.hash}`);
      }
      return state;
    };
    const read = async () => {
      const asks = new URLSearchParams(location.search);
      const known = [...Object.keys(inputs), ...Object.keys(FORMER), "sort"].some((key) => asks.has(prefix + key));
      if (fold && known) fold.open = true;
      if (!complete && known) await load();
      const state = renew(new URLSearchParams(location.search));
      for (const control of Object.values(inputs)) {
        const value = state.get(control.name) || "";
        control.value = value;
        if (control.value !== value) control.value = "";
      }
      sorts.order = state.get(`${prefix}sort`) || "";
      draw();
    };
    const write = (push) => {
      const state = new URLSearchParams(location.search);
      for (const control of Object.values(inputs)) control.value ? state.set(control.name, control.value) : state.delete(control.name);
      sorts.order ? state.set(`${prefix}sort`, sorts.order) : state.delete(`${prefix}sort`);
      const query = state.toString();
      history[push ? "pushState" : "replaceState"](null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
    };
    find.addEventListener("input", () => act(false));
    bar.addEventListener("change", (event) => event.target !== find && act(true));
    clear.addEventListener("click", () => {
      Object.values(inputs).forEach((control) => { control.value = ""; });
      sorts.order = "";
      all = false;
      act(true);
      find.focus();
    });
    const nav = partsOf(box), below = button("Show all");
    nav?.append(below);
    for (const one of [more, below]) one.addEventListener("click", () => { all = true; act(null); });
    /* whoever turns to the filters will want all rows, and every value in the lists */
    for (const kind of ["pointerenter", "focusin"]) bar.addEventListener(kind, load, { once: true });
    bar.addEventListener("mousedown", (event) => {
      const select = event.target;
      if (complete || trouble || select.tagName !== "SELECT") return;
      event.preventDefault();
      load().then(() => { select.focus(); try { select.showPicker(); } catch { /* it opens at the next click */ } });
    });
    csv.addEventListener("click", async () => {
      if (!(await load())) return;
      const quote = (cell) => `"${cell.textContent.trim().replace(/\s+/g, " ").replace(/"/g, '""')}"`;
      const head = [...box.querySelectorAll("thead th")].map(quote).join(",");
      const rows = data.filter((row) => row.fit).map((row) => [...(row.item.cells || [row.item])].map(quote).join(","));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([[head, ...rows].filter(Boolean).join("\n")], { type: "text/csv" }));
      link.download = `headkb-${box.dataset.name || "rows"}.csv`.replace(/\s+/g, "-");
      link.click();
      URL.revokeObjectURL(link.href);
    });
    addEventListener("popstate", read);
    read();
  });

  /* other lists in parts: all rows on demand; other tables: sorted, with the rows of their parts */
  const whole = new Map();
  document.querySelectorAll("[data-all]:not([data-facets])").forEach((list) => {
    const nav = partsOf(list), more = button("Show all");
    nav.append(more);
    const all = async () => {
      more.disabled = true;
      try {
        lively(append(list, await fetchParts(list)));
        nav.remove();
        whole.delete(list);
      } catch {
        more.disabled = false;
        more.textContent = "The other parts could not be loaded. Try again";
      }
    };
    whole.set(list, all);
    more.addEventListener("click", all);
  });
  document.querySelectorAll(".hk-scroll:not([data-facets], [data-part])").forEach((box) => {
    const table = box.querySelector(":scope > table.hk-table:not(.hk-cross)");
    if (!table || table.tBodies[0].rows.length < 3) return;
    const places = new Map();
    const sorts = sortable(box, async () => {
      await whole.get(box)?.();
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) if (!places.has(row)) places.set(row, places.size);
      sorts.arrange(rows, (row) => row, (row) => places.get(row));
    });
  });

  /* drawings: save as an SVG file with the colours that are on the screen */
  const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "font-family", "paint-order"];
  document.querySelectorAll("figure.hk-figure > svg.hk-svg, figure.hk-figure > .hk-pan > svg.hk-svg").forEach((drawing) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "hk-save";
    button.textContent = "Save as SVG";
    button.addEventListener("click", () => {
      const copy = drawing.cloneNode(true);
      const from = [drawing, ...drawing.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
      from.forEach((node, i) => {
        const style = getComputedStyle(node);
        for (const name of PAINT) to[i].style.setProperty(name, style.getPropertyValue(name));
      });
      copy.style.background = getComputedStyle(document.body).backgroundColor;
      copy.querySelectorAll("a").forEach((link) => link.setAttribute("href", new URL(link.getAttribute("href"), location.href).href));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
      link.download = `${(drawing.getAttribute("aria-label") || "headkb").replace(/[^\w]+/g, "-").slice(0, 60)}.svg`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
    (drawing.closest(".hk-pan") || drawing).before(button);
  });

  /* small maps: a square leads to the page of its head, as the links of the grid do */
  document.querySelectorAll("svg .hk-ground").forEach((ground) => {
    const cell = +ground.dataset.cell, drawing = ground.ownerSVGElement;
    const name = document.createElementNS(drawing.namespaceURI, "title");
    drawing.prepend(name);
    const head = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
      const [column, row] = [at.x - ground.x.baseVal.value, at.y - ground.y.baseVal.value].map((place) => Math.floor(place / cell));
      const inside = column >= 0 && row >= 0 && column * cell < ground.width.baseVal.value && row * cell < ground.height.baseVal.value;
      return inside ? `L${row}H${column}` : "";
    };
    drawing.addEventListener("mousemove", (event) => { name.textContent = head(event); });
    drawing.addEventListener("click", (event) => { if (head(event)) location.href = `${head(event)}/`; });
  });

  /* terms: the definition appears on hover and on focus, and goes with Escape */
  let tip = null;
  const hide = () => { tip?.remove(); tip = null; };
  const show = (term) => {
    hide();
    tip = document.createElement("div");
    tip.className = "hk-tip md-typeset";
    tip.id = "hk-tip";
    tip.setAttribute("role", "tooltip");
    tip.textContent = term.dataset.definition;
    document.body.append(tip);
    const at = term.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8));
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${at.bottom + scrollY + 6}px`;
    term.setAttribute("aria-describedby", "hk-tip");
  };
  const explain = (root) => root.querySelectorAll("a.hk-term").forEach((term) => {
    term.addEventListener("mouseenter", () => show(term));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("mouseleave", hide);
    term.addEventListener("blur", hide);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());

  /* formulas: KaTeX is fetched only where a page has one */
  let katex = null;
  const fetchKatex = () => (katex ||= new Promise((done) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = `${base}katex/katex.min.css`;
    const script = document.createElement("script");
    script.src = `${base}katex/katex.min.js`;
    script.onload = done;
    document.head.append(sheet, script);
  }));
  /* what scrolls by itself can be reached by keyboard */
  const reach = (node) => { if (node.scrollWidth > node.clientWidth) node.tabIndex = 0; };
  addEventListener("load", () => document.querySelectorAll(".md-typeset__scrollwrap").forEach(reach));
  const set = (node) => {
    const generic = node.textContent.match(/^\s*\\([([])([\s\S]*)\\[)\]]\s*$/);
    const source = generic ? generic[2] : node.textContent;
    const displayMode = generic ? generic[1] === "[" : node.hasAttribute("data-display");
    try {
      window.katex.render(source, node, { displayMode, throwOnError: false });
      if (displayMode) reach(node);
    } catch { /* the source stays readable */ }
  };
  /* everything that a page's words do by script, for what stands here and for rows that came later */
  const lively = (roots) => {
    roots.forEach(explain);
    const formulas = roots.flatMap((root) => [...root.querySelectorAll(".hk-math, .arithmatex")]);
    if (formulas.length) fetchKatex().then(() => formulas.forEach(set));
  };
  lively([document]);
  /* grids of many heads: what the row and column say of a cell, for the pointer */
  document.addEventListener("pointerover", ({ target }) => {
    if (target.matches?.(".hk-known td > a:not([title], [aria-label])")) target.title = target.getAttribute("href").replaceAll("/", "");
  });
  /* opened from disk: links show folders, and nothing that a script asks for may be read */
  if (location.protocol === "file:") {
    const note = document.createElement("p"), command = document.createElement("code");
    note.className = "hk-disk";
    note.setAttribute("role", "alert");
    command.textContent = "python -m http.server 8000 --directory site";
    note.append("This page was opened from disk, where links show folders and the search finds nothing. Beside the folder of the site type ", command, " and open http://localhost:8000/ instead.");
    document.querySelector("article")?.prepend(note);
  }
})();
