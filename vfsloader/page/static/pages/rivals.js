// What one mod wins and loses, by the other mods and the game. Pure.

const ORDER = ["loses", "wins", "same"];

export function rivals({ layers, pairs, changes }, id) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const isMine = (name) => byName.get(name)?.mod === id && !byName.get(name).own;
  const rows = new Map();
  const add = (outcome, layer, files, values) => {
    const { own, mod } = byName.get(layer);
    const other = own ? "" : mod;
    if (other === id || !(files + values)) return;
    const key = `${outcome} ${other}`;
    const row = rows.get(key) ?? { outcome, other, layer, files: 0, values: 0 };
    row.files += files;
    row.values += values;
    rows.set(key, row);
  };
  for (const { winner, loser, files, same, values } of pairs) {
    if (isMine(winner)) add("wins", loser, files, values);
    else if (isMine(loser)) {
      add("loses", winner, files, values);
      add("same", winner, same, 0);
    }
  }
  const sorted = [...rows.values()].sort(
    (a, b) => !a.other - !b.other || ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || b.files + b.values - a.files - a.values,
  );
  return { rows: sorted, changes: changes.filter(({ layer }) => isMine(layer)).flatMap(({ sentences }) => sentences) };
}
