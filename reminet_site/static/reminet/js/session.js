// A form of a page that stood open for a while: before it is sent, the session is tried. Where it has
// ended, a sentence says so over the form, and what was typed stays; else the form takes the token of
// the session as it is now. The form page has a way of its own (form.js).
const STALE = 60_000; // ms after which the session is tried

export function trySession() {
  const account = document.body.dataset.session;
  if (!account) return;
  const opened = Date.now();
  let passing = false;
  let busy = false;
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (passing || event.defaultPrevented || form.method !== "post" || Date.now() - opened < STALE) return;
    if (form.id === "entry-form" || form.closest(".chrome")) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const token = await tokenNow(account);
    busy = false;
    if (token === "") return say(form);
    document.getElementById("session-ended")?.remove();
    if (token) for (const input of form.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
    passing = true;
    form.requestSubmit(event.submitter);
    passing = false;
  });
}

// The token of a page that only a session opens; "" where another page came instead; null where
// nothing answered, which the sending itself will tell.
async function tokenNow(account) {
  try {
    const response = await fetch(account, { credentials: "same-origin" });
    if (new URL(response.url).pathname !== account) return "";
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? null;
  } catch {
    return null;
  }
}

function say(form) {
  const words = document.getElementById("session-words").content.cloneNode(true);
  document.getElementById("session-ended")?.remove();
  form.before(words);
  document.getElementById("session-ended").focus();
}
