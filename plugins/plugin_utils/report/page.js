// Without this script the page is the plain, full list.
"use strict";
(() => {
  const form = document.querySelector(".filters");
  const findings = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll(".group")];
  const count = form.querySelector("output");
  const fields = ["host", "row", "severity", "status"];

  const show = () => {
    let shown = 0;
    for (const finding of findings) {
      finding.hidden = fields.some((name) => form.elements[name].value && form.elements[name].value !== finding.dataset[name]);
      shown += finding.hidden ? 0 : 1;
    }
    for (const group of groups) {
      const inside = [...group.querySelectorAll(".finding")];
      group.hidden = inside.length > 0 && inside.every((finding) => finding.hidden);
    }
    count.textContent = shown === findings.length ? `${shown} findings` : `${shown} of ${findings.length} findings`;
  };
  form.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll(".copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  }

  // A link into what is folded away opens it.
  addEventListener("hashchange", () => {
    const aim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = aim && aim.closest("details");
    if (fold) { fold.open = true; aim.scrollIntoView(); }
  });

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) { each.open = true; }
  });
  addEventListener("afterprint", () => {
    for (const each of opened) { each.open = false; }
  });
})();
