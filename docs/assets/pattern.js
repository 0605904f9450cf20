/* Attention patterns to be explored: a row of tokens that show where the head looks from each of them, on hover, focus, tap and arrow keys.
   The figure holds all weights as two digits each; its table has the tokens. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const LEAST = 0.03;
  const drawing = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  /* digits → rows of weights; those of a causal pattern end at their query */
  const rowsOf = (digits, n) => {
    const causal = digits.length !== 2 * n * n || n === 1;
    const rows = [];
    let at = 0;
    for (let q = 0; q < n; q += 1) {
      const row = [];
      for (let k = 0; k < (causal ? q + 1 : n); k += 1, at += 2) row.push(Number(digits.slice(at, at + 2)) / 99);
      rows.push(row);
    }
    return rows;
  };

  const explore = (figure) => {
    const names = [...figure.querySelectorAll("tbody th")].map((cell) => cell.textContent);
    const rows = rowsOf(figure.dataset.weights, names.length);
    const square = figure.querySelector(".hk-pat-square");
    const box = document.createElement("div");
    const line = document.createElement("div");
    const say = document.createElement("p");
    const hint = document.createElement("p");
    const arcs = drawing("svg", { "aria-hidden": "true" });
    const mark = drawing("rect", { class: "hk-pat-row", x: 0, height: 1 });
    let chosen = Number(figure.dataset.start), shown = -1;
    box.className = "hk-pat-text";
    line.className = "hk-pat-tokens";
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", "Tokens of the text; the arrow keys go from one to the next");
    say.className = "hk-pat-say";
    say.setAttribute("aria-live", "polite");
    hint.className = "hk-pat-hint";
    hint.textContent = "Hover over a token, tap it or step with the arrow keys to see where the head looks from there.";
    const tokens = names.map((name, i) => {
      const token = document.createElement("button");
      token.type = "button";
      token.textContent = name;
      token.setAttribute("aria-label", `${name}, token ${i} of ${names.length}`);
      return token;
    });
    line.append(...tokens, arcs);
    box.append(line, say, hint);
    square.append(mark);
    figure.prepend(box);

    const arc = (from, to, weight) => {
      const all = line.getBoundingClientRect();
      const [a, b] = [from, to].map((token) => token.getBoundingClientRect());
      const [x1, x2] = [a, b].map((r) => Math.round(r.left + r.width / 2 - all.left));
      const [y1, y2] = [a, b].map((r) => Math.round(r.top - all.top));
      const rise = Math.min(25, 9 + Math.abs(x1 - x2) / 6);
      return drawing("path", {
        d: `M${x1} ${y1}C${x1} ${y1 - rise} ${x2} ${y2 - rise} ${x2} ${y2}`,
        "stroke-width": (0.8 + 3 * weight).toFixed(1),
        "stroke-opacity": (0.3 + 0.7 * weight).toFixed(2),
      });
    };
    const show = (i, again) => {
      if (i === shown && !again) return;
      shown = i;
      const row = rows[i];
      const places = row.map((weight, k) => k).sort((a, b) => row[b] - row[a] || a - b);
      const top = places.filter((k) => row[k] >= LEAST).slice(0, 4);
      tokens.forEach((token, k) => {
        token.style.setProperty("--w", row[k] || 0);
        token.classList.toggle("hk-later", k >= row.length);
        token.removeAttribute("data-v");
        token.removeAttribute("aria-current");
        token.tabIndex = k === i ? 0 : -1;
      });
      tokens[i].setAttribute("aria-current", "true");
      arcs.replaceChildren();
      for (const k of top) {
        tokens[k].dataset.v = row[k].toFixed(2);
        if (k !== i) arcs.append(arc(tokens[i], tokens[k], row[k]));
      }
      mark.setAttribute("y", i);
      mark.setAttribute("width", row.length);
      const told = (top.length ? top : places.slice(0, 1)).map((k) => `“${names[k]}” (${k}) ${row[k].toFixed(2)}`);
      say.textContent = `From “${names[i]}” (${i}) this head looks at ${told.join(", ")}.`;
    };
    const choose = (i) => {
      chosen = i;
      show(i);
    };
    const keys = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -names.length, End: names.length };
    tokens.forEach((token, i) => {
      token.addEventListener("pointerenter", () => show(i));
      token.addEventListener("focus", () => choose(i));
      token.addEventListener("click", () => choose(i));
      token.addEventListener("keydown", (event) => {
        const step = keys[event.key];
        if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        tokens[Math.max(0, Math.min(tokens.length - 1, i + step))].focus();
      });
    });
    line.addEventListener("pointerleave", () => show(chosen));
    const rowAt = (event) => {
      const edge = square.querySelector(".hk-pat-edge").getBoundingClientRect();
      return Math.max(0, Math.min(names.length - 1, Math.floor(((event.clientY - edge.top) / edge.height) * names.length)));
    };
    square.addEventListener("pointermove", (event) => show(rowAt(event)));
    square.addEventListener("click", (event) => choose(rowAt(event)));
    square.addEventListener("pointerleave", () => show(chosen));
    /* what a fold hides has no places yet: arcs are drawn once there is room, and again when it changes */
    new ResizeObserver(() => show(shown < 0 ? chosen : shown, true)).observe(line);
    figure.querySelector("details").open = false;
    figure.dataset.on = "";
    show(chosen);
  };

  document.querySelectorAll("figure.hk-pat").forEach(explore);
})();
