// Keeps what is typed: the whole form goes to the draft address a moment after each change, and the
// answer (crf/draft.html) brings findings, visible items and derived values back.
import { signInAgain, renewToken } from "./signin-again.js";

const TYPING = 700; // ms after a key
const CHOOSING = 120; // ms after a choice
const SLOW = 3000; // ms after which the page says that it waits
const PATIENCE = [2000, 5000, 15000, 30000]; // ms between tries where nothing answers

export function keepDraft(form) {
  const draft = new Draft(form);
  form.addEventListener("input", (event) => draft.touched(event.target, TYPING));
  form.addEventListener("change", (event) => draft.touched(event.target, CHOOSING));
  form.addEventListener("focusout", (event) => draft.left(event.target));
  for (const way of ["beforeunload", "pagehide"]) window.addEventListener(way, () => draft.leaving());
  return draft;
}

class Draft {
  constructor(form) {
    this.form = form;
    this.dirty = false; // something typed that the server does not have
    this.sending = null; // the request under way
    this.asked = []; // what is to be asked for beside keeping: new rows
    this.timer = 0;
    this.tries = 0;
    this.contact = Date.now(); // when the server last answered
    // What the next draft is called, the same until it is answered: what this tab sent as it left
    // was not, and may come to the server after the page has been loaded again.
    form.elements.typed_in.value = sessionStorage.getItem("left") || drawn();
    this.elsewhere = false; // the same person typed in another window since
    this.closed = false; // nothing more is sent: the draft is being discarded
    this.shown = new Map(); // field -> markup of its findings as last put in place
    this.waiting = new Map(); // field in focus -> template to apply when it is left
    for (const place of form.querySelectorAll("[data-findings]")) {
      this.shown.set(place.dataset.findings, squeeze(place.innerHTML));
    }
  }

