// Follows a job while it runs, so that nobody has to look again by hand.
import { showToast } from "./toast.js";

const END_STATES = ["done", "failed", "cancelled"];
const RETRY_MS = 2000;
const RESULT_DELAY_MS = 400;
let followed = null;

function show(section, status) {
  section.dataset.phase = status.phase;
  const message = section.querySelector("[data-job-message]");
  if (message && status.message) message.textContent = status.message;
  const progress = section.querySelector("[data-job-progress]");
  if (progress && Number.isFinite(status.fraction)) {
    progress.value = status.fraction;
    progress.textContent = `${Math.round(status.fraction * 100)} %`;
  }
}

function finish(section, status) {
  if (status.phase === "done" && status.result) {
    setTimeout(() => section.isConnected && location.assign(status.result), RESULT_DELAY_MS);
  } else {
    location.reload();
  }
}

// Without a live connection the server's own page is the truth; it is loaded as soon as it answers.
function reloadWhenAnswered(section) {
  setTimeout(async () => {
    if (!section.isConnected) return;
    try {
      await fetch(location.href, { cache: "no-store" });
      location.reload();
    } catch {
      showToast("The server does not answer. Is the program still running?");
      reloadWhenAnswered(section);
    }
  }, RETRY_MS);
}

function follow(section) {
  const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(section.dataset.job)}/events`);
  followed = { section, source };
  source.addEventListener("message", (event) => {
    const status = JSON.parse(event.data);
    show(section, status);
    if (!END_STATES.includes(status.phase)) return;
    source.close();
    finish(section, status);
  });
  source.addEventListener("error", () => {
    source.close();
    reloadWhenAnswered(section);
  });
}

async function cancel(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST" });
    if (!response.ok) throw new Error(response.statusText);
  } catch {
    button.disabled = false;
    showToast("The job could not be cancelled. Try again, or wait for it to end.");
  }
}

function enhance() {
  if (followed && !followed.section.isConnected) {
    followed.source.close();
    followed = null;
  }
  const section = document.querySelector("[data-job]");
  const result = section?.querySelector("[data-job-result]");
  if (result && location.hash === "#started") location.replace(result.getAttribute("href"));
  if (section && section !== followed?.section && !END_STATES.includes(section.dataset.phase)) follow(section);
}

export function startJobs() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-job-cancel]")) return;
    event.preventDefault();
    cancel(event.target);
  });
  document.addEventListener("content:changed", enhance);
  enhance();
}
