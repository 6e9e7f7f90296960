// Dragging a row of the list of mods, by mouse, pen or finger. The list scrolls at its edges; Escape ends it.

import { h } from "../dom.js";

export function startDrag(event, { row, list, id, drop }) {
  if (event.button) return;
  event.preventDefault();
  const grip = event.currentTarget;
  grip.setPointerCapture(event.pointerId);
  const ghost = row.cloneNode(true);
  ghost.className = "mod ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.removeAttribute("data-key");
  ghost.style.transform = "";
  ghost.style.height = "";
  const line = h("div", { class: "drop-line", hidden: true });
  document.body.append(ghost);
  list.element.append(line);
  row.classList.add("dragged");
  let target = null;
  let y = event.clientY;
  let frame = 0;

  function place() {
    const box = list.element.getBoundingClientRect();
    const edge = 48;
    if (y < box.top + edge) list.element.scrollTop -= (box.top + edge - y) / 3;
    if (y > box.bottom - edge) list.element.scrollTop += (y - box.bottom + edge) / 3;
    const at = (y - box.top + list.element.scrollTop) / list.height;
    const gap = Math.max(0, Math.min(list.items.length, Math.round(at)));
    target = find(gap);
    line.hidden = target === null;
    line.style.top = `${gap * list.height}px`;
    frame = requestAnimationFrame(place);
  }

  /** What a gap between two rows means: before the next mod that loads, or after the one above. */
  function find(gap) {
    const from = list.items.findIndex((mod) => mod.id === id);
    if (gap === from || gap === from + 1) return null;
    if (gap > from) {
      const above = list.items.slice(0, gap).reverse().find((mod) => mod.place && mod.id !== id);
      return above ? { after: above.id } : null;
    }
    const below = list.items.slice(gap).find((mod) => mod.place && mod.id !== id);
    return below ? { before: below.id } : null;
  }

  function moved(next) {
    y = next.clientY;
    ghost.style.left = `${next.clientX + 14}px`;
    ghost.style.top = `${next.clientY - 18}px`;
  }

  function end(isDropped) {
    cancelAnimationFrame(frame);
    ghost.remove();
    line.remove();
    row.classList.remove("dragged");
    grip.removeEventListener("pointermove", moved);
    grip.removeEventListener("pointerup", up);
    grip.removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", key, true);
    if (isDropped && target) drop(target);
  }

  const up = () => {
    cancelAnimationFrame(frame);
    place();
    end(true);
  };
  const cancel = () => end(false);
  const key = (pressed) => {
    if (pressed.key === "Escape") {
      pressed.stopPropagation();
      end(false);
    }
  };
  grip.addEventListener("pointermove", moved);
  grip.addEventListener("pointerup", up);
  grip.addEventListener("pointercancel", cancel);
  addEventListener("keydown", key, true);
  moved(event);
  place();
}
