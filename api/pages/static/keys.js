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

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (typing) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  if (e.key === "/" && field) { e.preventDefault(); field.focus(); field.select(); }
  if (!hits.length) return;
  if (e.key === "j") { e.preventDefault(); go(Math.min(here() + 1, hits.length)); }
  if (e.key === "k") { e.preventDefault(); go(Math.max(here() - 1, 0)); }
  if (e.key === "Enter" && e.target.matches(".hit")) e.target.querySelector("a.open")?.click();
});
