// The session ended while a form was open: sign in over it, then what was under way goes on.
// The page behind is not left, so nothing typed is lost.

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const TOKEN = "csrfmiddlewaretoken";
let asked = null;

// Opens the dialog (once, however many requests ask) and resolves to true when signed in.
export function signInAgain(form) {
  asked ??= ask(form).finally(() => { asked = null; });
  return asked;
}

// Every form of the page takes the token of the session as it is now. "renewed"; "ended" where the
// session is over; "" where neither can be told.
export async function renewToken() {
  try {
    const response = await fetch(location.href, { credentials: "same-origin" });
    const page = parse(await response.text());
    if (takeToken(page)) return "renewed";
    return page.querySelector("input[name=login]") ? "ended" : "";
  } catch {
    return "";
  }
}

function takeToken(page) {
  const token = page.querySelector(`#entry-form input[name=${TOKEN}]`)?.value;
  if (!token) return false;
  for (const input of document.querySelectorAll(`input[name=${TOKEN}]`)) input.value = token;
  return true;
}

function ask(form) {
  const dialog = document.getElementById("sign-in-again");
  const steps = [...dialog.querySelectorAll("[data-again-step]")];
  const input = (step) => steps.find((s) => s.dataset.againStep === step).querySelector("input:not([readonly])");
  let page = null; // the sign-in page that the server showed last
  let step = "password";

  const show = (next, problem = "") => {
    step = next;
    for (const one of steps) one.hidden = one.dataset.againStep !== step;
    const finding = dialog.querySelector("[data-again-finding]");
    finding.hidden = !problem;
    finding.querySelector("p").textContent = problem;
    input(step).value = "";
    input(step).focus();
  };

  return new Promise((resolve) => {
    const before = document.activeElement;
    const close = (signedIn) => {
      dialog.close();
      before?.focus?.();
      resolve(signedIn);
    };
    dialog.querySelector("[data-again-later]").onclick = () => close(false);
    dialog.oncancel = (event) => {
      event.preventDefault();
      close(false);
    };
    dialog.querySelector("form").onsubmit = async (event) => {
      event.preventDefault();
      const answer = await attempt(form, page, step, input(step).value);
      if (answer.signedIn) return close(true);
      page = answer.page;
      show(answer.step, answer.problem);
    };
    dialog.showModal();
    show("password");
  });
}

// What it says of its own, in the language of the page.
function sentences() {
  return document.getElementById("sign-in-again").dataset;
}

async function attempt(form, page, step, typed) {
  const login = form.dataset.login;
  try {
    const here = step === "password" ? parse(await (await fetch(login)).text()) : page;
    const asking = here.querySelector(step === "password" ? "form:has(input[name=password][type=password])" : "form:has(input[name=code])");
    if (!asking) return { step: "password", problem: sentences().silent };
    const body = new URLSearchParams(new FormData(asking));
    if (step === "password") {
      body.set("login", form.dataset.email);
      body.set("password", typed);
      body.set("next", location.pathname + location.search);
    } else body.set("code", typed);
    const response = await fetch(asking.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
    return judge(parse(await response.text()));
  } catch {
    return { page, step, problem: sentences().away };
  }
}

// What page came back: the form itself (signed in), the second step, or the first one again.
function judge(page) {
  if (takeToken(page)) return { signedIn: true };
  const said = page.querySelector(".finding p, .empty-page p")?.textContent.trim();
  if (page.querySelector("input[name=code]")) return { page, step: "code", problem: said || "" };
  return { page, step: "password", problem: said || sentences().refused };
}
