/* Tables: a cue where more lies at the side, cards and a list to sort by on phones; one tab stop in a matrix and in a list of chips. They read
   without it. */
(() => {
  "use strict";
  const phone = matchMedia("(max-width: 599px)");
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const wordsOf = (th) => (th.querySelector(".hk-sort") || th).textContent.trim();

  /* frames: only one that scrolls takes the focus and says that it does */
  const frames = [...document.querySelectorAll(".hk-scroll")].filter((frame) => frame.querySelector(":scope > table.hk-table"));
  const measure = (frame) => {
    const over = frame.scrollWidth > frame.clientWidth + 1;
    frame.classList.toggle("hk-over", over);
    frame.classList.toggle("hk-moved", frame.scrollLeft > 2);
    const inside = frame.querySelector("table.hk-cross");
    if (over && !inside) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((entries) => new Set(entries.map(({ target }) => target.closest(".hk-scroll"))).forEach(measure));
  for (const frame of frames) {
    watch.observe(frame);
    watch.observe(frame.firstElementChild);
    frame.addEventListener("scroll", () => frame.classList.toggle("hk-moved", frame.scrollLeft > 2), { passive: true });
  }

  /* phones: each row a block, with the words of the headings before its cells; rows that come later get them, too */
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const cards = frames.filter((frame) => frame.querySelector(":scope > table:not(.hk-cross, .hk-vals) thead th:nth-child(3)"));
  cards.forEach((frame, number) => { frame.dataset.cards = number; });
  const lists = new Map();
  const sortBy = (frame) => {
    const buttons = [...frame.querySelectorAll("th .hk-sort")];
    if (!buttons.length) return null;
    const bar = make("div", ""), label = make("label", "Sort by"), select = make("select", ""), turn = make("button", "");
    bar.className = "hk-sortby";
    turn.type = "button";
    select.append(new Option("the page's order", ""), ...buttons.map((button, at) => new Option(button.textContent.trim(), at)));
    label.append(select);
    bar.append(label, turn);
    frame.before(bar);
    const press = (button, wanted) => {
      for (let tries = 0; tries < 3 && (button.closest("th").getAttribute("aria-sort") || "") !== wanted; tries += 1) button.click();
    };
    const sorted = () => buttons.find((button) => button.closest("th").hasAttribute("aria-sort"));
    const tell = () => {
      const button = sorted();
      select.value = button ? buttons.indexOf(button) : "";
      turn.hidden = !button;
      turn.textContent = button?.closest("th").getAttribute("aria-sort") === "descending" ? "Descending" : "Ascending";
    };
    select.addEventListener("change", () => {
      if (select.value) { if (buttons[select.value] !== sorted()) buttons[select.value].click(); } else if (sorted()) press(sorted(), "");
      tell();
    });
    turn.addEventListener("click", () => { press(sorted(), turn.textContent === "Ascending" ? "descending" : "ascending"); tell(); });
    new MutationObserver(tell).observe(frame.querySelector("thead"), { attributes: true, attributeFilter: ["aria-sort"], subtree: true });
    tell();
    return bar;
  };
  const lay = () => {
    const rules = [];
    for (const frame of cards) {
      frame.classList.toggle("hk-cards", phone.matches);
      if (phone.matches && !lists.has(frame)) lists.set(frame, sortBy(frame));
      const bar = lists.get(frame);
      if (bar) bar.hidden = !phone.matches;
      if (!phone.matches) continue;
      [...frame.querySelectorAll("thead th")].forEach((th, at) => {
        const words = wordsOf(th);
        if (at && words) rules.push(`[data-cards="${frame.dataset.cards}"] td:nth-child(${at + 1})::before{content:${JSON.stringify(words)}}`);
        else if (at) rules.push(`.md-typeset [data-cards="${frame.dataset.cards}"].hk-cards table.hk-table td:nth-child(${at + 1}){padding-left:0}`);
      });
    }
    sheet.replaceSync(rules.join("\n"));
    frames.forEach(measure);
  };
  phone.addEventListener("change", lay);
  lay();

  /* matrices: one stop for the tab key; arrows go to the next cell that holds something, Home and End to the ends of the row, with Ctrl to
     those of the table */
  const seen = (link) => link?.checkVisibility({ visibilityProperty: true });
  const linkOf = (cell) => { const link = cell?.querySelector("a[href]"); return seen(link) ? link : null; };
  const along = (cells) => { for (const cell of cells) { const link = linkOf(cell); if (link) return link; } return null; };
  /* Of the links in a box only one is a stop: the one that had the focus last, else the first that can be seen. */
  const oneStop = (box, first, description) => {
    let stop = null;
    const settle = () => {
      if (!seen(stop) || !box.contains(stop)) stop = first();
      for (const link of box.querySelectorAll("a[href]")) link.tabIndex = link === stop ? 0 : -1;
    };
    box.addEventListener("focusin", ({ target }) => {
      const link = target.closest("a[href]");
      if (!link || link === stop) return;
      if (stop) stop.tabIndex = -1;
      stop = link;
      stop.tabIndex = 0;
    });
    box.setAttribute("aria-description", description);
    new MutationObserver(settle).observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "class"] });
    /* filters also hide whole columns, by a style sheet */
    for (const [kind, on] of [["change", document], ["click", document], ["popstate", window]]) on.addEventListener(kind, () => setTimeout(settle));
    settle();
  };
  const rove = (table) => {
    const rows = () => [...table.rows];
    table.addEventListener("keydown", (event) => {
      const cell = event.target.closest("td, th");
      if (!cell || event.altKey || event.metaKey) return;
      const row = [...cell.parentElement.cells], at = cell.cellIndex, all = rows(), line = all.indexOf(cell.parentElement);
      const column = (some) => some.map((one) => one.cells[at]);
      const whole = event.ctrlKey ? all.flatMap((one) => [...one.cells]) : row;
      const ways = {
        ArrowRight: () => row.slice(at + 1), ArrowLeft: () => row.slice(0, at).reverse(),
        ArrowDown: () => column(all.slice(line + 1)), ArrowUp: () => column(all.slice(0, line).reverse()),
        Home: () => whole, End: () => [...whole].reverse(),
      };
      if (!ways[event.key] || (event.ctrlKey && event.key.startsWith("Arrow"))) return;
      event.preventDefault();
      const link = along(ways[event.key]());
      link?.focus();
      /* what the column that stays covers is scrolled free */
      const frame = table.closest(".hk-scroll"), first = cell.parentElement.cells[0];
      if (link && frame && link.closest("td, th").cellIndex) frame.scrollLeft -= Math.max(0, first.getBoundingClientRect().right + 8 - link.getBoundingClientRect().left);
    });
    oneStop(table, () => along(rows().slice(1).flatMap((row) => [...row.cells])) || table.querySelector("a[href]"), "Arrow keys move between the cells that hold something.");
  };
  document.querySelectorAll("table.hk-cross").forEach(rove);

  /* chips: arrows up and down go through the list, those to the sides to the nearest chip there, Home and End to its ends */
  const chips = (box) => {
    const all = () => [...box.querySelectorAll("a[href]")].filter(seen);
    box.addEventListener("keydown", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || event.altKey || event.metaKey || event.ctrlKey) return;
      const links = all(), at = links.indexOf(link), here = link.getBoundingClientRect();
      const beside = (side) => {
        const off = (one) => { const { left, top } = one.getBoundingClientRect(); return Math.abs(left - here.left) + 2 * Math.abs(top - here.top); };
        const there = links.filter((one) => side * (one.getBoundingClientRect().left - here.left) > 20);
        return there.reduce((best, one) => (best && off(best) <= off(one) ? best : one), null);
      };
      const ways = {
        ArrowDown: () => links[at + 1], ArrowUp: () => links[at - 1], ArrowRight: () => beside(1), ArrowLeft: () => beside(-1),
        Home: () => links[0], End: () => links.at(-1),
      };
      if (!ways[event.key]) return;
      event.preventDefault();
      ways[event.key]()?.focus();
    });
    oneStop(box, () => all().find((link) => link.parentElement.matches(".hk-chip")) || all()[0], "Arrow keys move between the head types.");
  };
  document.querySelectorAll(".hk-matrix").forEach(chips);
})();
