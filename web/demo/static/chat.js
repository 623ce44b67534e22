// The chat: bubbles of one person's talk.

import { linked, make } from "./texts.js";

const box = document.getElementById("chat");
const ICON = document.querySelector("link[rel=icon]").href;

// What stands in the box. What is new is added, so that a screen reader reads out only that.
let drawn = { talk: null, count: 0, answers: [] };

// `talk`: [{who: "me"|"bot"|"event", text, at, pushed?, exchange?}]; `face()` makes the person's picture,
// `show` opens an exchange, `tap` says a link's content.
export function render(talk, face, shown, show, tap) {
  if (talk !== drawn.talk) {
    drawn = { talk, count: 0, answers: [] };
    box.replaceChildren();
  }
  const fresh = talk.slice(drawn.count);
  for (const each of fresh) {
    if (each.at !== talk[drawn.count - 1]?.at) box.append(make("p", { class: "time" }, each.at));
    box.append(each.who === "event" ? make("p", { class: "event" }, each.text) : said(each, face, show, tap));
    drawn.count += 1;
  }
  for (const [exchange, element] of drawn.answers) element.classList.toggle("shown", exchange === shown);
  if (fresh.length) toEnd();
}

export function toEnd() {
  box.scrollTop = box.scrollHeight;
}

function said(each, face, show, tap) {
  const mine = each.who === "me";
  const ours = () => make("span", { class: "face", "aria-hidden": "true" }, make("img", { src: ICON, alt: "" }));
  const element = make("div", { class: `said ${mine ? "mine" : ""} ${each.pushed ? "pushed" : ""}` },
    mine ? face() : ours(),
    make("div", { class: "bubble" }, ...(mine ? [each.text] : linked(each.text, tap))));
  if (each.pushed) element.append(make("div", { class: "under" }, "主动推送"));
  if (each.exchange) {
    element.append(under(each.exchange, show));
    drawn.answers.push([each.exchange, element]);
  }
  return element;
}

function under(exchange, show) {
  return make("div", { class: "under" },
    make("button", { type: "button", onclick: () => show(exchange, "why") }, "为什么这样答"),
    make("button", { type: "button", onclick: () => show(exchange, "wire") }, "报文"));
}
