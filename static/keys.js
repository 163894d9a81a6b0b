// Keys: what can be done without the mouse. A control says which key presses it (data-key="j"); a list
// of rows (data-rows) is walked with j and k. Nothing here does what no control on the page does.
//
// Single letters rest while somebody types, while a dialog or a menu is open, while a key is held
// down, and where the person switched them off. One decision is on its way at a time.

"use strict";

const keysOn = document.body.dataset.shortcuts === "on";

// One decision at a time: from its submit until the page has its answer, or is another page.

let onItsWay = false;

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-decision]")) return;
  if (onItsWay) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-decision]") && !event.defaultPrevented) onItsWay = true;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-decision]")) onItsWay = true;
});

// What asked may be gone from the page by now, so the event names it.
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.requestConfig?.elt.matches("[data-decision]")) return;
  const leaves = event.detail.xhr?.getResponseHeader("HX-Redirect");
  if (!leaves) onItsWay = false;
});

addEventListener("pageshow", () => { onItsWay = false; });

// Where a key means a letter.

const TYPED_IN = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";

function isTyping(target) {
  return target instanceof Element && target.matches(TYPED_IN);
}

function isBusy() {
  return onItsWay || document.querySelector("dialog[open], details.menu[open]") !== null;
}

// Rows of a list: one of them is the current one, and its link has the focus.

function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")];
}

function currentRow() {
  return rows().find((row) => row.contains(document.activeElement));
}

function step(by) {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.indexOf(currentRow());
  const wanted = all[at === -1 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  wanted.querySelector("a.row-link").focus();
  wanted.scrollIntoView({ block: "nearest" });
  return true;
}

function inRow(key) {
  const row = currentRow();
  const control = { x: "input[data-select]", a: "form[data-claim] button" }[key];
  const found = control && row?.querySelector(control);
  found?.click();
  return Boolean(found);
}

// A control of the page that names the key. What opens (a summary) is opened and its first field takes the focus.

function press(key) {
  const controls = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  const control = controls.find((one) => one.checkVisibility() && !one.disabled);
  if (!control) return false;
  if (control.matches("summary")) {
    control.parentElement.open = true;
    const fields = control.parentElement;
    (fields.querySelector("textarea") ?? fields.querySelector("input:not([type=hidden])"))?.focus();
  } else if (isTyping(control)) {
    control.focus();
  } else {
    control.click();
  }
  return true;
}

// A reason that is offered: its decision opens, the reason stands in it, and waits for Ctrl+Enter.

function take(offer) {
  const { kind, text } = offer.dataset;
  const reason = document.getElementById(`${kind}-reason`);
  const fold = reason?.closest("details");
  if (!reason) return false;
  if (fold) fold.open = true;
  reason.value = text;
  reason.dispatchEvent(new Event("input", { bubbles: true }));
  reason.focus();
  return true;
}

document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-template]");
  if (offer) take(offer);
});

function taken(key) {
  const offer = /^[1-9]$/.test(key) && document.querySelector(`[data-template="${key}"]`);
  return Boolean(offer) && take(offer);
}

function handled(key) {
  if (key === "?") {
    document.getElementById("shortcuts").showModal();
    return true;
  }
  if (key === "j" && step(1)) return true;
  if (key === "k" && step(-1)) return true;
  return inRow(key) || taken(key) || press(key);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const { key, target } = event;

  if (key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    const form = target.closest?.("form[data-decision]");
    if (!form || isBusy()) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("button.primary"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "Escape" && isTyping(target)) {
    target.blur();
    return;
  }
  if (!keysOn || isTyping(target) || isBusy()) return;
  if (key.length === 1 && handled(key)) event.preventDefault();
});

// The hints show once the keys work.
if (keysOn) document.documentElement.classList.add("with-keys");
