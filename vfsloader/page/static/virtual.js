// Long lists: only the rows that can be seen are in the document. Rows keep their elements, and so the focus.

import { h } from "./dom.js";

export class VirtualList {
  /**
   * @param {object} options
   *   key(item), signature(item), render(item, index): a row is made again when its signature differs
   *   height: pixels or a function that returns them; role, rowRole, label: for screen readers
   */
  constructor(options) {
    this.options = { role: "list", rowRole: "listitem", overscan: 6, ...options };
    this.items = [];
    this.rows = h("div", { class: "rows", role: this.options.role, "aria-label": this.options.label });
    this.element = h("div", { class: `viewport ${this.options.class ?? ""}`, tabindex: "-1" }, this.rows);
    this.shown = new Map();
    this.current = 0;
    this.pending = 0;
    this.element.addEventListener("scroll", () => this.schedule(), { passive: true });
    this.rows.addEventListener("keydown", (event) => this.onkey(event));
    this.rows.addEventListener("focusin", (event) => this.onfocus(event));
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.element);
  }

  get height() {
    const { height } = this.options;
    return typeof height === "function" ? height() : height;
  }

  setItems(items, total = items.length) {
    this.items = items;
    this.total = total;
    this.current = Math.max(0, Math.min(this.current, total - 1));
    this.draw();
  }

  schedule() {
    if (!this.pending) this.pending = requestAnimationFrame(() => ((this.pending = 0), this.draw()));
  }

  range() {
    const height = this.height;
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - this.options.overscan);
    const seen = Math.ceil((this.element.clientHeight || 600) / height);
    return [first, Math.min(this.total ?? 0, first + seen + 2 * this.options.overscan)];
  }

  draw() {
    const { key, signature, render, rowRole } = this.options;
    const height = this.height;
    const [first, last] = this.range();
    this.rows.style.height = `${(this.total ?? 0) * height}px`;
    if (!["list", "tree"].includes(this.options.role)) this.rows.setAttribute("aria-rowcount", this.total ?? 0);
    const wanted = new Set();
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.closest("[data-key]") : null;
    const indexes = [];
    for (let index = first; index < last; index += 1) indexes.push(index);
    if (focused) {
      const kept = Number(focused.dataset.index);
      if (kept < (this.total ?? 0) && !indexes.includes(kept)) indexes.push(kept); // scrolled away with the focus
    }
    let before = null;
    for (const index of indexes.sort((a, b) => a - b)) {
      const item = this.items[index];
      const name = item === undefined ? `?${index}` : String(key(item));
      const mark = item === undefined ? "" : signature(item, index);
      wanted.add(name);
      let row = this.shown.get(name);
      if (!row || row.mark !== mark) {
        const old = row?.element;
        const element = item === undefined ? h("div", {}) : render(item, index);
        element.dataset.key = name;
        element.dataset.index = index;
        if (this.options.focusable !== false) element.tabIndex = index === this.current ? 0 : -1; // before it gets the focus
        if (!element.hasAttribute("role")) element.setAttribute("role", rowRole);
        row = { element, mark };
        this.shown.set(name, row);
        if (old) {
          const inner = old.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
          const hadFocus = old.contains(document.activeElement);
          old.replaceWith(element);
          if (hadFocus) (inner ? element.querySelector(`[data-focus="${inner}"]`) : element)?.focus({ preventScroll: true });
        }
      }
      const { element } = row;
      element.dataset.index = index;
      element.style.transform = `translateY(${index * height}px)`;
      element.style.height = `${height}px`;
      if (rowRole === "row") element.setAttribute("aria-rowindex", index + 1);
      else {
        element.setAttribute("aria-posinset", index + 1);
        element.setAttribute("aria-setsize", this.total);
      }
      if (this.options.focusable !== false) element.tabIndex = index === this.current ? 0 : -1;
      // The order in the document is the order on the screen, for screen readers and the Tab key.
      const follows = before ? before.nextElementSibling : this.rows.firstElementChild;
      if (follows !== element) this.rows.insertBefore(element, follows);
      before = element;
    }
    for (const [name, { element }] of this.shown) {
      if (!wanted.has(name)) {
        element.remove();
        this.shown.delete(name);
      }
    }
    if (this.options.need && last > first) this.options.need(first, last);
  }

  redraw() {
    this.shown.forEach(({ element }) => element.remove());
    this.shown.clear();
    this.draw();
  }

  element_of(index) {
    return [...this.shown.values()].find(({ element }) => Number(element.dataset.index) === index)?.element;
  }

  reveal(index, { center = false } = {}) {
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.element;
    if (center) this.element.scrollTop = top - clientHeight / 2 + this.height / 2;
    else if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.element.scrollTop = top + this.height - clientHeight;
    this.draw();
  }

  focus(index) {
    if (!this.total) return;
    this.current = Math.max(0, Math.min(index, this.total - 1));
    this.reveal(this.current);
    this.element_of(this.current)?.focus({ preventScroll: true });
  }

  onfocus(event) {
    const row = event.target.closest("[data-key]");
    if (!row) return;
    const index = Number(row.dataset.index);
    if (index !== this.current) {
      const old = this.element_of(this.current);
      if (old) old.tabIndex = -1;
      this.current = index;
      row.tabIndex = 0;
    }
  }

  onkey(event) {
    const { target } = event;
    if (this.options.onkey?.(event, this.items[this.current], this.current)) {
      event.preventDefault();
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || target.matches("input, select, textarea")) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 };
    if (event.key in steps) {
      event.preventDefault();
      this.focus(this.current + steps[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && target.dataset.key !== undefined) {
      event.preventDefault();
      this.options.onopen?.(this.items[this.current], this.current, event.key);
    }
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.pending);
  }
}
