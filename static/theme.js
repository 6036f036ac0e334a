// Runs before the first paint, so that a saved theme does not flash and the page knows that scripts run.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const saved = localStorage.getItem("segmenta-theme");
    if (saved === "light" || saved === "dark") root.dataset.theme = saved;
  } catch {
    // Storage can be switched off; the system's theme is used then.
  }
})();
