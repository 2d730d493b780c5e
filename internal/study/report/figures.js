
// Figures: a pointer reads their values and finds their models, dragging
// chooses models, and each can be saved. Of each panel a figure gives its axes,
// curves with names, and marks that stand for models, as paths.
const places = path => path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
const pairs = numbers => Array.from({length: numbers.length >> 1}, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
function axis(text, name, from, to) {
  const [lo, hi, log] = text.split(" ");
  if (!text) return {name};
  const a = Number(lo), b = Number(hi);
  return {name, value: p => log ? a * (b / a) ** ((p - from) / (to - from)) : a + (b - a) * (p - from) / (to - from)};
}
const short = v => String(Number(v.toPrecision(Math.abs(v) >= 1000 ? 4 : 3)));

// Each model's marks in all figures, and the figure of each mark.
const marks = new Map();
for (const group of document.querySelectorAll("[data-models]")) {
  for (const [i, model] of group.dataset.models.split(" ").entries()) {
    if (!marks.has(model)) marks.set(model, []);
    marks.get(model).push(group.children[i]);
  }
}

// readPanel reads a panel: its box, axes, curves and marks. A mark is a point, or
// a line over parallel axes.
function readPanel(g) {
  const [x0, y0, x1, y1] = places(g.firstElementChild);
  const panel = {
    g, x0, y0, x1, y1, marks: [],
    x: axis(g.dataset.x, g.dataset.xName, x0, x1), y: axis(g.dataset.y, g.dataset.yName, y1, y0),
    curves: [...g.querySelectorAll("[data-name]")].map(c => ({name: c.dataset.name, points: pairs(places(c))})),
  };
  for (const group of g.querySelectorAll("[data-models]")) {
    for (const [i, model] of group.dataset.models.split(" ").entries()) {
      const mark = group.children[i], d = mark.getAttribute("d");
      const points = pairs((d.match(/^M[-\d. ]+/)[0].match(/-?[\d.]+/g)).map(Number));
      panel.marks.push({mark, model, points});
      if (points.length > 1) panel.axes = points.map(p => p[0]);
    }
  }
  return panel;
}

// away is how far a place is from a mark.
function away({points}, x, y) {
  if (points.length === 1) return Math.hypot(points[0][0] - x, points[0][1] - y);
  let least = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i];
    if (x < ax - 9 || x > bx + 9) continue;
    const t = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
    least = Math.min(least, Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y));
  }
  return least;
}

// height is where a curve is over x, null where it is not.
function height(points, x) {
  for (let i = points.length - 1; i > 0; i--) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i];
    if (ax <= x && x <= bx) return ax === bx ? by : ay + (by - ay) * (x - ax) / (bx - ax);
  }
  return null;
}

// readings are the values at a place of a panel.
function readings(panel, x, y) {
  const list = [];
  if (panel.x.value) list.push([panel.x.name || "x", short(panel.x.value(x))]);
  let curves = 0;
  if (panel.y.value) {
    for (const c of panel.curves) {
      const h = height(c.points, x);
      if (h !== null && ++curves) list.push([c.name || panel.y.name, short(panel.y.value(h))]);
    }
    if (!curves) list.push([panel.y.name || "y", short(panel.y.value(y))]);
  }
  return {list, curves};
}

// The tip: what is at the pointer. Pinned to a model, it stays.
const tip = element("div", "", {class: "tip", role: "status"});
tip.hidden = true;
document.body.append(tip);
let current = null, pinned = false;

// facts are the columns of a row, values of the stages joined into lists.
function facts(row) {
  const all = new Map();
  for (const [i, head] of heads.entries()) {
    const text = row.cells[i].textContent;
    if (!("tip" in head.dataset) || text === "") continue;
    const stage = /^([a-z]+)[1-9]\d*$/.exec(names[i]);
    const name = stage && names.includes(stage[1] + "2") ? stage[1] + "1, " + stage[1] + "2 …" : names[i];
    all.set(name, all.has(name) ? all.get(name) + ", " + text : text);
  }
  return all;
}
function list(entries) {
  const dl = element("dl", "");
  for (const [name, text] of entries) dl.append(element("dt", name), element("dd", text));
  return dl;
}
function describe(read) {
  const parts = [];
  if (current !== null) {
    const row = rowOf(current);
    parts.push(element("strong", row.cells[0].textContent), list(facts(row)),
      element("a", "card", {href: "#card-" + current}), " ", element("a", "in the table", {href: "#" + row.id}));
  }
  if (read.length) parts.unshift(list(read));
  tip.replaceChildren(...parts);
}

