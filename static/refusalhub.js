// The little script that every page loads. Pages work without it; it adds announcements, focus
// after a swap, copying, dismissing, closing menus and a question before what cannot be undone.

"use strict";

// Words. The page carries them in its language; a script asks by the English, and fills in what stands
// in braces.

const translations = JSON.parse(document.getElementById("words")?.textContent || "{}");

function translated(english, values = {}) {
  return (translations[english] ?? english).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Announcements. A view sends `HX-Trigger: {"announce": "12 cases"}` for screen readers alone,
// or `{"toast": "Case 12 upheld"}` to show it as well.

function announce(text) {
  document.getElementById("announce").textContent = text;
}

function toast(text) {
  const note = document.createElement("div");
  const words = document.createElement("span");
  const dismiss = document.createElement("button");
  note.className = "toast";
  words.textContent = text;
  dismiss.type = "button";
  dismiss.textContent = translated("Dismiss");
  dismiss.dataset.dismiss = ".toast";
  note.append(words, dismiss);
  document.getElementById("toasts").replaceChildren(note);
  announce(text);
}

document.addEventListener("announce", (event) => announce(event.detail.value));
document.addEventListener("toast", (event) => toast(event.detail.value));

// A request that failed changes nothing on the page, so the page has to say it.

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  toast(translated("That did not work (error {status}). Nothing on this page has changed.", { status }));
});

document.addEventListener("htmx:sendError", () => {
  toast(translated("The server cannot be reached. Nothing on this page has changed."));
});

// A session that ended answers with the login page; it must not land inside this one, nor may
// what was typed here be lost to a reload.

document.addEventListener("htmx:beforeSwap", (event) => {
  const { login } = document.body.dataset;
  const url = event.detail.xhr.responseURL;
  if (url && new URL(url).pathname === login && location.pathname !== login) {
    event.detail.shouldSwap = false;
    toast(translated("You have been signed out. Copy what you typed, then reload the page to sign in again."));
  }
});

// Focus: what arrives with data-focus (an error summary, the heading of the next case) takes it.

function focusIn(root) {
  const wanted = root.matches("[data-focus]") ? root : root.querySelector("[data-focus]");
  wanted?.focus();
}

document.addEventListener("DOMContentLoaded", () => focusIn(document.body));
document.addEventListener("htmx:afterSettle", (event) => focusIn(event.target));

// Copying and dismissing. What a diff strikes out is no part of the text.

async function copyFrom(selector) {
  const copied = document.querySelector(selector).cloneNode(true);
  for (const struck of copied.querySelectorAll("del")) struck.remove();
  try {
    await navigator.clipboard.writeText(copied.textContent);
    toast(translated("Copied"));
  } catch {
    getSelection().selectAllChildren(document.querySelector(selector));
    toast(translated("The browser does not allow copying here. The text is selected: press Ctrl+C."));
  }
}

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy.dataset.copy);

  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();

  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form with data-confirm asks first. Caught on the way down, before htmx sees the submit.

let confirmed = null;

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    const dialog = document.getElementById("confirm");
    if (!question || form === confirmed) return;

    event.preventDefault();
    event.stopImmediatePropagation();
    dialog.querySelector("p").textContent = question;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      confirmed = form;
      form.requestSubmit(event.submitter);
      confirmed = null;
    };
    dialog.showModal();
  },
  true,
);
