// Corrections on the page of an upload: where other choices follow from one, it is applied at once and the reader stays where
// they were. Without this file there is the button.
function apply(select) {
  const form = select.form;
  form.querySelector("[data-import-place]").value = select.closest("section")?.id ?? "";
  form.requestSubmit(form.querySelector('button[type="submit"]:not([name])'));
}

export function startImport() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-import] [data-import-follow] select, form[data-import] [data-import-answer]")) apply(event.target);
  });
}
