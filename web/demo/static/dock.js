// The bar below the chat: typing, or the menu, as in WeChat.

const typing = document.getElementById("typing");
const menu = document.getElementById("menu");
const text = document.getElementById("text");

export function showDock(which) {
  typing.hidden = which !== "typing";
  menu.hidden = which !== "menu";
  closeMenus();
}

export function fill(words) {
  text.value = words;
  text.focus();
}

export function setUpDock({ say, click, swap }) {
  typing.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value) say(text.value);
    text.value = "";
  });
  for (const button of document.querySelectorAll(".swap")) {
    button.addEventListener("click", () => {
      swap(button.dataset.dock);
      (button.dataset.dock === "typing" ? text : menu.querySelector(".swap")).focus();
    });
  }
  menu.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.key) {
      closeMenus();
      click(button.dataset.key, button.textContent.trim());
    } else if (button?.hasAttribute("aria-expanded")) open(button, button.getAttribute("aria-expanded") === "false");
  });
  document.addEventListener("keydown", ({ key }) => {
    const opened = menu.querySelector("[aria-expanded=true]");
    if (key !== "Escape" || !opened) return;
    closeMenus();
    opened.focus();
  });
  document.addEventListener("click", ({ target }) => menu.contains(target) || closeMenus());
}

function open(button, whether) {
  closeMenus();
  button.setAttribute("aria-expanded", String(whether));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !whether;
}

function closeMenus() {
  for (const button of menu.querySelectorAll("[aria-expanded=true]")) {
    button.setAttribute("aria-expanded", "false");
    document.getElementById(button.getAttribute("aria-controls")).hidden = true;
  }
}
