/* Filters with their state in the address, formulas, explanations of terms. No dependency; every page works without it. */
(() => {
  "use strict";
  const base = document.currentScript.src.replace(/headkb\.js.*$/, "");
  const DRAWN = 300;

  /* what filters were called before, and what they say now; the others are gone */
  const FORMER = {
    evidence: { reproduced: "showing=shown", "not-found": "showing=not shown", reported: "standing=not rerun", compared: "standing=not comparable", "verified-data": "standing=formula checked" },
    verdict: { "not-found": "outcome=not shown", compared: "outcome=not comparable", "verified-data": "outcome=formula checked" },
  };

  /* cells: data-models says what their letters stand for (headkb/site/cells.py) */
  const reader = (text) => {
    const [keys, showings, standings, ...models] = text.split(";").map((part) => part.split("|"));
    const words = (pairs) => Object.fromEntries(pairs.map((pair) => pair.split("=")));
    const showing = words(showings), standing = words(standings);
    const known = models.map((fields) => Object.fromEntries(keys.map((key, i) => [key, [fields[i]]])));
    const read = (code) => {
      const [, model, letter, letters] = code.match(/^(\d+)([a-z]?):([a-z]*)$/);
      return { model, values: { ...known[model], showing: letter ? [showing[letter]] : [], standing: [...letters].map((one) => standing[one]) } };
    };
    return { keys: [...keys, "showing", "standing"], cells: (text) => (text || "").split(" ").filter(Boolean).map(read) };
  };

  /* filters: <… data-facets="key=Label|key=Label"> around rows or list items that carry data-key="value|value"; where they carry
     data-cells, one cell (this row in one model) must fit all that is chosen of it, so that the choice is a true sentence */
  document.querySelectorAll("[data-facets]").forEach((box, number) => {
    const items = [...box.querySelectorAll("tbody tr, li.hk-chip")];
    if (!items.length) return;
    const facets = box.dataset.facets.split("|").map((part) => part.split("="));
    const labels = Object.fromEntries(facets);
    const prefix = number ? `t${number}-` : "";
    const name = box.dataset.name || "rows";
    const { keys: ofCells, cells } = box.dataset.models ? reader(box.dataset.models) : { keys: [], cells: () => [] };
    const data = items.map((item) => {
      const values = {};
      for (const [key] of facets) if (!ofCells.includes(key)) values[key] = (item.dataset[key] || "").split("|").filter(Boolean);
      return { item, values, cells: cells(item.dataset.cells), text: `${item.textContent} ${item.dataset.q || ""}`.toLowerCase() };
    });
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
    for (const [key, label] of facets) {
      const all = [...new Set(data.flatMap((row) => valuesOf(row, key)))].sort((a, b) => a.localeCompare(b));
      if (all.length < 2) continue;
      const select = document.createElement("select");
      field(key, label, select);
      select.append(new Option(`all (${data.length} ${name})`, ""));
      all.forEach((value) => select.append(new Option(value, value)));
    }
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    const clear = document.createElement("button");
    clear.type = "button";
    clear.textContent = "Clear";
    const csv = document.createElement("button");
    csv.type = "button";
    csv.textContent = "CSV";
    csv.title = "Save the rows shown as a CSV file";
    bar.append(clear, csv, status);
    if (box.classList.contains("hk-matrix")) box.prepend(bar);
    else box.before(bar);

    const chosenOf = () => Object.entries(inputs).filter(([key, control]) => key !== "find" && control.value).map(([key, control]) => [key, control.value]);
    const fitting = (row, chosen) => {
      const wanted = chosen.filter(([key]) => ofCells.includes(key));
      return row.cells.filter((cell) => wanted.every(([key, value]) => cell.values[key].includes(value)));
    };
    const asksCells = (chosen) => chosen.some(([key]) => ofCells.includes(key));

    /* a matrix also leaves out columns: those of other groups, or those in which no cell of a listed row fits */
    const groups = box.dataset.groupBy;
    const columns = groups && (groups === "cells" || inputs[groups]) ? [...box.querySelectorAll("thead th")] : [];
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
    /* in words: "8 of 110 head types, each in at least one model with: model family llama, showing there shown" */
    const sentence = (count, chosen) => {
      const said = chosen.filter(([key]) => ofCells.includes(key)).map(([key, value]) => `${labels[key].toLowerCase()}: ${value}`);
      const of = count > DRAWN ? `first ${DRAWN} of ${count} ${name}` : `${count} of ${data.length} ${name}`;
      return said.length ? `${of}, each in at least one model with ${said.join("; ")}` : of;
    };
    const draw = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = chosenOf();
      const fits = (row, some) =>
        words.every((word) => row.text.includes(word)) &&
        some.every(([key, value]) => ofCells.includes(key) || row.values[key].includes(value)) &&
        (!asksCells(some) || fitting(row, some).length > 0);
      let count = 0;
      for (const row of data) {
        const fit = fits(row, chosen);
        row.item.hidden = !fit || count >= DRAWN;
        count += fit;
      }
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
      status.textContent = sentence(count, chosen);
      if (columns.length) narrow(chosen);
      clear.hidden = !chosen.length && !words.length;
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
    const read = () => {
      const state = renew(new URLSearchParams(location.search));
      for (const control of Object.values(inputs)) {
        const value = state.get(control.name) || "";
        control.value = value;
        if (control.value !== value) control.value = "";
      }
      draw();
    };
    const write = (push) => {
      const state = new URLSearchParams(location.search);
      for (const control of Object.values(inputs)) control.value ? state.set(control.name, control.value) : state.delete(control.name);
      const query = state.toString();
      history[push ? "pushState" : "replaceState"](null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
    };
    const change = (push) => { draw(); write(push); };
    find.addEventListener("input", () => change(false));
    bar.addEventListener("change", (event) => event.target !== find && change(true));
    clear.addEventListener("click", () => { Object.values(inputs).forEach((control) => { control.value = ""; }); change(true); find.focus(); });
    csv.addEventListener("click", () => {
      const quote = (cell) => `"${cell.textContent.trim().replace(/\s+/g, " ").replace(/"/g, '""')}"`;
      const head = [...box.querySelectorAll("thead th")].map(quote).join(",");
      const rows = shown().map((row) => [...(row.item.cells || [row.item])].map(quote).join(","));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([[head, ...rows].filter(Boolean).join("\n")], { type: "text/csv" }));
      link.download = `headkb-${box.dataset.name || "rows"}.csv`.replace(/\s+/g, "-");
      link.click();
      URL.revokeObjectURL(link.href);
    });
    addEventListener("popstate", read);
    read();
  });

  /* formulas: KaTeX is fetched only where a page has one */
  const formulas = document.querySelectorAll(".hk-math, .arithmatex");
  if (formulas.length) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = `${base}katex/katex.min.css`;
    const script = document.createElement("script");
    script.src = `${base}katex/katex.min.js`;
    script.onload = () => formulas.forEach((node) => {
      const generic = node.textContent.match(/^\s*\\([([])([\s\S]*)\\[)\]]\s*$/);
      const source = generic ? generic[2] : node.textContent;
      const displayMode = generic ? generic[1] === "[" : node.hasAttribute("data-display");
      try {
        window.katex.render(source, node, { displayMode, throwOnError: false });
      } catch { /* the source stays readable */ }
    });
    document.head.append(sheet, script);
  }

  /* drawings: save as an SVG file with the colours that are on the screen */
  const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "font-family", "paint-order"];
  document.querySelectorAll("figure.hk-figure > svg.hk-svg").forEach((drawing) => {
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
    drawing.before(button);
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
  document.querySelectorAll("a.hk-term").forEach((term) => {
    term.addEventListener("mouseenter", () => show(term));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("mouseleave", hide);
    term.addEventListener("blur", hide);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());

  /* grids of many heads: what the row and column say of a cell, for the pointer */
  document.addEventListener("pointerover", ({ target }) => {
    if (target.matches?.(".hk-known td > a:not([title], [aria-label])")) target.title = target.getAttribute("href").replaceAll("/", "");
  });
})();
