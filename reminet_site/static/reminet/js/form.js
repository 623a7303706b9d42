// One form at one visit: drafts, reasons without value, repeating rows, keys, the item in focus.
import { keepDraft } from "./draft.js";

const form = document.getElementById("entry-form");
const draft = form.dataset.draft ? keepDraft(form) : null;
const STALE = 60_000; // ms after which the session is tried before a save

focusSummary();
summaryLinks();
itemInFocus();
if (draft) {
  noValues();
  offers();
  segments();
  rows();
  saving();
}

function focusSummary() {
  const summary = document.getElementById("form-summary");
  if (summary) summary.focus();
  else if (location.hash) goTo(location.hash.slice(1));
}

// The control behind a field name: the box itself, or the first or chosen one of a set.
function goTo(name) {
  const target = document.getElementById(decodeURIComponent(name));
  if (!target) return false;
  const inside = target.matches("input, select, textarea") ? target
    : target.querySelector("input:checked") || target.querySelector("input:not([type=hidden]), select, textarea") || target;
  inside.scrollIntoView({ block: "center" });
  inside.focus({ preventScroll: true });
  return true;
}

function summaryLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#form-summary a[href^='#']");
    if (link && goTo(link.hash.slice(1))) event.preventDefault();
  });
}

// A reason without value stands in place of the value; taken back, the value returns.
function noValues() {
  const aside = new WeakMap();
  form.addEventListener("change", (event) => {
    const select = event.target.closest("select.novalue");
    if (!select) return;
    const line = select.closest(".field-line");
    const controls = [...line.querySelectorAll(".control :is(input, select, textarea)")];
    line.classList.toggle("is-missing", select.value !== "");
    if (select.value) {
      if (!aside.has(line)) aside.set(line, controls.map(read));
      controls.forEach((control) => write(control, control.type === "radio" || control.type === "checkbox" ? false : ""));
    } else {
      const kept = aside.get(line);
      aside.delete(line);
      if (kept) controls.forEach((control, place) => write(control, kept[place]));
      (controls.find((control) => control.checked) || controls[0])?.focus();
    }
  });
}

const choice = (control) => control.type === "radio" || control.type === "checkbox";
const read = (control) => (choice(control) ? control.checked : control.value);
function write(control, value) {
  if (choice(control)) control.checked = value;
  else control.value = value;
}

// An answer that is known is put into the box by one key, and by nothing else.
function offers() {
  for (const button of form.querySelectorAll("[data-fill]")) {
    const box = document.getElementById(button.dataset.fill);
    box.addEventListener("input", () => { button.hidden = box.value === button.dataset.value; });
    button.addEventListener("click", () => {
      box.value = button.dataset.value;
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

// A chosen segment is taken back by a second click, or by Delete.
function segments() {
  let before = null;
  const changed = (radio) => radio.dispatchEvent(new Event("change", { bubbles: true }));
  form.addEventListener("pointerdown", (event) => {
    const radio = event.target.closest(".segmented label")?.querySelector("input");
    before = radio?.checked ? radio : null;
  });
  form.addEventListener("click", (event) => {
    const radio = event.target.closest(".segmented input");
    if (!radio || radio !== before) return;
    before = null;
    radio.checked = false;
    changed(radio);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Delete" && event.key !== "Backspace") return;
    const radio = event.target.closest(".segmented input");
    const chosen = radio?.closest(".segmented").querySelector("input:checked");
    if (!chosen) return;
    chosen.checked = false;
    changed(chosen);
  });
}

// The server names a new row; a removed one is gone from what is sent. None is offered beyond the
// most that there may be.
function rows() {
  const limit = () => {
    for (const place of form.querySelectorAll(".group-add[data-most]")) {
      const count = place.closest("[data-group]").querySelectorAll("[data-row]").length;
      place.hidden = count >= Number(place.dataset.most);
    }
  };
  form.addEventListener("click", async (event) => {
    const add = event.target.closest("[data-add]");
    const remove = event.target.closest("[data-remove]");
    if (!add && !remove) return;
    event.preventDefault();
    if (add) {
      await draft.add(add.dataset.add);
      limit();
    }
    else {
      const row = document.getElementById(remove.dataset.remove);
      const next = row.nextElementSibling || row.previousElementSibling;
      const group = row.closest("[data-group]");
      row.remove();
      limit();
      draft.dirty = true;
      await draft.send();
      (next?.querySelector("[data-remove]") || group.querySelector("[data-add]"))?.focus();
    }
  });
}

// Before a save the draft is sent where it is not up to date, so that an ended session asks for
// the password here, over the form, and not on another page.
function saving() {
  const save = form.querySelector("[data-save]");
  let passing = false;
  let busy = false;
  form.addEventListener("submit", async (event) => {
    if (passing) return;
    if (event.submitter?.hasAttribute("data-discard")) {
      // What is still under way would bring the draft back.
      const discard = event.submitter;
      event.preventDefault();
      if (!window.confirm(discard.dataset.discard)) return;
      await draft.close();
      passing = true;
      form.requestSubmit(discard);
      return;
    }
    if (!draft.dirty && !draft.sending && Date.now() - draft.contact < STALE) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    draft.asked = []; // a row that nothing answered is not asked for any more
    const submitter = event.submitter || save;
    const kept = await draft.send();
    busy = false;
    if (!kept && !draft.elsewhere) return; // a save shows both windows
    passing = true;
    draft.dirty = false;
    form.requestSubmit(submitter);
    passing = false;
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || (event.key !== "s" && event.key !== "Enter")) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.requestSubmit(save);
  });
}

// History, queries and earlier values of the item that has the focus.
function itemInFocus() {
  const side = document.getElementById("form-side");
  const known = new Map();
  let timer = 0;
  let shown = "";
  const say = (sentence) => {
    const line = document.createElement("p");
    line.className = "small";
    line.role = "alert";
    line.textContent = sentence;
    side.replaceChildren(line);
  };
  const busyHere = () => [...side.querySelectorAll("textarea")].some((box) => box.value.trim());
  const load = async (address, focus = false) => {
    if (busyHere() && !focus) return;
    shown = address;
    if (!known.has(address)) {
      const response = await fetch(address, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" }).catch(() => null);
      if (!response?.ok) {
        if (shown === address) shown = "";
        if (focus) say(side.dataset.away);
        return;
      }
      known.set(address, await response.text());
    }
    if (shown !== address) return;
    side.innerHTML = known.get(address);
    if (focus) side.querySelector("h2")?.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-history]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    clearTimeout(timer);
    load(link.href, true);
  });
  form.addEventListener("focusin", (event) => {
    const field = event.target.closest("[data-field]:not([data-group])");
    clearTimeout(timer);
    if (!field) return;
    const address = new URL(`${form.dataset.history}${field.dataset.field}/`, location).href;
    if (address !== shown) timer = setTimeout(() => load(address), 300);
  });
}
