/* The home page: its field opens the search dialog, and its examples are asked there. Without scripts the examples are links to the answers. */
(() => {
  "use strict";
  const opener = document.querySelector(".hk-top .hk-find");
  if (!opener) return;
  const ask = (question) => {
    opener.click();
    const input = document.querySelector(".hk-search input");
    if (!input || !question) return;
    input.value = question;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  };
  document.querySelector(".hk-open").addEventListener("click", () => ask(""));
  document.querySelectorAll("[data-ask]").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      ask(link.dataset.ask);
    });
  });
})();
