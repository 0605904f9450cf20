/* Attention of all heads in one text: choose a head, hover over a token, focus it or step with the arrow keys. */
(() => {
  const explore = (box) => {
    box.dataset.on = "";
    const bytes = Uint8Array.from(atob(box.dataset.weights), (c) => c.charCodeAt(0));
    const causal = box.dataset.causal === "1", select = box.querySelector("select"), say = box.querySelector(".hk-say");
    const tokens = [...box.querySelectorAll(".hk-tokens > span")], n = tokens.length;
    const size = causal ? (n * (n + 1)) / 2 : n * n;
    let chosen = Number(box.dataset.start), shown = -1;
    const row = (q) => {
      const from = select.selectedIndex * size + (causal ? (q * (q + 1)) / 2 : q * n);
      return [...bytes.subarray(from, from + (causal ? q + 1 : n))].map((x) => x / 99);
    };
    const show = (q) => {
      shown = q;
      const weights = row(q);
      tokens.forEach((token, k) => {
        token.style.setProperty("--w", weights[k] || 0);
        token.classList.toggle("hk-later", k >= weights.length);
        token.title = k < weights.length ? `${weights[k].toFixed(2)} from token ${q}` : "";
        token.tabIndex = k === chosen ? 0 : -1;
        token.toggleAttribute("aria-current", k === q);
      });
      const top = weights.map((w, k) => k).sort((a, b) => weights[b] - weights[a] || a - b).slice(0, 4);
      const told = top.filter((k, i) => !i || weights[k] >= 0.03).map((k) => `“${tokens[k].textContent}” (${k}) ${weights[k].toFixed(2)}`);
      say.textContent = `From “${tokens[q].textContent}” (${q}), ${select.value} looks at ${told.join(", ")}.`;
    };
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -n, End: n };
    tokens.forEach((token, i) => {
      const choose = () => show((chosen = i));
      token.setAttribute("role", "button");
      token.setAttribute("aria-label", `${token.textContent}, token ${i}`);
      token.addEventListener("pointerenter", () => show(i));
      token.addEventListener("focus", choose);
      token.addEventListener("click", choose);
      token.addEventListener("keydown", (event) => {
        if (!step[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation(); /* a notebook has keys of its own */
        tokens[Math.max(0, Math.min(n - 1, i + step[event.key]))].focus();
      });
    });
    box.querySelector(".hk-tokens").addEventListener("pointerleave", () => show(chosen));
    select.addEventListener("change", () => show(shown));
    select.addEventListener("keydown", (event) => event.stopPropagation());
    box.querySelector("details").open = false;
    show(chosen);
  };
  document.querySelectorAll('.hk-look[data-of="OF"]:not([data-on])').forEach(explore);
})();
