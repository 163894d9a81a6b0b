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

async function post(address, fields = {}, signal = null) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token(), ...fields });
  return fetch(address, { method: "POST", body, signal, headers: { accept: "application/json" } });
}

// Claims. A page that is only reloaded is left and comes back: the tab remembers that it held the case.
//
// What a page says as it is left may arrive after its person has opened the case again. So a page renews
// its claim as soon as it is there, and gives back only the claim that it knows of, by when that ends.

const HELD_HERE = "held-here";
let heldUntil = null;
let renewing = null;

function isMine() {
  return bar()?.hasAttribute("data-mine") ?? false;
}

function know(until) {
  if (!heldUntil || new Date(until) > new Date(heldUntil)) heldUntil = until;
}

async function renew() {
  const address = bar()?.dataset.claim;
  if (!address || onItsWay || document.visibilityState !== "visible") return;
  const wasMine = isMine();
  if (!wasMine && sessionStorage.getItem(HELD_HERE) !== location.pathname) return;
  renewing = new AbortController();
  try {
    const answer = await post(address, {}, renewing.signal);
    const { said, until } = await answer.json();
    if (answer.ok) {
      know(until);
    } else {
      heldUntil = null;
      sessionStorage.removeItem(HELD_HERE);
      toast(said);
      document.body.dispatchEvent(new Event("cases-changed"));
    }
  } catch {
    return; // The network is away, or a decision is: the claim has minutes to run, and the next beat tries again.
  }
  if (!wasMine) document.body.dispatchEvent(new Event("cases-changed"));
}

setInterval(renew, RENEW_EVERY);
document.addEventListener("visibilitychange", renew);

function remember() {
  if (!isMine()) {
    heldUntil = null;
    return;
  }
  sessionStorage.setItem(HELD_HERE, location.pathname);
  know(bar().dataset.heldUntil);
}

document.addEventListener("DOMContentLoaded", () => {
  remember();
  renew();
});
document.addEventListener("htmx:afterSettle", remember);

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-decision]")) renewing?.abort(); // or it would ask for a case that is settled
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
  if (heldUntil) navigator.sendBeacon(bar().dataset.giveBack, beacon({ until: heldUntil }));
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
