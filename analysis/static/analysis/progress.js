// <div data-poll="address"> shows what a worker is doing and loads the page again when it has ended.
const EVERY = 2000;
const SLOWER = 1.2; // each wait is longer than the one before, up to LONGEST
const LONGEST = 15000;
const UNTIL = Date.now() + 10 * 60_000; // asking for ever would keep an idle session alive

for (const place of document.querySelectorAll("[data-poll]")) watch(place, EVERY);

async function watch(place, wait) {
  await new Promise((done) => setTimeout(done, wait));
  if (Date.now() > UNTIL) return;
  if (document.hidden) return watch(place, wait);
  try {
    const answer = await fetch(place.dataset.poll, { headers: { "X-Requested-With": "fetch" } });
    if (answer.ok) {
      const text = await answer.text();
      const found = new DOMParser().parseFromString(text, "text/html").querySelector(".bar");
      if (found?.hasAttribute("data-ended")) return location.reload();
      const words = found?.querySelector("#stage")?.textContent.trim();
      if (words) place.replaceChildren(found);
    } else if (answer.status === 401) return;
  } catch {
    // the network is away for a moment: ask again later
  }
  watch(place, Math.min(wait * SLOWER, LONGEST));
}
