// Live progress of a run by server-sent events; without it the page shows how
// it stood when it was made.
for (const card of document.querySelectorAll("[data-live]")) {
  const events = new EventSource(card.dataset.live);
  events.addEventListener("progress", (e) => {
    const p = JSON.parse(e.data);
    const settled = p.done + p.failed;
    for (const f of ["done", "open", "failed", "captures", "records"]) {
      const to = card.querySelector(`[data-f="${f}"]`);
      if (to) to.textContent = p[f];
    }
    const size = card.querySelector('[data-f="size"]');
    if (size) size.textContent = p.bytes < 1 << 20 ? `${(p.bytes / 1024).toFixed(1)} KiB` : `${(p.bytes / (1 << 20)).toFixed(1)} MiB`;
    const bar = card.querySelector("[data-share]");
    if (bar) bar.value = (100 * settled) / Math.max(1, settled + p.open);
  });
  // The last event of a run: its report is ready, so the page is made again.
  events.addEventListener("end", () => { events.close(); location.reload(); });
}
