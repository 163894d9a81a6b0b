// Reading long texts: find, wrap, copy. The texts themselves are on the page without it.
// In the browser only the wish to wrap is kept, never a text.

"use strict";

{
  const WRAP = "refusalhub.wrap";
  // More marks than this slow a page down; the count says that there are more.
  const MOST_MARKS = 5000;
  const TYPING_PAUSE = 200;

  // Wrapping: one wish for every text.

  const storedWrap = () => {
    try {
      return localStorage.getItem(WRAP) !== "off";
    } catch {
      return true; // the browser keeps nothing for this site
    }
  };

  function showWrap(wraps, root = document) {
    document.documentElement.classList.toggle("no-wrap", !wraps);
    for (const button of root.querySelectorAll("[data-wrap]")) button.setAttribute("aria-pressed", wraps);
  }

  function toggleWrap(button) {
    const wraps = button.getAttribute("aria-pressed") !== "true";
    showWrap(wraps);
    try {
      localStorage.setItem(WRAP, wraps ? "on" : "off");
    } catch {
      // The wish holds for this page alone.
    }
  }

  // Copying: what is shown folded or laid out is fetched, so that the exact text is copied.

  async function copyWhole(address) {
    const text = fetch(address).then((response) => {
      if (!response.ok) throw new Error(`error ${response.status}`);
      return response.blob();
    });
    try {
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      toast(translated("Copied"));
    } catch {
      toast(translated("That could not be copied. Open the plain text instead."));
    }
  }

  // What is selected by hand in a text as written is copied to the character: without the line
  // feeds that a browser puts between two rows of one long line.
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const within = range.commonAncestorContainer;
    const element = within.nodeType === Node.ELEMENT_NODE ? within : within.parentElement;
    if (!element?.closest(".text.written")) return;
    const copied = range.cloneContents();
    for (const rest of copied.querySelectorAll(".rest")) rest.remove();
    event.clipboardData.setData("text/plain", copied.textContent);
    event.preventDefault();
  });

  // Finding: in all texts of one `.reading`, one search at a time on a page.

  const found = { reading: null, query: "", ranges: [], many: false, at: -1 };
  const canMark = "highlights" in CSS;

  function forget() {
    if (canMark) for (const name of ["found", "found-here"]) CSS.highlights.delete(name);
    Object.assign(found, { reading: null, query: "", ranges: [], many: false, at: -1 });
  }

  /** The text nodes of an element with where each begins in the whole. */
  function piecesOf(text) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest(".rest") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    );
    const pieces = [];
    let length = 0;
    while (walker.nextNode()) {
      pieces.push({ node: walker.currentNode, start: length });
      length += walker.currentNode.length;
    }
    return pieces;
  }

  /** The piece that holds a character: the last that begins at or before it. */
  function pieceAt(pieces, place) {
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (pieces[middle].start <= place) low = middle;
      else high = middle - 1;
    }
    return pieces[low];
  }

  function rangeOf(pieces, start, end) {
    const range = new Range();
    const first = pieceAt(pieces, start);
    const last = pieceAt(pieces, end - 1);
    range.setStart(first.node, start - first.start);
    range.setEnd(last.node, end - last.start);
    return range;
  }

  /** Every place where the words stand, upper or lower case alike. */
  function search(reading, words) {
    const pattern = new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
    const ranges = [];
    for (const text of reading.querySelectorAll(".text")) {
      const pieces = piecesOf(text);
      const whole = pieces.map(({ node }) => node.data).join("");
      for (const match of whole.matchAll(pattern)) {
        if (ranges.length === MOST_MARKS) return { ranges, many: true };
        ranges.push(rangeOf(pieces, match.index, match.index + match[0].length));
      }
    }
    return { ranges, many: false };
  }

  /** Load what is folded, portion by portion. Says whether all of it came. */
  async function unfold(reading) {
    for (let rest = reading.querySelector(".rest"); rest; rest = reading.querySelector(".rest")) {
      const address = rest.querySelector("[hx-get]").getAttribute("hx-get");
      await htmx.ajax("GET", address, { source: rest, target: rest, swap: "outerHTML" });
      if (rest.isConnected) return false;
    }
    return true;
  }

  function say(reading, text) {
    reading.querySelector(".find-box output").textContent = text;
  }

  function sayPlace(reading) {
    const words = reading.querySelector(".find-box output").dataset;
    if (!found.ranges.length) {
      say(reading, found.query ? words.nothing : "");
      return;
    }
    const sentence = found.many ? words.foundMany : words.found;
    const number = (n) => n.toLocaleString(document.documentElement.lang);
    say(reading, sentence.replace("{at}", number(found.at + 1)).replace("{all}", number(found.ranges.length)));
  }

  function goTo(reading, at) {
    found.at = (at + found.ranges.length) % found.ranges.length;
    const here = found.ranges[found.at];
    const element = here.startContainer.parentElement;
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (canMark) {
      const mark = new Highlight(here);
      mark.priority = 1;
      CSS.highlights.set("found-here", mark);
    } else {
      getSelection().removeAllRanges();
      getSelection().addRange(here);
    }
    bringIntoView(element, here);
    sayPlace(reading);
  }

  /** A row may be much longer than what is in sight: first the row, then the very place in its text. */
  function bringIntoView(element, range) {
    element.scrollIntoView({ block: "nearest" });
    const text = element.closest(".text");
    const [box, place] = [text.getBoundingClientRect(), range.getBoundingClientRect()];
    if (place.top < box.top || place.bottom > box.bottom) text.scrollTop += place.top - box.top - box.height / 2;
    if (place.left < box.left || place.right > box.right) text.scrollLeft += place.left - box.left - box.width / 2;
    const shown = range.getBoundingClientRect();
    if (shown.top < 0 || shown.bottom > innerHeight) scrollBy(0, shown.top - innerHeight / 2);
  }

  async function find(reading) {
    const input = reading.querySelector(".find-box input");
    const words = input.value;
    if (words && reading.querySelector(".rest")) {
      say(reading, reading.querySelector(".find-box output").dataset.loading);
      const whole = await unfold(reading);
      if (input.value !== words) return; // somebody went on typing, and that search is on its way
      if (!whole) {
        say(reading, reading.querySelector(".find-box output").dataset.failed);
        return;
      }
    }
    forget();
    Object.assign(found, { reading, query: words }, words ? search(reading, words) : {});
    if (canMark && found.ranges.length) CSS.highlights.set("found", new Highlight(...found.ranges));
    if (found.ranges.length) goTo(reading, 0);
    else sayPlace(reading);
  }

  let typing;

  async function step(reading, by) {
    clearTimeout(typing);
    const words = reading.querySelector(".find-box input").value;
    const isCurrent = found.reading === reading && found.query === words;
    if (!isCurrent || found.ranges.some((range) => !range.startContainer.isConnected)) await find(reading);
    else if (found.ranges.length) goTo(reading, found.at + by);
  }

  function openFind(reading) {
    reading.querySelector(".find-box").hidden = false;
    reading.querySelector("[data-find]").setAttribute("aria-expanded", "true");
    reading.querySelector(".find-box input").select();
    reading.querySelector(".find-box input").focus();
  }

  function closeFind(reading) {
    if (found.reading === reading) forget();
    clearTimeout(typing);
    say(reading, "");
    reading.querySelector(".find-box").hidden = true;
    reading.querySelector("[data-find]").setAttribute("aria-expanded", "false");
    reading.querySelector("[data-find]").focus();
  }

  // One set of listeners for all texts, also for those that a swap brings.

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const reading = button?.closest(".reading");
    if (!reading) return;
    if (button.dataset.copyFrom) copyWhole(button.dataset.copyFrom);
    if ("wrap" in button.dataset) toggleWrap(button);
    if ("find" in button.dataset) {
      if (button.getAttribute("aria-expanded") === "true") closeFind(reading);
      else openFind(reading);
    }
    if ("findClose" in button.dataset) closeFind(reading);
    if (button.dataset.step) step(reading, Number(button.dataset.step));
  });

  document.addEventListener("input", (event) => {
    if (!event.target.matches(".find-box input")) return;
    const reading = event.target.closest(".reading");
    clearTimeout(typing);
    typing = setTimeout(() => find(reading), TYPING_PAUSE);
  });

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.(".find-box");
    if (!box) return;
    if (event.key === "Escape") {
      event.preventDefault();
      closeFind(box.closest(".reading"));
    } else if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      step(box.closest(".reading"), event.shiftKey ? -1 : 1);
    }
  });

  document.addEventListener("DOMContentLoaded", () => showWrap(storedWrap()));

  document.addEventListener("htmx:afterSettle", (event) => {
    showWrap(storedWrap(), event.target);
    // The link that brought further rows is gone, and with it the focus: it goes on to these rows.
    const isLost = document.activeElement === document.body;
    if (isLost && event.target.matches(".rows")) event.target.focus({ preventScroll: true });
  });
}
