
// Cards: a link #card-N opens what is known of the model of that number.
const dialog = at("card"), data = JSON.parse(at("cards").textContent);
const cards = new Map(data.cards.map(c => [String(c.row), c]));
const slots = Object.fromEntries([...dialog.querySelectorAll("[data-card]")].map(e => [e.dataset.card, e]));
function open(model) {
  const row = rowOf(model), card = cards.get(model);
  if (!row || !card) return;
  const id = row.cells[0].textContent;
  const text = {id, place: card.place ?? "", course: card.course ?? "", commands: (data.commands[card.run - 1] ?? "").replaceAll("{id}", value(row.cells[0]))};
  for (const [slot, v] of Object.entries(text)) slots[slot].textContent = v;
  slots.shape.setAttribute("d", card.shape ?? "");
  slots.curve.setAttribute("d", card.curve ?? "");
  slots.shape.closest("figure").hidden = !card.shape;
  slots.curve.closest("figure").hidden = !card.course;
  slots.commands.hidden = !text.commands;
  const all = facts(row);
  if (card.trainings) all.set("trainings", card.trainings);
  if (card.fresh) all.set("fresh mean [95 %]", card.fresh);
  slots.facts.replaceChildren(...list(all).childNodes);
  leave();
  if (!dialog.open) dialog.showModal();
}
const opened = () => {
  const model = /^#card-(\d+)$/.exec(location.hash)?.[1];
  if (model) open(model);
};
addEventListener("hashchange", opened);
opened();
dialog.onclose = () => /^#card-/.test(location.hash) && history.replaceState(null, "", " ");
dialog.onclick = e => e.target === dialog && dialog.close(); // beside it
for (const row of rows) {
  const cell = row.cells[0], link = element("a", "", {href: "#card-" + modelOf(row)});
  link.append(...cell.childNodes);
  cell.append(link);
}
choose();