// mark sets a model off in the table and in all figures, there by copies of its
// marks that lie over all others.
let copies = [];
function mark(model) {
  if (model === current) return;
  for (const c of copies) c.remove();
  copies = [];
  if (current !== null) rowOf(current).classList.remove("on");
  current = model;
  if (model === null) return;
  rowOf(model).classList.add("on");
  for (const p of marks.get(model)) {
    const copy = p.cloneNode();
    copy.setAttribute("class", "on");
    p.closest("g.panel").append(copy);
    copies.push(copy);
  }
}
function leave() {
  mark(null);
  pinned = false;
  tip.hidden = true;
  tip.classList.remove("pinned");
}
// show shows the tip beside a box on the screen.
function show(box, read, pin) {
  describe(read);
  pinned = pin;
  tip.classList.toggle("pinned", pin);
  tip.hidden = false;
  const size = tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
  const right = box.right + 10, left = right + size.width <= room ? right : box.left - 10 - size.width;
  tip.style.left = `${scrollX + Math.max(4, Math.min(left, room - size.width - 4))}px`;
  tip.style.top = `${scrollY + Math.max(4, Math.min(box.top - 10, innerHeight - size.height - 4))}px`;
}

// fade makes the marks of models faint that are not chosen; null: of none.
let faint = new Set();
function fade(chosen) {
  const next = new Set();
  for (const [model, list] of marks) {
    const out = chosen !== null && !chosen.has(model);
    if (out) next.add(model);
    if (out !== faint.has(model)) for (const p of list) p.classList.toggle("out", out);
  }
  faint = next;
}

// The brush: a rectangle of one panel, or stretches of parallel axes.
let brush = {panel: null, parts: new Map()};
function clearBrush() {
  for (const {box} of brush.parts.values()) box.remove();
  brush = {panel: null, parts: new Map()};
  brushed = null;
}
// drag moves the brush of a panel to a rectangle.
function drag(panel, [ax, ay], [bx, by]) {
  if (brush.panel !== panel) clearBrush();
  brush.panel = panel;
  let key = 0, x0 = Math.min(ax, bx), x1 = Math.max(ax, bx);
  const y0 = Math.min(ay, by), y1 = Math.max(ay, by);
  if (panel.axes) {
    key = panel.axes.reduce((best, x, i) => Math.abs(x - ax) < Math.abs(panel.axes[best] - ax) ? i : best, 0);
    [x0, x1] = [panel.axes[key] - 4, panel.axes[key] + 4];
  }
  const box = brush.parts.get(key)?.box ?? panel.g.appendChild(panel.g.firstElementChild.cloneNode());
  box.setAttribute("class", "brush");
  box.setAttribute("d", `M${x0} ${y0}H${x1}V${y1}H${x0}z`);
  brush.parts.set(key, {box, x0, x1, y0, y1});
}
function drop() {
  const {panel, parts} = brush;
  const inside = ({points}) => [...parts].every(([key, r]) => {
    const [x, y] = points[panel.axes ? key : 0];
    return x >= r.x0 && x <= r.x1 && y >= r.y0 && y <= r.y1;
  });
  brushed = new Set(panel.marks.filter(inside).map(m => m.model));
  choose();
}

