// What every page can do: menus that close, dialogs that open, keys, forms that are sent once.
import { findBox, typing } from "./find.js";
import { trySession } from "./session.js";

document.documentElement.classList.add("has-script");
findBox();
menus();
dialogs();
trySession();
sendOnce();
lines();
matrix();
printing();
asPage();
refused();
navigation();

// A menu closes on Escape and on a click elsewhere; one menu is open at a time.
function menus() {
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// <button data-open="id"> opens the dialog of that id; "?" opens the list of keys.
function dialogs() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (button) document.getElementById(button.dataset.open)?.showModal();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !typing(event.target)) document.getElementById("key-list")?.showModal();
  });
}

// A form marked data-once is sent once: a second click or Enter while it is under way does nothing.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  // Back in the browser's history brings the page as it was: it may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

// J and K go from line to line of a list: each line's act takes the focus.
function lines() {
  const acts = () => [...document.querySelectorAll("[data-line] .task-do")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    const all = step ? acts() : [];
    if (!all.length) return;
    const here = all.indexOf(document.activeElement.closest("[data-line]")?.querySelector(".task-do"));
    all[Math.min(Math.max(here + step, 0), all.length - 1)].focus();
  });
}

// In a casebook the arrows go from cell to cell and N to the next cell that needs work.
function matrix() {
  const table = document.querySelector("table.matrix");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const link = (row, column) => rows[row]?.cells[column]?.querySelector("a.cell");
  const move = (cell, down, right) => {
    let row = rows.indexOf(cell.parentElement);
    let column = cell.cellIndex;
    for (;;) {
      row += down;
      column += right;
      if (!rows[row]?.cells[column]) return;
      const target = link(row, column);
      if (target) return target.focus();
    }
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || !steps[event.key]) return;
    event.preventDefault();
    move(cell, ...steps[event.key]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const open = [...table.querySelectorAll("[data-needs] a.cell")];
    const here = open.indexOf(document.activeElement);
    open[(here + 1) % open.length]?.focus();
  });
}

// A page that answers a sent form is kept by no browser: Back and reload would ask whether to send
// it again. Its entry in the history becomes that of the page on which the form stands; that of a
// page which was asked for stays what it is.
function asPage() {
  history.replaceState(null, "", document.body.dataset.page || location.href);
}

// After a refused act the first box that is wrong has the focus, else the sentence; a form of the
// casebook leads through its summary (form.js).
function refused() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-back]")) history.back();
  });
  const done = document.querySelector("main .banner-done");
  if (done) {
    done.tabIndex = -1;
    done.focus({ preventScroll: true });
  }
  if (document.getElementById("entry-form")) return;
  const said = document.querySelector("#form-summary, main [aria-invalid='true'], main .banner[tabindex]:not(.banner-done)");
  said?.focus();
}

// Where the navigation is wider than the window, the place where the reader is stands in it.
function navigation() {
  const here = document.querySelector(".nav [aria-current]");
  if (here && here.offsetLeft + here.offsetWidth > here.parentElement.clientWidth) {
    here.parentElement.scrollLeft = here.offsetLeft - 48;
  }
}

function printing() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
}
