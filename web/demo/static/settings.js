// Who the visitor is, the clock, the mode, the right to push.

import { make } from "./texts.js";

const people = document.querySelector("#people .people");
const find = (id) => document.getElementById(id);

const FACES = { "demo-zhengshi": "甲", "demo-yubei": "乙", "demo-shuji": "书", "demo-liudong": "流", "demo-fangke": "访" };

export function face(person) {
  return make("span", { class: `face ${person.replace("demo-", "")}`, "aria-hidden": "true" }, FACES[person] || "我");
}

export function renderAbout({ name, branch, following }) {
  const bound = name ? `${name}，${branch}` : "还没有绑定";
  find("person-about").textContent = following ? bound : `${bound}；没有关注公众号`;
}

// The list is made anew only where it changed: a chosen radio keeps the focus.
let listed = "";

export function renderPeople(all, chosen, news, choose) {
  const made = JSON.stringify([all, chosen, news]);
  if (made === listed) return;
  listed = made;
  const focused = people.contains(document.activeElement);
  people.replaceChildren(...all.map((person) => label(person, chosen, news[person.platform_id], choose)));
  if (focused) people.querySelector(":checked")?.focus();
}

function label({ platform_id, role }, chosen, unread, choose) {
  const radio = make("input", { type: "radio", name: "person", value: platform_id });
  radio.checked = platform_id === chosen;
  radio.addEventListener("change", () => choose(platform_id));
  const element = make("label", {}, radio, face(platform_id), make("span", {}, role));
  if (unread) element.append(make("span", { class: "news", role: "img", "aria-label": `${unread} 条新推送` }, String(unread)));
  return element;
}

export function renderClock({ day, weekday, time, ahead, typed }) {
  find("clock-time").textContent = find("phone-time").textContent = time;
  find("clock-day").textContent = `${day} ${weekday}`;
  find("phone-day").textContent = ahead ? `${day} ${ahead}` : day;
  find("clock-ahead").textContent = ahead ? `拨到了${ahead}` : "";
  find("clock-ahead").hidden = !ahead;
  const moment = find("moment");
  moment.min = typed;
  if (document.activeElement !== moment && (!moment.value || moment.value < typed)) moment.value = typed;
}

export function renderPush(may) {
  find("may-push").checked = may;
  find("may-push-note").textContent = may
    ? "已认证、有权限的号：到点就推送。"
    : "没有认证的号：不能主动推送，卡片等着，随下一条回复送达。";
}
