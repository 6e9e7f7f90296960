// The difference of two texts, line by line (Myers, "An O(ND) Difference Algorithm", 1986). Pure.

const MOST_STEPS = 1500;

/** Return rows of [kind, line number before, line number after, text]; kind is " ", "+", "-" or "…". */
export function diffLines(before, after, context = 3) {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const rows = [];
  for (let at = 0; at < start; at += 1) rows.push([" ", at + 1, at + 1, a[at]]);
  const middle = path(a.slice(start, a.length - end), b.slice(start, b.length - end));
  for (const [kind, x, y, text] of middle) rows.push([kind, x === null ? null : x + start + 1, y === null ? null : y + start + 1, text]);
  for (let at = end; at > 0; at -= 1) rows.push([" ", a.length - at + 1, b.length - at + 1, a[a.length - at]]);
  return fold(rows, context);
}

function path(a, b) {
  const most = Math.min(a.length + b.length, MOST_STEPS);
  const reach = new Map([[1, 0]]);
  const trace = [];
  for (let d = 0; d <= most; d += 1) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1)) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      reach.set(k, x);
      if (x >= a.length && y >= b.length) return walk(a, b, trace);
    }
  }
  // The texts have too little in common: everything was replaced.
  return [...a.map((text, at) => ["-", at, null, text]), ...b.map((text, at) => ["+", null, at, text])];
}

function walk(a, b, trace) {
  const rows = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const reach = trace[d];
    const k = x - y;
    const isDown = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const from = isDown ? k + 1 : k - 1;
    const fromX = d ? (reach.get(from) ?? 0) : 0;
    const fromY = d ? fromX - from : 0;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      rows.push([" ", x, y, a[x]]);
    }
    if (!d) break;
    if (isDown) {
      y -= 1;
      rows.push(["+", null, y, b[y]]);
    } else {
      x -= 1;
      rows.push(["-", x, null, a[x]]);
    }
  }
  return rows.reverse();
}

/** Leave out long stretches that are the same. */
function fold(rows, context) {
  const kept = new Set();
  rows.forEach(([kind], at) => {
    if (kind !== " ") for (let near = at - context; near <= at + context; near += 1) kept.add(near);
  });
  const folded = [];
  let skipped = 0;
  rows.forEach((row, at) => {
    if (kept.has(at)) {
      if (skipped) folded.push(["…", null, null, skipped]);
      skipped = 0;
      folded.push(row);
    } else skipped += 1;
  });
  if (skipped) folded.push(["…", null, null, skipped]);
  return folded;
}
