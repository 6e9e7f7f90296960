// Without this script, every page can be read. It narrows tables down, and changes between light and dark.
const root = document.documentElement;
const key = "modding-guide-theme";
const button = document.querySelector(".theme");

function kept(value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch { /* a page that is opened from a disk may not keep anything */ }
  return value;
}

if (kept()) root.dataset.theme = kept();
button.hidden = false;
button.addEventListener("click", () => {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = kept(isDark ? "light" : "dark");
});

for (const label of document.querySelectorAll(".filter")) {
  const rows = [...label.nextElementSibling.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const field = label.querySelector("input");
  label.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      count += !row.hidden;
    });
    label.querySelector("output").textContent = words.length ? `${count} of ${rows.length}` : "";
  });
}
