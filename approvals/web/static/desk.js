// Keys and copying. Everything here is a shortcut: the desk works in full without it.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);

  // On a phone sections and tabs are one line that scrolls: the one we are in is in view.
  for (const here of document.querySelectorAll(".top nav > [aria-current], .top nav .open, .tabs [aria-current]")) {
    const line = here.closest("nav");
    line.scrollLeft += here.getBoundingClientRect().left - line.getBoundingClientRect().left - 40;
  }

  const rows = [...document.querySelectorAll("#rows .row")];
  let current = -1;

  const select = (index) => {
    if (!rows.length) return;
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, at) => row.classList.toggle("current", at === current));
    rows[current].querySelector("a").focus();
  };

  const follow = (selector) => { const link = find(selector); if (link) link.click(); };

  const open = (selector) => {
    const fold = find(selector);
    if (!fold) return;
    fold.open = true;
    fold.querySelector("textarea, select, input:not([type=hidden])").focus();
  };

  // A approves in two steps: the key moves to the button, Enter presses it. One stray letter must not send anything.
  const keys = {
    j: () => rows.length ? select(current + 1) : follow("#next-item"),
    k: () => rows.length ? select(current - 1) : follow("#previous-item"),
    n: () => follow(rows.length ? "#next-page" : "#next-item"),
    a: () => { const button = find("#approve"); if (button) button.focus(); },
    r: () => open("#reject"),
    d: () => open("#redraft"),
    e: () => follow("#edit"),
    x: () => { const tick = current >= 0 && rows[current].querySelector("input[type=checkbox]"); if (tick) tick.checked = !tick.checked; },
    q: () => follow('header a[href="/queue"]'),
    "?": () => showKeys(),
  };

  const HELP = [
    ["J / K", "next and previous item"], ["Enter", "open the item, or press the button in focus"], ["A", "go to the approve button"],
    ["R", "reject, with a reason"], ["E", "edit"], ["D", "ask for a new draft"], ["N", "next item or page"], ["X", "tick the item"], ["Q", "back to the queue"],
  ];
  const showKeys = () => {
    let dialog = find("#keys");
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.id = "keys";
      dialog.setAttribute("aria-label", "Keys");
      const list = document.createElement("dl");
      for (const [key, what] of HELP) {
        const term = list.appendChild(document.createElement("dt"));
        term.appendChild(document.createElement("kbd")).textContent = key;
        list.appendChild(document.createElement("dd")).textContent = what;
      }
      const form = document.createElement("form");
      form.method = "dialog";
      form.appendChild(document.createElement("button")).textContent = "Close";
      dialog.append(list, form);
      document.body.appendChild(dialog);
    }
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog[open]")) return;
    // A dialog that has just closed takes the focus back: the chosen row is opened all the same.
    if (event.key === "Enter" && current >= 0 && document.activeElement === document.body) { rows[current].querySelector("a").click(); return; }
    const act = keys[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  });

  const help = find("#keys-button");
  if (help) { help.hidden = false; help.addEventListener("click", showKeys); }

  for (const field of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      field.select();
      try { await navigator.clipboard.writeText(field.value); button.textContent = "Copied"; } catch { button.textContent = "Press Ctrl+C"; }
    });
    const buttons = field.parentElement.querySelector("form.buttons");
    if (buttons) buttons.append(button); else field.after(button);
  }

  // A second click on a form that is on its way must not send it again.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; })));
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form button[disabled]").forEach((button) => { button.disabled = false; });
  });
})();
