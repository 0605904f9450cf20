/* Circuits: a box or an arrow under the pointer or in focus leaves what it is joined to, and is told of in words. The page reads without it. */
(() => {
  "use strict";
  document.querySelectorAll("svg[data-needs='graph']").forEach((drawing) => {
    const boxes = new Map([...drawing.querySelectorAll("[data-node]")].map((box) => [box.dataset.node, box]));
    const arrows = [...drawing.querySelectorAll(".hk-link")];
    const nameOf = (key) => [...boxes.get(key).querySelectorAll(".hk-strong")].map((line) => line.textContent).join(" ");
    const wordOf = (arrow) => arrow.querySelector(".hk-via").textContent.trim();
    const say = document.createElement("p"), hint = "Point at a box or an arrow, or reach it with the Tab and arrow keys: what it is joined to stays, and its claims are told here.";
    say.className = "hk-say";
    say.setAttribute("role", "status");
    say.textContent = hint;
    drawing.parentElement.after(say);

    /* titles would be a second explanation beside the line below: they become names */
    for (const arrow of arrows) {
      const title = arrow.querySelector("title");
      arrow.setAttribute("aria-label", title ? title.textContent : `${nameOf(arrow.dataset.from)} to ${nameOf(arrow.dataset.to)}`);
      title?.remove();
      arrow.setAttribute("role", "img");
      arrow.setAttribute("tabindex", arrow === arrows[0] ? "0" : "-1");
    }
    /* everything that leads to a box, or from it */
    const reach = (key, from, to) => {
      const found = new Set(), waiting = [key];
      while (waiting.length) {
        const here = waiting.pop();
        for (const arrow of arrows) if (arrow.dataset[to] === here && !found.has(arrow)) { found.add(arrow); waiting.push(arrow.dataset[from]); }
      }
      return [...found];
    };
    const light = (chosen, joined, text) => {
      const ends = new Set(joined.flatMap((arrow) => [arrow.dataset.from, arrow.dataset.to]));
      for (const arrow of arrows) arrow.classList.toggle("hk-lit", joined.includes(arrow));
      for (const [key, box] of boxes) {
        box.classList.toggle("hk-lit", ends.has(key) || box === chosen);
        box.classList.toggle("hk-chosen", box === chosen);
      }
      drawing.classList.toggle("hk-narrowed", Boolean(chosen));
      say.textContent = text;
    };
    const clear = () => light(null, [], hint);
    const list = (some, end) => some.map((arrow) => `${nameOf(arrow.dataset[end])} (${wordOf(arrow)})`).join(", ") || "nothing";
    const choose = (target) => {
      const box = target?.closest?.("[data-node]"), arrow = target?.closest?.(".hk-link");
      if (box) {
        const key = box.dataset.node, at = box.querySelector(".hk-at")?.textContent;
        const claims = [...box.querySelectorAll(":scope > .hk-small:not(.hk-at)")].map((line) => line.textContent).join(" ");
        const direct = (end) => arrows.filter((one) => one.dataset[end] === key);
        const parts = [`${nameOf(key)}${at ? `, ${at}` : ""}.`, `Into it: ${list(direct("to"), "from")}.`, `Out of it: ${list(direct("from"), "to")}.`];
        if (claims) parts.push(`${claims[0].toUpperCase()}${claims.slice(1)}.`);
        light(box, [...reach(key, "from", "to"), ...reach(key, "to", "from")], parts.join(" "));
      } else if (arrow) light(arrow, [arrow], arrow.getAttribute("aria-label"));
      else clear();
    };
    let held = null;
    drawing.addEventListener("pointerover", ({ target }) => choose(target.closest("[data-node], .hk-link") || held));
    drawing.addEventListener("pointerleave", () => choose(held));
    drawing.addEventListener("focusin", ({ target }) => { held = target.closest("[data-node], .hk-link"); choose(held); });
    drawing.addEventListener("focusout", ({ relatedTarget }) => { if (!drawing.contains(relatedTarget)) { held = null; clear(); } });
    /* on a touch screen a touch chooses and stays */
    drawing.addEventListener("click", ({ target }) => { if (!target.closest("a")) { held = target.closest("[data-node], .hk-link"); choose(held); } });
    drawing.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { held = null; clear(); return; }
      const at = arrows.indexOf(document.activeElement), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (at < 0 || !step) return;
      event.preventDefault();
      const next = arrows[(at + step + arrows.length) % arrows.length];
      arrows[at].setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
})();
