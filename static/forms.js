// Forms that show only what the current choice needs: the train form's parameters by algorithm and
// weights by feature, and the limit on variables of the scatter matrix.
const MATRIX_LIMIT = 5;

function showParameters(select) {
  for (const part of select.form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(select.value);
  }
}

// A feature that is not chosen needs no weight.
function showWeights(form) {
  const chosen = new Set([...form.querySelectorAll('input[name="features"]:checked')].map((box) => box.value));
  for (const field of form.querySelectorAll("[data-weight]")) field.hidden = !chosen.has(field.dataset.weight);
}

function limitMatrix(form) {
  const boxes = [...form.querySelectorAll('input[type="checkbox"][name="m"]')];
  const full = boxes.filter((box) => box.checked).length >= MATRIX_LIMIT;
  for (const box of boxes) box.disabled = full && !box.checked;
}

function enhance() {
  document.querySelectorAll("select[data-algorithm]").forEach(showParameters);
  document.querySelectorAll("form[data-train]").forEach(showWeights);
  const forms = [...document.querySelectorAll('input[name="m"]')].map((box) => box.form);
  new Set(forms).forEach(limitMatrix);
}

export function startForms() {
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control.matches("select[data-algorithm]")) showParameters(control);
    if (control.matches('input[name="features"]')) showWeights(control.form);
    if (control.matches('input[type="checkbox"][name="m"]')) limitMatrix(control.form);
  });
  document.addEventListener("content:changed", enhance);
  addEventListener("pageshow", enhance);
  enhance();
}
