/* The palette that the reader chose, or the system's; runs before the page is drawn. */
(() => {
  "use strict";
  const system = "(prefers-color-scheme)";
  const kept = window.__md_get("__palette");
  const palette = kept && kept.color ? kept : { color: { media: system } };
  if (palette.color.media === system) {
    const media = matchMedia("(prefers-color-scheme: light)").matches ? "(prefers-color-scheme: light)" : "(prefers-color-scheme: dark)";
    const input = document.querySelector(`[data-md-color-media='${media}']`);
    for (const key of ["media", "scheme", "primary", "accent"]) palette.color[key] = input.getAttribute(`data-md-color-${key}`);
  }
  for (const [key, value] of Object.entries(palette.color)) document.body.setAttribute(`data-md-color-${key}`, value);
})();
