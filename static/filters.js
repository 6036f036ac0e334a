// Two-handled sliders over the number and date boxes of the filter panel. The boxes hold the truth
// (they are what the form sends); a slider only writes into them and says "change" once, on release.
const DAY_MS = 86_400_000;
const SMALL_SCREEN = "(max-width: 900px)";

function parts(range) {
  const find = (selector) => range.querySelector(selector);
  return {
    range,
    isDate: range.hasAttribute("data-date"),
    low: Number(range.dataset.low),
    high: Number(range.dataset.high),
    between: find("[data-between]"),
    min: { slider: find('[data-slider="min"]'), box: find('[data-bound="min"]') },
    max: { slider: find('[data-slider="max"]'), box: find('[data-bound="max"]') },
  };
}

function toText(value, isDate) {
  return isDate ? new Date(value * DAY_MS).toISOString().slice(0, 10) : String(Number(value.toPrecision(12)));
}

function toNumber(text, isDate) {
  if (text === "") return null;
  const value = isDate ? Date.parse(text) / DAY_MS : Number(text);
  return Number.isFinite(value) ? value : null;
}

// Steps need not divide the range, so the last reachable step counts as the end.
function isAtEnd(end, slider, { low, high }) {
  const value = Number(slider.value);
  return end === "min" ? value <= low : value > high - Number(slider.step) * 0.999;
}

function showBetween(p) {
  const width = p.high - p.low;
  const share = (value) => (width > 0 ? Math.min(100, Math.max(0, ((value - p.low) / width) * 100)) : 0);
  const upper = isAtEnd("max", p.max.slider, p) ? p.high : Number(p.max.slider.value);
  p.between.style.left = `${share(Number(p.min.slider.value))}%`;
  p.between.style.right = `${width > 0 ? 100 - share(upper) : 0}%`;
  // With both handles at the upper end only the lower one can move, so it must lie on top.
  p.min.slider.classList.toggle("on-top", share(Number(p.min.slider.value)) > 50);
  for (const end of ["min", "max"]) {
    p[end].slider.setAttribute("aria-valuetext", toText(snapped(p[end].slider, p), p.isDate));
  }
}

// Sliders step from the lowest value on; multiples of the step are easier to read.
function snapped(slider, { low, high }) {
  const step = Number(slider.step);
  return Math.min(high, Math.max(low, Math.round(Number(slider.value) / step) * step));
}

function fromSlider(slider) {
  const p = parts(slider.closest("[data-range]"));
  const end = slider.dataset.slider;
  const other = end === "min" ? p.max.slider : p.min.slider;
  const passes = end === "min" ? Number(slider.value) > Number(other.value) : Number(slider.value) < Number(other.value);
  if (passes) slider.value = other.value;
  p[end].box.value = isAtEnd(end, slider, p) ? "" : toText(snapped(slider, p), p.isDate);
  showBetween(p);
  return p[end].box;
}

function fromBoxes(range) {
  const p = parts(range);
  p.min.slider.value = toNumber(p.min.box.value, p.isDate) ?? p.low;
  p.max.slider.value = toNumber(p.max.box.value, p.isDate) ?? p.high;
  showBetween(p);
}

function enhance() {
  foldOnSmallScreens();
  for (const range of document.querySelectorAll("[data-range]")) {
    const sliders = range.querySelector("[data-sliders]");
    if (!sliders?.hidden) continue;
    sliders.hidden = false;
    fromBoxes(range);
  }
}

// On small screens the panel would push the content away; navigate.js opens it again where it was open.
function foldOnSmallScreens() {
  if (!matchMedia(SMALL_SCREEN).matches) return;
  for (const fold of document.querySelectorAll(".filters-fold")) fold.open = false;
}

export function startFilters() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-slider]")) fromSlider(event.target);
    else if (event.target.matches("[data-bound]")) fromBoxes(event.target.closest("[data-range]"));
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-slider]")) return;
    event.stopImmediatePropagation();
    fromSlider(event.target).dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("content:changed", enhance);
  enhance();
}
