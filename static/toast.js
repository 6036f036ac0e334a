// One place for messages that need no page of their own: what went wrong, and that nothing was lost.
const SHOWN_FOR_MS = 8000;
let timer = 0;

export function showToast(text) {
  const toast = document.querySelector("[data-toast]");
  if (!toast) return;
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(hideToast, SHOWN_FOR_MS);
}

export function hideToast() {
  clearTimeout(timer);
  const toast = document.querySelector("[data-toast]");
  if (toast) toast.hidden = true;
}

// A live region that stays on the page; one that is swapped in with its text is not read out.
export function announce(text) {
  let region = document.querySelector("[data-announcer]");
  if (!region) {
    region = document.createElement("div");
    region.className = "visually-hidden";
    region.dataset.announcer = "";
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  if (region.textContent !== text) region.textContent = text;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideToast();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-toast]")) hideToast();
});
