// Entry: starts the parts of the front end and wires the theme switch. Every part listens on the
// document, so content that navigate.js swaps in works without being wired again.
import { startNavigation } from "./navigate.js";
import { startCharts } from "./charts.js";
import { startFilters } from "./filters.js";
import { startJobs } from "./jobs.js";
import { startForms } from "./forms.js";
import { startEditing } from "./edit.js";
import { startImport } from "./import.js";
import { startUploads } from "./upload.js";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function currentTheme() {
  return document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light");
}

function announceTheme() {
  document.dispatchEvent(new CustomEvent("theme:changed"));
}

function switchTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("segmenta-theme", theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  announceTheme();
}

function startThemeSwitch() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.hidden = false;
    button.addEventListener("click", switchTheme);
  }
  systemDark.addEventListener("change", announceTheme);
}

startThemeSwitch();
startFilters();
startForms();
startUploads();
startImport();
startEditing();
startNavigation();
startCharts();
startJobs();
