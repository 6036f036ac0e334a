// In-place updates: forms and links fetch the next page and swap its content in, so that a filter
// moves only what depends on it. Everything also works as plain pages, without this file.
import { announce, hideToast, showToast } from "./toast.js";
import { putState, takeState } from "./page-state.js";

const CHANGE_DELAY_MS = 120;
const SEARCH_DELAY_MS = 300;
const PROGRESS_DELAY_MS = 150;
const SAME_CONTROL_MS = 1000;

let shown = location.href; // the address whose content is on the page
let pending = null; // the address asked for and not yet shown
let controller = null;
let delay = 0;
let progressDelay = 0;
let stalled = false; // whether a pending address waits for a handle to be released
let lastEntry = { key: null, time: 0 };

const withoutHash = (address) => address.split("#", 1)[0];

function setProgress(busy) {
  clearTimeout(progressDelay);
  const line = document.querySelector("[data-progress-line]");
  const content = document.querySelector("[data-content]");
  if (!line || !content) return;
  if (busy) {
    progressDelay = setTimeout(() => (line.hidden = false), PROGRESS_DELAY_MS);
    content.setAttribute("aria-busy", "true");
  } else {
    line.hidden = true;
    content.removeAttribute("aria-busy");
  }
}

function stopPending() {
  clearTimeout(delay);
  controller?.abort();
  controller = null;
  pending = null;
  stalled = false;
  setProgress(false);
}

// The address a form asks for. While another address is pending, only this form's own controls are
// laid over it, or the change before would be lost.
function addressOf(form) {
  const address = new URL(form.getAttribute("action") || withoutHash(location.href), location.href);
  const pairs = [...new FormData(form)].filter(([, value]) => typeof value === "string" && value.trim() !== "");
  const base = pending ? new URL(pending) : null;
  if (base?.pathname !== address.pathname) {
    address.search = new URLSearchParams(pairs);
    return address.href;
  }
  const own = new Set([...form.elements].filter((e) => e.name && e.type !== "hidden").map((e) => e.name));
  const kept = [...base.searchParams].filter(([name]) => !own.has(name));
  address.search = new URLSearchParams([...kept, ...pairs.filter(([name]) => own.has(name))]);
  return address.href;
}

function ask(address, options, wait = 0) {
  const same = address === (pending ?? shown);
  if (same && !stalled && !options.always) return;
  stopPending();
  pending = address;
  delay = setTimeout(() => load(address, options), wait);
}

async function load(address, options) {
  const mine = (controller = new AbortController());
  setProgress(true);
  try {
    const response = await fetch(address, { signal: mine.signal, headers: { accept: "text/html" } });
    const text = await response.text();
    if (mine === controller) receive(response, text, address, options);
  } catch (error) {
    if (error.name === "AbortError") return;
    showToast("The server does not answer. Is the program still running?");
  }
  if (mine === controller) stopPending();
}

function receive(response, text, address, options) {
  const isPage = (response.headers.get("content-type") ?? "").startsWith("text/html");
  const page = isPage ? new DOMParser().parseFromString(text, "text/html") : null;
  if (!response.ok) {
    const words = page?.querySelector("[data-error-message]")?.textContent.trim();
    showToast(words || `The server answered with an error (${response.status}).`);
    return;
  }
  // Not one of our pages, or one of a newer program: the browser loads it whole.
  if (!page?.querySelector("[data-content]") || page.body.dataset.plotly !== document.body.dataset.plotly) {
    location.assign(address);
    return;
  }
  const arrived = response.redirected ? response.url : address;
  hideToast();
  remember(arrived, options);
  swap(page, options);
  shown = arrived;
}

// Repeated changes of one control make one entry in the history.
function remember(address, { history: how, key = null }) {
  if (how === "none") return;
  const again = key !== null && key === lastEntry.key && performance.now() - lastEntry.time < SAME_CONTROL_MS;
  lastEntry = { key, time: performance.now() };
  if (again || how === "replace") {
    history.replaceState(history.state, "", address);
    return;
  }
  history.replaceState({ ...history.state, y: scrollY }, "");
  history.pushState({}, "", address);
}

function swap(page, { samePlace, y, history: how }) {
  const content = document.querySelector("[data-content]");
  const state = takeState(content);
  content.replaceChildren(...document.adoptNode(page.querySelector("[data-content]")).childNodes);
  document.title = page.title;
  swapFrame(page);
  document.dispatchEvent(new CustomEvent("content:changed"));
  putState(state, content, { samePlace, keepText: how !== "none" });
  announce(content.querySelector(".selection .count")?.textContent ?? "");
  if (samePlace) return;
  content.querySelector("main")?.focus({ preventScroll: true });
  scrollTo(0, y ?? 0);
}

// The rail and the name of the data set lie outside the content.
function swapFrame(page) {
  const rail = document.querySelector(".rail");
  const nextRail = page.querySelector(".rail");
  if (rail && nextRail && rail.innerHTML !== nextRail.innerHTML) rail.replaceChildren(...nextRail.childNodes);
  const name = document.querySelector(".topbar-dataset");
  const nextName = page.querySelector(".topbar-dataset");
  if (name && nextName) name.replaceWith(nextName);
  else if (name) name.remove();
  else if (nextName) document.querySelector(".brand")?.after(nextName);
}

function askForm(form, control, wait) {
  ask(addressOf(form), { history: "push", key: control.name, samePlace: true }, wait);
}

function onChange(event) {
  const form = event.target.form;
  if (!form?.matches("form[data-live]") || form.dataset.liveOn === "submit") return;
  askForm(form, event.target, CHANGE_DELAY_MS);
}

function onInput(event) {
  const form = event.target.form;
  if (!form?.matches("form[data-live]") || form.dataset.liveOn === "submit") return;
  if (event.target.type === "search") askForm(form, event.target, SEARCH_DELAY_MS);
  else if (event.target.type === "range") stopPendingSwap();
}

// A swap would take the handle out of the reader's hand; the release asks anew for everything.
function stopPendingSwap() {
  if (pending === null) return;
  const before = pending;
  stopPending();
  pending = before;
  stalled = true;
}

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-live]")) return;
  event.preventDefault();
  ask(addressOf(form), { history: "push", samePlace: true, always: form.dataset.liveOn === "submit" });
}

function onClick(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented) return;
  const inPlace = link.matches("[data-live-link]");
  if (!inPlace && !link.closest(".rail, .tabs")) return;
  const elsewhere = link.origin !== location.origin || link.hasAttribute("download") || link.target;
  if (elsewhere || !document.querySelector("[data-content]")) return;
  event.preventDefault();
  const how = withoutHash(link.href) === withoutHash(shown) ? "replace" : "push";
  ask(link.href, { history: how, samePlace: inPlace, always: true });
}

function onPopState(event) {
  if (withoutHash(location.href) === withoutHash(shown)) {
    shown = location.href;
    return;
  }
  const samePlace = new URL(shown).pathname === location.pathname;
  ask(location.href, { history: "none", samePlace, y: event.state?.y, always: true });
}

export function startNavigation() {
  document.addEventListener("change", onChange);
  document.addEventListener("input", onInput);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  addEventListener("popstate", onPopState);
}
