// Shows what the harbour office has to say today. The file is deployed on its own, so that a gale needs no new release.
(async () => {
  const line = document.getElementById("notice");
  try {
    const reply = await fetch("/config/notice.json", { cache: "no-cache" });
    if (!reply.ok) return;
    const { text } = await reply.json();
    line.textContent = text;
    line.hidden = !text;
  } catch (error) {
    console.info("No notice today:", error.message);
  }
})();
