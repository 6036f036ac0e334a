// Editing a data set: the ledger follows what is typed, and a rule shows its own fields only. Without this file there is a
// button for the preview.
import { showToast } from "./toast.js";

const WAIT_MS = 350;
let timer = 0;
let running = false; // one answer at a time: each reads the whole data
let again = false;

function showFields(row) {
  const kind = row.querySelector("select[data-rule]").value;
  for (const field of row.querySelectorAll("[data-rule-field]")) {
    field.hidden = !field.dataset.ruleField.split(" ").includes(kind);
  }
}

const names = (row) => row.querySelectorAll("[name]");

// An empty row is kept at the end of each list, so that there is always a place for one more.
function keepSpare(row, kind) {
  const next = row.nextElementSibling;
  if (next?.matches(`.${kind}`)) return;
  const copy = row.cloneNode(true);
  for (const control of names(copy)) {
    control.name = control.name.replace(/\.([rd])(\d+)\./, (_, letter, at) => `.${letter}${Number(at) + 1}.`);
    if (control.name.endsWith(".at")) control.value = Number(control.value) + 1;
    else if (control.tagName === "SELECT") control.selectedIndex = 0;
    else control.value = "";
  }
  row.after(copy);
  if (kind === "rule") showFields(copy);
}

async function preview(form) {
  if (running) {
    again = true;
    return;
  }
  running = true;
  const live = document.querySelector("#live");
  live.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.edit, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("#live");
    if (next) live.replaceChildren(...document.adoptNode(next).childNodes);
    else showToast(page.querySelector("[data-error-message]")?.textContent.trim() || "The server answered with an error.");
  } catch {
    showToast("The server does not answer. Is the program still running?");
  }
  running = false;
  live.removeAttribute("aria-busy");
  if (again) {
    again = false;
    preview(form);
  }
}

function onInput(event) {
  const form = event.target.form;
  if (!form?.matches("form[data-edit]")) return;
  const rule = event.target.closest("[data-rule-row]");
  if (event.target.matches("select[data-rule]")) {
    showFields(rule);
    if (event.target.value !== "") keepSpare(rule, "rule");
  }
  const derived = event.target.closest(".derived");
  if (derived && event.target.value !== "") keepSpare(derived, "derived");
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), WAIT_MS);
}

const enhance = () => document.querySelectorAll("form[data-edit] [data-rule-row]").forEach(showFields);

export function startEditing() {
  document.addEventListener("input", onInput);
  document.addEventListener("content:changed", enhance);
  addEventListener("pageshow", enhance);
  enhance();
}
