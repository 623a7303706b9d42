// The find box: "/" goes there from anywhere that takes no text.
export const typing = (target) =>
  target.closest("input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]") !== null;

export function findBox() {
  const box = document.getElementById("find-box");
  if (!box) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
