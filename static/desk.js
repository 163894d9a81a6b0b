// A person at work on one case: the claim is renewed while the page is seen and given back when it is
// left, what they type is kept, and the time to undo is counted down.
//
// The page works without: a claim then runs out by itself, and a form is kept when it is submitted.

"use strict";

const RENEW_EVERY = 60_000; // milliseconds; a claim holds for ten minutes
const SAVE_AFTER = 600;

function bar() {
  return document.getElementById("bar");
}

function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function post(address, fields = {}) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token(), ...fields });
  return fetch(address, { method: "POST", body, headers: { accept: "application/json" } });
}

// Claims. A page that is only reloaded is left and comes back: the tab remembers that it held the case.

const HELD_HERE = "held-here";

function isMine() {
  return bar()?.hasAttribute("data-mine") ?? false;
}

async function renew() {
  const address = bar()?.dataset.claim;
  if (!address || onItsWay || document.visibilityState !== "visible") return;
  const wasMine = isMine();
  if (!wasMine && sessionStorage.getItem(HELD_HERE) !== location.pathname) return;
  try {
    const answer = await post(address);
    if (!answer.ok) {
      sessionStorage.removeItem(HELD_HERE);
      const { said } = await answer.json();
      toast(said);
      document.body.dispatchEvent(new Event("cases-changed"));
    }
  } catch {
    return; // The network is away: the claim still has minutes to run, and the next beat tries again.
  }
  if (!wasMine) document.body.dispatchEvent(new Event("cases-changed"));
}

setInterval(renew, RENEW_EVERY);
document.addEventListener("visibilitychange", renew);

function remember() {
  if (isMine()) sessionStorage.setItem(HELD_HERE, location.pathname);
}

document.addEventListener("DOMContentLoaded", () => {
  if (isMine()) remember();
  else renew();
});
document.addEventListener("htmx:afterSettle", remember);

document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action")?.includes("/give-back/")) sessionStorage.removeItem(HELD_HERE);
});

// Drafts. Saved a moment after the last key; what is not saved yet goes with the page when it is left.

const waiting = new Map();

function fieldsOf(form) {
  const texts = ([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string"; // no files
  return Object.fromEntries([...new FormData(form)].filter(texts));
}

async function save(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const state = form.querySelector(".draft-state");
  try {
    const answer = await post(form.dataset.draft, fieldsOf(form));
    if (!answer.ok) throw new Error(String(answer.status));
    const { said } = await answer.json();
    if (state) state.textContent = said;
  } catch {
    if (state) state.textContent = state.dataset.failed ?? "";
    return;
  }
  if (!isMine()) document.body.dispatchEvent(new Event("cases-changed"));
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(save, SAVE_AFTER, form));
});

// A form that is sent needs no draft: what is left of the wait would write one after it was settled.

document.addEventListener("submit", (event) => {
  clearTimeout(waiting.get(event.target));
  waiting.delete(event.target);
}, true);

addEventListener("pagehide", () => {
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    navigator.sendBeacon(form.dataset.draft, beacon({ ...fieldsOf(form), leaving: "1" }));
  }
  waiting.clear();
  if (isMine()) navigator.sendBeacon(bar().dataset.giveBack, beacon({ leaving: "1" }));
});

function beacon(fields) {
  return new URLSearchParams({ csrfmiddlewaretoken: token(), ...fields });
}

// The time to undo.

setInterval(() => {
  for (const button of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((new Date(button.dataset.until) - Date.now()) / 1000);
    if (left <= 0) button.closest("form").remove();
    else if (left <= 60) button.dataset.left = translated("{seconds} s", { seconds: left });
  }
}, 250);
