// Keeps the first page current. Follows the archive's events and, when there are any, fetches the
// page again and takes over its lists: what is shown is always what the server rendered and escaped.
"use strict";

(() => {
  const main = document.getElementById("main");
  if (main.dataset.follow !== "yes" || !window.EventSource) return;
  const linkState = document.getElementById("link-state");
  const GATHER_MS = 150;
  const REFRESH_MS = 5000;
  let due = null;
  let busy = false;
  let again = false;

  const known = (list) => new Set(Array.from(list.querySelectorAll("[data-id]"), (item) => item.dataset.id));

  function takeOver(fetched) {
    for (const list of document.querySelectorAll("[data-live]")) {
      const newer = fetched.getElementById(list.id);
      if (!newer || newer.innerHTML === list.innerHTML) continue;
      // Whoever stands in a list by keyboard keeps their place; the next change brings the rest.
      if (list.contains(document.activeElement)) continue;
      const before = known(list);
      for (const item of newer.querySelectorAll("[data-id]")) {
        if (!before.has(item.dataset.id)) item.classList.add("fresh");
      }
      list.replaceChildren(...newer.childNodes);
    }
  }

  async function refresh() {
    due = null;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch("/", { headers: { accept: "text/html" } });
      if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The stream notices a server that is gone, and says so.
    } finally {
      busy = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }

  function soon() {
    if (due === null) due = setTimeout(refresh, GATHER_MS);
  }

  const stream = new EventSource(`/api/v1/stream?after=${encodeURIComponent(main.dataset.seq)}`);
  stream.onopen = () => {
    linkState.textContent = "live";
    soon();
  };
  stream.onerror = () => {
    linkState.textContent = "not connected, trying again";
  };
  stream.onmessage = soon;
  stream.addEventListener("reset", soon);
  // Polls that bring nothing make no event; their times are shown all the same.
  setInterval(() => { if (document.visibilityState === "visible") soon(); }, REFRESH_MS);
})();
