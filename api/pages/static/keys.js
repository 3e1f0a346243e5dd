// Keys for reading hits: j next, k previous, Enter opens, / goes to the search
// field. Everything it does can be done by link as well.
const hits = [...document.querySelectorAll(".hit")];
const field = document.querySelector("[data-search]");
const help = document.querySelector("[data-keys]");
if (help && hits.length) help.hidden = false;

const here = () => hits.indexOf(document.activeElement?.closest?.(".hit"));
const go = (i) => {
  const hit = hits[i];
  if (!hit) return document.querySelector(`[rel="next"]`)?.focus();
  hit.focus();
  hit.scrollIntoView({ block: "nearest" });
};

const typing = (e) => /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);

// on the way up, so that the key itself is not typed into the field
document.addEventListener("keyup", (e) => {
  if (e.key !== "/" || !field || typing(e)) return;
  field.focus();
  field.select();
});

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (typing(e)) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  if (e.key === "/" && field) e.preventDefault(); // and not the browser's own search
  if (!hits.length) return;
  if (e.key === "j") { e.preventDefault(); go(Math.min(here() + 1, hits.length)); }
  if (e.key === "k") { e.preventDefault(); go(Math.max(here() - 1, 0)); }
  if (e.key === "Enter" && e.target.matches(".hit")) e.target.querySelector("a.open")?.click();
});
