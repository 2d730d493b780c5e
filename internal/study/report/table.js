// Tables: they sort, and that of all models filters. Its rows are what the
// figures know of a model, by the number that both have.
const value = cell => cell.dataset.full ?? cell.textContent.trim().replace(/^-$/, "");
const number = text => parseFloat(text.replace(/^</, ""));
const at = id => document.getElementById(id);
function element(name, text, attributes = {}) {
  const e = document.createElement(name);
  e.textContent = text;
  for (const [key, v] of Object.entries(attributes)) e.setAttribute(key, v);
  return e;
}
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
const table = at("all");
const heads = [...table.tHead.rows[0].cells];
const names = heads.map(h => h.textContent);
for (const head of heads) head.title ||= head.textContent; // where it is cut
const rows = [...table.tBodies[0].rows];
for (const t of document.querySelectorAll("table.sorts")) {
  if (t !== table) { // on a narrow screen each cell says what it is
    const labels = [...t.tHead.rows[0].cells].map(h => h.textContent);
    for (const row of t.tBodies[0].rows) for (const cell of row.cells) cell.dataset.label = labels[cell.cellIndex];
  }
  for (const head of t.tHead.rows[0].cells) {
    const button = element("button", "", {type: "button"});
    button.append(...head.childNodes);
    button.onclick = () => sort(head);
    head.append(button);
  }
}

// The models by the number that figures have of them.
const modelOf = row => row.id.slice(1);
const rowOf = model => at("m" + model);

// Conditions as --where takes them, and texts; all must hold.
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

// The choice: the models for which the filter holds, of those that a figure's
// brush covers. Rows of others are hidden, their marks are faint.
const input = at("filter"), output = document.querySelector(".filter output");
let brushed = null; // a set of models; null: all
function choose() {
  let conditions;
  try {
    conditions = input.value.split(/,|&&/).map(t => t.trim()).filter(t => t).map(condition);
  } catch (e) {
    input.setAttribute("aria-invalid", "true");
    output.textContent = e.message;
    return;
  }
  input.removeAttribute("aria-invalid");
  const chosen = new Set();
  for (const row of rows) {
    row.hidden = brushed && !brushed.has(modelOf(row)) || !conditions.every(holds => holds(row));
    if (!row.hidden) chosen.add(modelOf(row));
  }
  const all = !brushed && !conditions.length;
  output.textContent = (chosen.size < rows.length ? `${chosen.size} of ` : "") + `${rows.length} models`;
  at("clear").hidden = all;
  fade(all ? null : chosen);
}
input.oninput = choose;
input.form.onsubmit = e => e.preventDefault();
function chooseAll() {
  input.value = "";
  clearBrush();
  choose();
}
at("clear").onclick = chooseAll;

// A link to a model must not lead to a hidden row.
document.addEventListener("click", e => {
  const target = e.target.closest("a[href^='#m']")?.getAttribute("href").slice(1);
  if (target && at(target)?.hidden) chooseAll();
});

function download(name, type, text) {
  const link = element("a", "", {href: URL.createObjectURL(new Blob([text], {type})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}

// The chosen rows in full, as any reader of CSV takes them.
at("csv").onclick = () => {
  const quote = text => /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const same = [...document.querySelectorAll("#same dt")].map(dt => [dt.textContent, dt.nextElementSibling.textContent]);
  const lines = [[...names, ...same.map(([name]) => name)]];
  for (const row of table.tBodies[0].rows) {
    if (!row.hidden) lines.push([...[...row.cells].map(c => c.dataset.full ?? c.textContent), ...same.map(([, v]) => v)]);
  }
  download("models.csv", "text/csv", lines.map(cells => cells.map(quote).join(",") + "\n").join(""));
};
