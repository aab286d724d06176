"use strict";
// Sorts and filters the findings, and opens what a link leads to. The page tells all without it.
(() => {
  let showAll = () => {};
  const form = document.querySelector("form.filter");
  const table = document.getElementById("findings-table");
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) showAll();
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const inner = target.tagName === "TR" && target.querySelector("details");
    if (inner) inner.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (form && table) {
    document.querySelectorAll(".scripted").forEach((part) => { part.hidden = false; });
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const said = form.querySelector("output");
    const inOrder = (name) => Array.from(form.elements[name].options, (option) => option.text);
    const orders = { 1: inOrder("severity"), 2: inOrder("outcome") };
    const texts = new Map();
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, `${row.textContent} ${row.id}`.toLowerCase());
      return texts.get(row);
    };
    const filter = () => {
      const wanted = form.elements.text.value.trim().toLowerCase();
      const severity = form.elements.severity.value;
      const outcome = form.elements.outcome.value;
      const rule = form.elements.rule.value;
      let shown = 0;
      for (const row of rows) {
        const fits = (!severity || row.cells[1].textContent === severity)
          && (!outcome || row.cells[2].textContent === outcome)
          && (!rule || row.dataset.r === rule)
          && (!wanted || textOf(row).includes(wanted));
        row.hidden = !fits;
        shown += fits;
      }
      said.textContent = said.dataset.said.replace("#", shown.toLocaleString("en-US"));
    };
    let timer;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
    form.addEventListener("reset", () => setTimeout(() => { filter(); place(rows); }));
    showAll = () => {
      form.reset();
      for (const row of rows) row.hidden = false;
    };
    form.addEventListener("submit", (event) => event.preventDefault());
    const heads = Array.from(table.tHead.rows[0].cells);
    const place = (ordered) => {
      for (const head of heads) head.removeAttribute("aria-sort");
      body.remove(); // or the page is laid out for every row that moves
      body.append(...ordered);
      table.append(body);
    };
    const sort = (head, column) => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const order = orders[column];
      const key = (row) => {
        const text = (row.cells[column].querySelector("summary") || row.cells[column]).textContent;
        return order ? order.indexOf(text) : text;
      };
      const keyed = rows.map((row, place) => [key(row), place, row]);
      keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1]));
      if (down) keyed.reverse();
      place(keyed.map((one) => one[2]));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(head, column));
    });
    form.elements.order.addEventListener("change", (event) => {
      const column = event.target.value;
      if (column) sort(heads[column], Number(column));
      else place(rows);
    });
    filter();
  }
  open();
})();
