// "The next boat leaves at 14:30" instead of a general sentence.
(async () => {
  const line = document.getElementById("next-boat");
  const reply = await fetch("timetable/winter.json");
  if (!reply.ok) return;
  const { departures, pier } = await reply.json();
  const now = new Date().toTimeString().slice(0, 5);
  const next = departures.find((departure) => departure > now);
  line.textContent = next
    ? `The next boat leaves ${pier} at ${next}.`
    : `No more boats today. The first one tomorrow leaves ${pier} at ${departures[0]}.`;
})();
