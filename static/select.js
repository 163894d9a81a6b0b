// Selecting rows of a list: one box ticks them all, and the bar says how many there are. Without
// script the box selects the page by itself, for its value names every row of it.

"use strict";

document.addEventListener("change", (event) => {
  const card = event.target.closest(".card");
  const all = card?.querySelector("[data-select-all]");
  if (!all) return;
  const rows = [...card.querySelectorAll("[data-select]")];
  if (event.target === all) {
    for (const row of rows) row.checked = all.checked;
  } else {
    all.checked = rows.every((row) => row.checked);
  }
  card.querySelector("[data-selected]").textContent = rows.filter((row) => row.checked).length;
});
