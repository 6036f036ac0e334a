// Files that are sent: dropped or chosen, listed before they go, with progress and a way to stop. Without this file the form
// is sent as it is.
import { showToast } from "./toast.js";

const UNITS = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];

function size(bytes) {
  const unit = UNITS.find(([least]) => bytes >= least);
  return unit ? `${(bytes / unit[0]).toFixed(1)} ${unit[1]}` : `${bytes} bytes`;
}

const chosen = (form) => [...form.querySelector('input[type="file"]').files];
const total = (form) => chosen(form).reduce((sum, file) => sum + file.size, 0);

function list(form) {
  const place = form.querySelector("[data-upload-files]");
  if (!place) return;
  place.replaceChildren(
    ...chosen(form).map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name}, ${size(file.size)}`;
      return item;
    }),
  );
  place.hidden = place.children.length === 0;
}

// Says at once what the server would say only after everything was sent.
function problem(form) {
  const names = chosen(form).map((file) => file.name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) return `Two files are named ${twice}; rename one of them.`;
  if (total(form) > Number(form.dataset.limit)) {
    return `The files are larger than the ${form.dataset.limitText} this server accepts at once; use segmenta import.`;
  }
  return "";
}

function busy(form, request) {
  form.querySelector("[data-upload-progress]").hidden = request === null;
  form.querySelector("[data-upload-cancel]").hidden = request === null;
  form.querySelector('button[type="submit"]').disabled = request !== null;
  form.request = request;
}

function receive(form, request) {
  busy(form, null);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  if (request.status >= 200 && request.status < 300) {
    // A quick job may be over when its page is there; the mark says that nobody has seen its result yet.
    const address = new URL(request.responseURL);
    if (address.pathname.startsWith("/jobs/")) address.hash = "started";
    location.assign(address.href);
    return;
  }
  const words = page.querySelector("[data-error-message]")?.textContent.trim();
  showToast(words || `The server answered with an error (${request.status}). Nothing was kept.`);
}

function send(form) {
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  const text = form.querySelector("[data-upload-text]");
  text.textContent = "Sending";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    text.textContent = `${size(event.loaded)} of ${size(event.total)} sent`;
  });
  request.upload.addEventListener("load", () => (text.textContent = "Looking at the files"));
  request.addEventListener("load", () => receive(form, request));
  request.addEventListener("error", () => {
    busy(form, null);
    showToast("The upload was cut off. Nothing was kept; try again.");
  });
  request.addEventListener("abort", () => {
    busy(form, null);
    showToast("The upload was cancelled. Nothing was kept.");
  });
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("accept", "text/html");
  busy(form, request);
  request.send(new FormData(form));
}

function drop(event) {
  const form = event.target.closest?.("form[data-upload]");
  if (!form || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.querySelector("[data-drop]").classList.toggle("over", event.type === "dragover");
  if (event.type !== "drop") return;
  form.querySelector('input[type="file"]').files = event.dataTransfer.files;
  list(form);
}

export function startUploads() {
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, drop);
  document.addEventListener("dragleave", (event) => event.target.closest?.("[data-drop]")?.classList.remove("over"));
  document.addEventListener("change", (event) => {
    if (event.target.matches('form[data-upload] input[type="file"]')) list(event.target.form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]")) return;
    event.preventDefault();
    const words = problem(form);
    if (words) showToast(words);
    else send(form);
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("[data-upload-cancel]")) event.target.form.request?.abort();
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-upload]").forEach(list));
}
