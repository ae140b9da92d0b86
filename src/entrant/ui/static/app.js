// Gives each copy button its work, sends the code of a set-up link, and closes the menu of narrow screens where one would
// expect it. Where scripts do not run the buttons stay hidden, the fields can be selected by hand, and the menu closes by its button.
"use strict";
(() => {
  const prepare = (root) => {
    for (const button of root.querySelectorAll("button[data-copy][hidden]")) {
      const field = document.getElementById(button.dataset.copy);
      if (!field) continue;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = field.value ?? field.textContent;
        try {
          await navigator.clipboard.writeText(text);
        } catch {
          // Browsers keep the clipboard from pages over plain http; the old command still copies a selection.
          if (field.select) field.select();
          else getSelection().selectAllChildren(field);
          document.execCommand("copy");
        }
        const label = button.firstChild;
        const before = label.textContent;
        label.textContent = "Copied";
        button.setAttribute("aria-live", "polite");
        setTimeout(() => { label.textContent = before; }, 1500);
      });
    }
  };
  // A secret behind the # of an address is sent by a form: no server, proxy or history keeps it.
  const field = document.querySelector("input[data-fragment]");
  const send = () => {
    if (!field || location.hash.length <= 1) return;
    field.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    field.form.requestSubmit();
  };
  addEventListener("hashchange", send);
  send();
  const menu = document.querySelector("details.menu");
  if (menu) {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  }
  prepare(document);
  document.addEventListener("htmx:after:swap", () => prepare(document));
})();
