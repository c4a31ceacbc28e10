// Asks once a second what there is, and puts in only the sections that changed.
const source = document.body.dataset.live;
const shown = new Map();
for (const section of document.querySelectorAll("main > section")) shown.set(section.id, section.outerHTML);

async function refresh() {
  const answer = await fetch(source, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const section of page.querySelectorAll("section")) {
    if (shown.get(section.id) === section.outerHTML) continue;
    shown.set(section.id, section.outerHTML);
    const old = document.getElementById(section.id);
    const list = old.querySelector("ul, table");
    const place = list ? list.scrollTop : 0;
    old.replaceWith(document.adoptNode(section));
    if (place) section.querySelector("ul, table").scrollTop = place;
  }
  document.body.classList.remove("stale");
}

async function live() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    document.body.classList.add("stale");
  }
  setTimeout(live, 1000);
}
setTimeout(live, 1000);
