// Forms that show only what the current choice needs: the train form's parameters by algorithm, and
// the limit on variables of the scatter matrix.
const MATRIX_LIMIT = 5;

function showParameters(select) {
  for (const part of select.form.querySelectorAll("[data-for]")) {
    part.hidden = part.dataset.for !== select.value;
  }
}

function limitMatrix(form) {
  const boxes = [...form.querySelectorAll('input[type="checkbox"][name="m"]')];
  const full = boxes.filter((box) => box.checked).length >= MATRIX_LIMIT;
  for (const box of boxes) box.disabled = full && !box.checked;
}

function enhance() {
  document.querySelectorAll("select[data-algorithm]").forEach(showParameters);
  const forms = [...document.querySelectorAll('input[name="m"]')].map((box) => box.form);
  new Set(forms).forEach(limitMatrix);
}

export function startForms() {
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control.matches("select[data-algorithm]")) showParameters(control);
    if (control.matches('input[type="checkbox"][name="m"]')) limitMatrix(control.form);
  });
  document.addEventListener("content:changed", enhance);
  addEventListener("pageshow", enhance);
  enhance();
}
