// Conflict page: "keep all of ..." and the count of what is still to choose.
const form = document.querySelector("[data-conflict]");
const state = form.querySelector("[data-conflict-state]");
const names = [...new Set([...form.querySelectorAll("input[name^='keep.']")].map((input) => input.name))];
const words = state.textContent.trim();

form.addEventListener("click", (event) => {
  const all = event.target.closest("[data-keep-all]")?.dataset.keepAll;
  if (!all) return;
  for (const input of form.querySelectorAll(`input[value="${all}"][name^='keep.']`)) input.checked = true;
  tell();
});
form.addEventListener("change", tell);
tell();

function tell() {
  const open = names.filter((name) => !form.querySelector(`input[name="${CSS.escape(name)}"]:checked`));
  state.textContent = open.length ? `${open.length} / ${names.length}: ${words}` : "";
}