  touched(target, delay) {
    if (this.closed || !target.name) return;
    this.dirty = true;
    this.later(delay);
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  // One request at a time: one that is under way is followed by another. Resolves to true where
  // the server has everything that stands on the page.
  async send() {
    clearTimeout(this.timer);
    let waited = false;
    while (this.sending) {
      await this.sending;
      waited = true;
    }
    if (this.closed) return false;
    if (waited && !this.dirty && !this.asked.length) return true;
    this.sending = this.postAll();
    const kept = await this.sending;
    this.sending = null;
    if (kept && this.dirty) this.later(TYPING);
    return kept;
  }

  // A new row in this group, once the server has named it. Asked for again while nothing answers,
  // it is still one row.
  add(group) {
    if (!this.asked.includes(group)) this.asked.push(group);
    return this.send();
  }

  // All that is typed, and each new row in turn.
  async postAll() {
    let kept = await this.post(this.asked.shift());
    while (kept && this.asked.length) kept = await this.post(this.asked.shift());
    return kept;
  }

  async post(group, again = true) {
    this.dirty = false;
    this.elsewhere = false;
    const body = new URLSearchParams(new FormData(this.form));
    if (group) body.set("add", group);
    let response, answer;
    const slow = setTimeout(() => this.say("slow"), SLOW);
    try {
      response = await fetch(this.form.dataset.draft, {
        method: "POST", body, headers: { "X-Requested-With": "fetch" }, credentials: "same-origin",
      });
      answer = await response.text(); // which may be cut off after its headers
    } catch {
      return this.tryAgain(group);
    } finally {
      clearTimeout(slow);
    }
    if (response.status >= 500) return this.tryAgain(group);
    this.contact = Date.now();
    this.tries = 0;
    this.elsewhere = response.status === 409;
    if (response.ok) {
      this.form.elements.draft_of.value = body.get("typed_in");
      this.form.elements.typed_in.value = drawn();
      sessionStorage.removeItem("left");
      this.apply(answer);
      return true;
    }
    this.dirty = true;
    // Without its cookie a request is refused as forged before anybody asks who sent it.
    const turn = response.status === 403 && again ? await renewToken() : "";
    if (turn === "renewed") return this.post(group, false);
    if ((response.status === 401 && again) || turn === "ended") {
      const back = await signInAgain(this.form);
      return back ? this.post(group, false) : this.say("ended");
    }
    return this.say("refused", detail(answer));
  }

  tryAgain(group) {
    this.dirty = true;
    if (group && !this.asked.includes(group)) this.asked.unshift(group);
    this.later(PATIENCE[Math.min(this.tries++, PATIENCE.length - 1)]);
    return this.say("away");
  }

  // `which`: a sentence of the page's own, data-slow and so on; `sentence` where the service gave one.
  say(which, sentence) {
    const state = this.form.querySelector("[data-save-state]");
    const strong = document.createElement("strong");
    strong.className = "is-problem";
    strong.textContent = sentence || state.dataset[which];
    state.replaceChildren(strong);
    return false;
  }

  // Nothing is sent any more. Ends in a turn of its own: a form that is being submitted ignores
  // a second submission until its event is over.
  async close() {
    this.closed = true;
    clearTimeout(this.timer);
    while (this.sending) await this.sending;
    await new Promise((next) => setTimeout(next));
    clearTimeout(this.timer);
    this.dirty = false;
  }

  // The page is left with something unsent, or under way (leaving would break that off): the
  // browser sends it all the same.
  leaving() {
    if (!(this.dirty || this.sending) || this.form.dataset.sent) return;
    this.dirty = false;
    sessionStorage.setItem("left", this.form.elements.typed_in.value);
    navigator.sendBeacon(this.form.dataset.draft, new URLSearchParams(new FormData(this.form)));
  }

  apply(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    const named = new Set();
    for (const part of answer.querySelectorAll("template[data-part]")) {
      const name = part.dataset.name;
      if (part.dataset.part === "field" || part.dataset.part === "derived") named.add(name);
      if (part.dataset.part === "state") fill(this.form.querySelector("[data-save-state]"), part);
      else if (part.dataset.part === "sections") fill(document.querySelector("[data-sections]"), part);
      else if (part.dataset.part === "reason") this.reason(part);
      else if (part.dataset.part === "section") this.section(name, part);
      else if (part.dataset.part === "derived") this.derived(name, part);
      else if (part.dataset.part === "row") this.row(name, part);
      else this.field(name, part);
    }
    // About a field that the answer does not name there is nothing to say, and it is visible.
    for (const place of this.form.querySelectorAll("[data-findings]")) {
      const name = place.dataset.findings;
      if (!named.has(name)) this.field(name, document.createElement("template"));
    }
    this.form.querySelector("[data-discard]")?.removeAttribute("hidden");
  }

  section(name, part) {
    const section = document.getElementById(`section-${name}`);
    if (!section) return;
    section.hidden = "hidden" in part.dataset;
    fill(section.querySelector("[data-section-count]"), part);
  }

  derived(name, part) {
    this.visibility(name, part);
    const output = document.getElementById(name)?.querySelector("span:last-child");
    if (output && output.textContent !== part.dataset.value) output.textContent = part.dataset.value;
    this.findings(name, part);
  }

  // A field that is being typed in gets no new finding before it is left.
  field(name, part) {
    this.visibility(name, part);
    const place = findingsOf(this.form, name);
    const active = document.activeElement;
    const typing = owner(active)?.dataset.field === name && active.matches(".control :is(input:not([type=radio], [type=checkbox]), textarea)");
    if (typing && !this.shown.get(name)) {
      this.waiting.set(name, part);
      return;
    }
    this.waiting.delete(name);
    this.findings(name, part);
  }

  left(target) {
    const name = owner(target)?.dataset.field;
    const part = name && this.waiting.get(name);
    if (!part || this.dirty) return;
    this.waiting.delete(name);
    this.findings(name, part);
  }

  visibility(name, part) {
    const field = fieldOf(this.form, name);
    if (field) field.hidden = "hidden" in part.dataset;
  }

  findings(name, part) {
    const place = findingsOf(this.form, name);
    if (!place) return;
    const markup = squeeze(part.innerHTML);
    if ((this.shown.get(name) || "") === markup) return;
    this.shown.set(name, markup);
    const typed = new Map([...place.querySelectorAll("input")].map((input) => [input.name, input.value]));
    const focused = place.contains(document.activeElement) ? document.activeElement.name : "";
    place.innerHTML = part.innerHTML;
    for (const input of place.querySelectorAll("input")) {
      if (typed.has(input.name)) input.value = typed.get(input.name);
      if (input.name === focused) input.focus();
    }
    mark(this.form, name, place, part.dataset);
  }

  reason(part) {
    const place = this.form.querySelector("[data-reason-place]");
    const typed = document.getElementById("change-reason");
    // what the page came with is no reason to put another box in the place of this one
    part.content.querySelector("#change-reason")?.setAttribute("value", typed?.getAttribute("value") ?? "");
    if (!place || squeeze(place.innerHTML) === squeeze(part.innerHTML)) return;
    const value = typed?.value || "";
    const focused = typed && document.activeElement === typed;
    place.innerHTML = part.innerHTML;
    const now = document.getElementById("change-reason");
    if (now && typed) now.value = value;
    if (now && focused) now.focus();
  }

  row(group, part) {
    const rows = this.form.querySelector(`[data-rows="${CSS.escape(group)}"]`);
    const known = part.content.querySelector("[data-row]");
    if (!rows || !known || document.getElementById(known.id)) return;
    rows.append(part.content.cloneNode(true));
    rows.closest("table")?.removeAttribute("hidden");
    // Whoever has gone on typing elsewhere, while nothing answered, goes on there.
    if (document.activeElement.matches("body, [data-add]"))
      rows.lastElementChild.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
}

// What the page calls the draft that it sends next: a window writes over the draft that it knows,
// not over what was typed in another one since.
const drawn = () => Math.random().toString(36).slice(2, 14);

function detail(answer) {
  try {
    return JSON.parse(answer).detail;
  } catch {
    return "";
  }
}

const squeeze = (markup) => markup.replace(/\s+/g, " ").trim();
const owner = (element) => element?.closest?.("[data-field]");
const fieldOf = (form, name) => form.querySelector(`[data-field="${CSS.escape(name)}"]`);
const findingsOf = (form, name) => form.querySelector(`[data-findings="${CSS.escape(name)}"]`);

function fill(place, part) {
  if (place && squeeze(place.innerHTML) !== squeeze(part.innerHTML)) place.innerHTML = part.innerHTML;
}

// Frame, aria-invalid and aria-describedby of a control follow what is said about it.
function mark(form, name, place, said) {
  const field = fieldOf(form, name);
  const control = document.getElementById(name);
  if (!field || !control || "group" in field.dataset) return;
  const invalid = "invalid" in said;
  const asks = "asks" in said;
  const ids = [...place.querySelectorAll(".finding")].map((finding) => finding.id);
  const hint = document.getElementById(`${name}-hint`);
  if (hint) ids.unshift(hint.id);
  set(control, "aria-describedby", ids.join(" "));
  set(control, "aria-invalid", invalid ? "true" : "");
  control.classList.toggle("input-ask", asks && control.classList.contains("input"));
  const frame = control.closest(".with-unit");
  frame?.classList.toggle("is-invalid", invalid);
  frame?.classList.toggle("is-asked", asks);
  if (control.classList.contains("segmented")) {
    control.classList.toggle("segmented-invalid", invalid);
    control.classList.toggle("segmented-ask", asks);
  }
  if (field.classList.contains("field") && !("wide" in field.dataset)) {
    field.classList.toggle("field-wide", ids.length > (hint ? 1 : 0));
  }
}

function set(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}