// Each figure answers the pointer and the arrow keys.
function answer(svg) {
  let read; // its panels, when they are needed
  const panels = () => read ??= [...svg.querySelectorAll("g.panel")].map(readPanel);
  const models = svg.querySelector("[data-models]") !== null;
  function find(e) {
    const matrix = svg.getScreenCTM(), p = new DOMPoint(e.clientX, e.clientY).matrixTransform(matrix.inverse());
    const reach = 16 / matrix.a;
    let best = null, least = reach;
    for (const panel of panels()) {
      if (p.x < panel.x0 - reach || p.x > panel.x1 + reach || p.y < panel.y0 - reach || p.y > panel.y1 + reach) continue;
      for (const m of panel.marks) {
        const d = away(m, p.x, p.y);
        if (d < least && rowOf(m.model)) [best, least] = [m, d];
      }
    }
    const panel = panels().find(q => p.x >= q.x0 && p.x <= q.x1 && p.y >= q.y0 && p.y <= q.y1);
    return {model: best?.model ?? null, panel, at: [p.x, p.y]};
  }
  const pointer = e => ({left: e.clientX, right: e.clientX, top: e.clientY});
  function look(e, pin) {
    const {model, panel, at} = find(e);
    const {list, curves} = panel ? readings(panel, ...at) : {list: [], curves: 0};
    const values = model === null || curves ? list : [];
    if (model === null && (pin || !values.length)) return leave();
    mark(model);
    show(pointer(e), values, pin);
  }
  // A finger scrolls across the direction in which it chooses.
  if (models && svg.closest(".wide") && panels().some(p => p.axes)) svg.classList.add("axes");
  let from = null, dragging = false;
  svg.onpointerdown = e => {
    const scrolls = e.pointerType === "touch" && getComputedStyle(svg).touchAction === "auto";
    const found = models && e.button === 0 && !scrolls && find(e);
    from = found && found.panel?.marks.length ? {...found, x: e.clientX, y: e.clientY} : null;
    dragging = false;
  };
  svg.onpointermove = e => {
    if (from && (e.buttons & 1) && (dragging || Math.hypot(e.clientX - from.x, e.clientY - from.y) > 4)) {
      if (!dragging) svg.setPointerCapture(e.pointerId);
      dragging = true;
      leave();
      drag(from.panel, from.at, find(e).at);
    } else if (!pinned) {
      look(e, false);
    }
  };
  svg.onpointerup = () => dragging && drop();
  svg.onpointercancel = () => { // a finger scrolls instead
    from = null;
    if (!dragging) return;
    clearBrush();
    choose();
  };
  svg.onpointerleave = () => pinned || leave();
  svg.onclick = e => {
    if (dragging) return;
    if (brush.panel) {
      clearBrush();
      choose();
    }
    look(e, true);
  };
  if (!models) return;
  svg.classList.add("models");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", svg.getAttribute("aria-label") + "; arrow keys go from model to model");
  let ranked;
  const place = names.indexOf("error");
  const error = m => place < 0 ? 0 : number(value(rowOf(m.model).cells[place]));
  const step = i => {
    mark(ranked[i].model);
    show(ranked[i].mark.getBoundingClientRect(), [], true);
  };
  svg.onkeydown = e => {
    const by = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
    if (!by) return;
    e.preventDefault();
    step(Math.max(0, Math.min(ranked.length - 1, ranked.findIndex(m => m.model === current) + by)));
  };
  svg.onfocus = () => {
    ranked ??= panels().flatMap(p => p.marks).filter(m => rowOf(m.model)).sort((a, b) => error(a) - error(b));
    if (svg.matches(":focus-visible")) step(0);
  };
  svg.onblur = e => tip.contains(e.relatedTarget) || leave();
}

// save writes a figure as a file of its own, in black on white.
function save(svg, name) {
  const copy = svg.cloneNode(true), [, , width, height] = svg.getAttribute("viewBox").split(" ");
  for (const e of copy.querySelectorAll(".brush, .on")) e.remove();
  for (const e of copy.querySelectorAll("[class]")) e.removeAttribute("class");
  for (const a of ["class", "tabindex", "role"]) copy.removeAttribute(a);
  copy.setAttribute("style", "color:#000;background:#fff");
  copy.setAttribute("width", width + "pt");
  copy.setAttribute("height", height + "pt");
  download(name, "image/svg+xml", new XMLSerializer().serializeToString(copy).replace(/var\(--\w+,(#\w+)\)/g, "$1"));
}
for (const svg of document.querySelectorAll("figure svg:has(g.panel)")) {
  const title = svg.getAttribute("aria-label"), drawing = element("div", "", {class: "drawing"});
  const button = element("button", "SVG", {type: "button", class: "save", title: "download the figure", "aria-label": "download “" + title + "” as SVG"});
  button.onclick = () => save(svg, title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") + ".svg");
  svg.replaceWith(drawing);
  drawing.append(svg, button);
  answer(svg);
}
addEventListener("keydown", e => {
  if (e.key !== "Escape" || at("card").open) return;
  leave();
  if (brush.panel) {
    clearBrush();
    choose();
  }
});
