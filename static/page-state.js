// What the reader has set up on a page and the server does not know: focus, caret, open folds and
// scroll positions. Taken before content is swapped and put back after it, so that nothing jumps.

function ownerId(element) {
  const owner = element.closest("[data-segment], [data-chart], section[id]");
  return owner ? (owner.dataset.segment ?? owner.id) : "";
}

function foldKey(details) {
  return `${ownerId(details)}|${details.dataset.filter ?? details.className}`;
}

function plainText(element) {
  return element.textContent.replace(/[^\p{L}\p{N} ]/gu, "").trim();
}

// How to find the same control again in new content: a list of selectors and, for links, the text.
function describeFocus(content) {
  const element = document.activeElement;
  if (!element || element === document.body || !content.contains(element)) return null;
  const fold = element.closest("details[data-filter]");
  const inFold = fold ? `details[data-filter="${CSS.escape(fold.dataset.filter)}"] ` : "";
  const described = { selectors: [], text: null, value: null, caret: null, top: null };
  if (element.id) described.selectors.push(`#${CSS.escape(element.id)}`);
  if (element.name && element.form) {
    const value = ["checkbox", "radio"].includes(element.type) ? `[value="${CSS.escape(element.value)}"]` : "";
    described.selectors.push(`[name="${CSS.escape(element.name)}"]${value}:not([type="hidden"])`);
  }
  if (element.dataset.slider) described.selectors.push(`${inFold}[data-slider="${element.dataset.slider}"]`);
  if (element.tagName === "SUMMARY" && fold) described.selectors.push(`${inFold}> summary`);
  if (element.tagName === "A") described.text = plainText(element);
  if (element.matches('input:is([type="text"], [type="search"], [type="number"], [type="date"])')) {
    described.value = element.value;
    if (typeof element.selectionStart === "number") described.caret = [element.selectionStart, element.selectionEnd];
  }
  described.isChip = element.matches(".chip, .reset");
  if (element.closest("main")) described.top = element.getBoundingClientRect().top;
  return described;
}

function findAgain(focus, content) {
  for (const selector of focus.selectors) {
    const found = content.querySelector(selector);
    if (found) return found;
  }
  if (focus.text) {
    const found = [...content.querySelectorAll("a")].find((link) => plainText(link) === focus.text);
    if (found) return found;
  }
  return focus.isChip ? (content.querySelector(".selection a") ?? content.querySelector("main")) : null;
}

function restoreFocus(focus, content, keepText) {
  const element = findAgain(focus, content);
  if (!element) return;
  element.focus({ preventScroll: true });
  if (keepText && focus.value !== null) element.value = focus.value;
  if (keepText && focus.caret) element.setSelectionRange(...focus.caret);
  if (focus.top !== null && !focus.isChip) scrollBy(0, element.getBoundingClientRect().top - focus.top);
}

function scrollersOf(content) {
  const seen = new Map();
  return [...content.querySelectorAll(".filters, .tabs, .scroll")].map((element) => {
    const base = `${ownerId(element)}|${element.className}`;
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    return [`${base}|${count}`, element];
  });
}

export function takeState(content) {
  return {
    y: scrollY,
    focus: describeFocus(content),
    folds: new Map([...content.querySelectorAll("details:not(.menu)")].map((fold) => [foldKey(fold), fold.open])),
    scrollers: new Map(scrollersOf(content).map(([key, element]) => [key, [element.scrollLeft, element.scrollTop]])),
  };
}

// `samePlace`: the same page with other settings; `keepText`: what is typed is newer than the content.
export function putState(state, content, { samePlace, keepText }) {
  for (const fold of content.querySelectorAll("details:not(.menu)")) {
    const open = state.folds.get(foldKey(fold));
    if (open !== undefined) fold.open = open;
  }
  for (const [key, element] of scrollersOf(content)) {
    const position = state.scrollers.get(key);
    if (position && (samePlace || !element.matches(".scroll"))) [element.scrollLeft, element.scrollTop] = position;
  }
  if (!samePlace) return;
  scrollTo(0, state.y);
  if (state.focus) restoreFocus(state.focus, content, keepText);
}
