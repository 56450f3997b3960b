/// Hides rows that do not hold what is looked for, and opens all details. Without it the page shows everything.
let filterScript: StaticString = """
  "use strict";
  const filter = document.getElementById("filter");
  const rows = [...document.querySelectorAll(".row, tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("count");
  document.getElementById("tools").hidden = false;
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !texts[index].includes(wanted);
      if (!row.hidden) shown += 1;
    });
    count.textContent = wanted === "" ? "" : shown + " of " + rows.length + " lines";
  });
  const open = document.getElementById("open");
  open.addEventListener("click", () => {
    const all = [...document.querySelectorAll(".row details")];
    const opens = all.some((details) => !details.open);
    all.forEach((details) => { details.open = opens; });
    open.textContent = opens ? "Close all details" : "Open all details";
  });
  // A link to a row that is filtered out must lead there all the same.
  window.addEventListener("hashchange", () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row === null || !row.hidden) return;
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
    row.scrollIntoView();
  });
  """
