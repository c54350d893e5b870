"use strict";
// Adds to a page that is complete without it: one stack at a time, search, and lit-up diagrams.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const stacks = all(".stack");
  const segments = all(".segments button");
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  let shown = segments.length ? segments[0].dataset.show : "";

  function show(key) {
    shown = key;
    segments.forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.show === key));
    });
    stacks.forEach((stack) => { stack.hidden = key !== "" && stack.dataset.stack !== key; });
    count();
  }

  // Search -----------------------------------------------------------------------------------
  const told = (row) => all("tr:first-child, .own", row).map((part) => part.textContent).join(" ");
  const rows = all(".resource").map((row) => ({ row, text: told(row).toLowerCase() }));

  function search() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach(({ row, text }) => { row.hidden = !words.every((word) => text.includes(word)); });
    all(".part").forEach((part) => { part.hidden = !part.querySelector(".resource:not([hidden])"); });
    count();
  }

  function count() {
    const parts = [];
    all("#resources .stack").forEach((stack) => {
      const total = all(".resource", stack).length;
      const left = all(".resource:not([hidden])", stack).length;
      stack.querySelector(".nothing").hidden = left > 0;
      if (query.value.trim()) parts.push(`${left} of ${total} on ${stack.dataset.label}`);
    });
    found.textContent = parts.join(", ");
  }

  // Links: whatever hides the target is opened first --------------------------------------------
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    const stack = target.closest(".stack");
    if (stack && stack.hidden) show(stack.dataset.stack);
    if (target.hidden || target.closest("[hidden]")) { query.value = ""; search(); }
    for (let up = target.parentElement; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") up.open = true;
    }
    all(":scope > .inside, :scope .more details", target).slice(0, 1).forEach((more) => { more.open = true; });
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  }

  // Diagrams -----------------------------------------------------------------------------------
  function light(diagram, name) {
    const near = new Set([name]);
    all(".edge", diagram).forEach((edge) => {
      const { from, to } = edge.dataset;
      const touches = from === name || to === name;
      edge.classList.toggle("near", touches);
      if (touches) { near.add(from); near.add(to); }
    });
    all(".node", diagram).forEach((node) => {
      node.classList.toggle("near", near.has(node.dataset.node));
    });
    diagram.classList.toggle("asked", name !== "");
  }

  all(".diagram").forEach((diagram) => {
    const on = (event) => {
      const node = event.target.closest(".node, a");
      const inner = node && (node.matches(".node") ? node : node.querySelector(".node"));
      light(diagram, inner ? inner.dataset.node : "");
    };
    diagram.addEventListener("mouseover", on);
    diagram.addEventListener("focusin", on);
    diagram.addEventListener("mouseleave", () => light(diagram, ""));
    diagram.addEventListener("focusout", () => light(diagram, ""));
  });

  all(".picture").forEach((picture) => {
    picture.scrollLeft = (picture.scrollWidth - picture.clientWidth) / 2;
  });

  // Print opens what is worth paper, and closes it again --------------------------------------
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.paper:not([open])");
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => { opened.forEach((details) => { details.open = false; }); });

  // Keyboard -----------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "Escape" && event.target === query) {
      query.value = "";
      search();
    }
  });

  query.form.addEventListener("submit", (event) => event.preventDefault());
  query.addEventListener("input", search);
  segments.forEach((button) => button.addEventListener("click", () => show(button.dataset.show)));
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  query.form.hidden = false;
  const group = document.querySelector(".segments");
  if (group) { group.hidden = false; show(shown); }
  if (location.hash) reveal();
})();
