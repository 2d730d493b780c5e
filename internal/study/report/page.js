// Tables sort, the table of models filters, and the points of figures show
// their models. Without this script the page says the same in its tables.
"use strict";
(() => {
  const value = cell => cell.dataset.full ?? cell.textContent.trim().replace(/^-$/, "");
  const number = text => parseFloat(text.replace(/^</, ""));
  document.body.classList.add("script");

  // Sorting: a click on a header, again for the other direction.
  function sort(head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].map(row => ({row, text: value(row.cells[head.cellIndex])}));
    const numeric = rows.every(r => r.text === "" || !isNaN(number(r.text)));
    const compare = numeric ? (a, b) => number(a) - number(b) : (a, b) => a.localeCompare(b, "en", {numeric: true});
    rows.sort((a, b) => (a.text === "") - (b.text === "") || (a.text === "" ? 0 : compare(a.text, b.text) * (down ? -1 : 1)));
    body.append(...rows.map(r => r.row));
  }
  for (const head of document.querySelectorAll("table.sorts th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.onclick = () => sort(head);
    head.append(button);
  }

  // The models: their rows by the number that points carry.
  const table = document.getElementById("all");
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map(h => h.textContent);
  const rows = [...table.tBodies[0].rows];

  // Filtering: comparisons as --where takes them, and texts; all must hold.
  const compare = {
    "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "=": (a, b) => a === b, "!=": (a, b) => a !== b,
  };
  function condition(term) {
    if (!/[<>=]/.test(term)) {
      const text = term.toLowerCase();
      return row => row.textContent.toLowerCase().includes(text);
    }
    const [, name, op, want] = /^(.*?)\s*(<=|>=|!=|==?|<|>)\s*(.*)$/.exec(term);
    const column = names.indexOf(name), ordered = /^[<>]/.test(op);
    if (column < 0) throw Error(`there is no column “${name}”`);
    if (want === "") throw Error(`${term}: a value is missing`);
    const x = Number(want);
    if (ordered && isNaN(x)) throw Error(`${want} is not a number: write it as 3e6`);
    const holds = compare[op.replace("==", "=")];
    return row => {
      const got = value(row.cells[column]);
      if (got === "") return false;
      const y = Number(got);
      return isNaN(x) || isNaN(y) ? !ordered && holds(got, want) : holds(y, x);
    };
  }
  const input = document.getElementById("filter"), output = document.querySelector(".filter output");
  function filter() {
    let conditions;
    try {
      conditions = input.value.split(/,|&&/).map(t => t.trim()).filter(t => t).map(condition);
    } catch (e) {
      input.setAttribute("aria-invalid", "true");
      output.textContent = e.message;
      return;
    }
    input.removeAttribute("aria-invalid");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !conditions.every(holds => holds(row));
      shown += !row.hidden;
    }
    output.textContent = (shown < rows.length ? `${shown} of ` : "") + `${rows.length} models`;
  }
  input.oninput = filter;
  input.form.onsubmit = e => e.preventDefault();

  // A link to a model must not lead to a hidden row.
  document.addEventListener("click", e => {
    const target = e.target.closest("a[href^='#m']")?.getAttribute("href").slice(1);
    if (target && document.getElementById(target)?.hidden) {
      input.value = "";
      filter();
    }
  });

  // The tip: a model's columns, values of the stages joined into lists.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  function element(name, text) {
    const e = document.createElement(name);
    e.textContent = text;
    return e;
  }
  function describe(row) {
    const facts = new Map();
    for (const [i, head] of heads.entries()) {
      const text = row.cells[i].textContent;
      if (!("tip" in head.dataset) || text === "") continue;
      const stage = /^([a-z]+)[1-9]\d*$/.exec(names[i]);
      const name = stage && names.includes(stage[1] + "2") ? stage[1] + "1, " + stage[1] + "2 …" : names[i];
      facts.set(name, facts.has(name) ? facts.get(name) + ", " + text : text);
    }
    const list = document.createElement("dl");
    for (const [name, text] of facts) list.append(element("dt", name), element("dd", text));
    const link = element("a", "in the table");
    link.href = "#" + row.id;
    tip.replaceChildren(element("strong", row.cells[0].textContent), list, link);
  }

  // Points: the one nearest to the pointer, or the next by the arrow keys.
  const points = Map.groupBy(document.querySelectorAll("[data-model]"), p => p.dataset.model);
  const rowOf = point => document.getElementById("m" + point.dataset.model);
  let current = null, pinned = false;
  function leave() {
    for (const p of points.get(current) ?? []) p.classList.remove("on");
    document.getElementById("m" + current)?.classList.remove("on");
    tip.hidden = true;
    current = null;
    pinned = false;
    tip.classList.remove("pinned");
  }
  function show(point, pin) {
    if (point.dataset.model !== current) {
      leave();
      current = point.dataset.model;
      rowOf(point).classList.add("on");
      for (const p of points.get(current)) {
        p.classList.add("on");
        p.parentNode.append(p); // over the others
      }
      describe(rowOf(point));
    }
    pinned = pin;
    tip.classList.toggle("pinned", pin);
    tip.hidden = false;
    const at = point.getBoundingClientRect(), size = tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
    const right = at.right + 10, left = right + size.width <= room ? right : at.left - 10 - size.width;
    tip.style.left = `${scrollX + Math.max(4, Math.min(left, room - size.width - 4))}px`;
    tip.style.top = `${scrollY + Math.max(4, Math.min(at.top - 10, innerHeight - size.height - 4))}px`;
  }
  for (const svg of document.querySelectorAll("svg:has([data-model])")) {
    const own = [...svg.querySelectorAll("[data-model]")].filter(rowOf); // a long table has not all models
    let centres; // in the units of the figure
    function nearest(e) {
      centres ??= own.map(p => p.getBBox()).map(b => [b.x + b.width / 2, b.y + b.height / 2]);
      const matrix = svg.getScreenCTM(), at = new DOMPoint(e.clientX, e.clientY).matrixTransform(matrix.inverse());
      let best = null, least = 16 / matrix.a;
      for (const [i, [x, y]] of centres.entries()) {
        const d = Math.hypot(x - at.x, y - at.y);
        if (d < least) [best, least] = [own[i], d];
      }
      return best;
    }
    svg.classList.add("models");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application");
    svg.setAttribute("aria-label", svg.getAttribute("aria-label") + "; arrow keys go from model to model");
    svg.onpointermove = e => {
      if (pinned) return;
      const point = nearest(e);
      point ? show(point, false) : leave();
    };
    svg.onpointerleave = () => pinned || leave();
    svg.onclick = e => {
      const point = nearest(e);
      point ? show(point, true) : leave();
    };
    const error = p => number(value(rowOf(p).cells[names.indexOf("error")]));
    let ranked;
    svg.onkeydown = e => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
      if (!step) return;
      e.preventDefault();
      const i = ranked.findIndex(p => p.dataset.model === current);
      show(ranked[Math.max(0, Math.min(ranked.length - 1, i + step))], true);
    };
    svg.onfocus = () => {
      ranked ??= own.toSorted((a, b) => error(a) - error(b));
      if (svg.matches(":focus-visible")) show(ranked[0], true);
    };
    svg.onblur = e => tip.contains(e.relatedTarget) || leave();
  }
  addEventListener("keydown", e => e.key === "Escape" && leave());
})();
