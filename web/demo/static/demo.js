// The page's root: holds what is shown, sends what the visitor does, redraws.

import { ask, state } from "./api.js";
import { render, toEnd } from "./chat.js";
import { fill, setUpDock, showDock } from "./dock.js";
import { add, chatOf, forget, memory, save } from "./memory.js";
import { face, renderAbout, renderClock, renderPeople, renderPush } from "./settings.js";
import { renderWhy } from "./why.js";
import { renderWire } from "./wire.js";

const POLL_MS = 3000;
const find = (id) => document.getElementById(id);
const phone = document.querySelector(".phone");
const wide = matchMedia("(min-width: 72em)");

let people = [];
let shown = null; // the exchange in the panels
let aboutOpen = false;

const me = () => people.find((each) => each.platform_id === memory.person);

// Drawing

function draw() {
  const person = me();
  if (!person) return;
  const about = aboutOpen || !person.following;
  phone.dataset.about = String(about);
  find("about").hidden = !about;
  find("about-open").setAttribute("aria-expanded", String(about));
  find("follow").hidden = person.following;
  find("unfollow").hidden = find("about-close").hidden = !person.following;
  find("tries").hidden = chatOf(memory.person).some((each) => each.who === "me");
  find("code").parentElement.hidden = Boolean(person.name) || !person.following;
  renderPeople(people, memory.person, memory.news, choose);
  renderAbout(person);
  render(chatOf(memory.person), () => face(memory.person), shown, show, tap);
}

function show(exchange, view) {
  shown = exchange || null;
  draw();
  renderWire(exchange);
  renderWhy(exchange, (each) => ask("why", { person: each.person, text: each.said })).catch(tell);
  if (!view || wide.matches) return;
  look(view);
  document.querySelector(`.card.${view}`).focus();
}

function look(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll(".views button")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  if (view === "chat") toEnd();
}

let toastEnds = 0;

function tell(words) {
  find("said-aloud").textContent = words instanceof Error ? words.message : words;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => { find("said-aloud").textContent = ""; }, 4000);
}

// The server's state

async function refresh() {
  const found = await state(memory.after);
  people = found.people;
  if (!me()) memory.person = people[0].platform_id;
  for (const { id, platform_id, at, text } of found.pushed) {
    if (id <= memory.after) continue; // another question to the server brought it already
    memory.after = id;
    add(platform_id, { who: "bot", text, at, pushed: true });
    if (platform_id !== memory.person) memory.news[platform_id] = (memory.news[platform_id] || 0) + 1;
  }
  renderClock(found.now);
  find("next-card").textContent = found.next_card;
  renderPush(found.may_push);
  save();
  return found.pushed.length > 0;
}

let drawn = "";

async function poll() {
  const pushed = await refresh();
  const looks = JSON.stringify(people);
  if (pushed || looks !== drawn) draw();
  drawn = looks;
}

// What the visitor does

async function send(kind, said, words, menuId = "") {
  const person = memory.person;
  const exchange = await ask("say", { person, mode: memory.mode, kind, text: said, menu_id: menuId });
  Object.assign(exchange, { person, kind, said, shown: words });
  const { at, text, status } = exchange;
  add(person, { who: kind === "text" ? "me" : "event", text: words, at });
  if (text) add(person, { who: "bot", text, at, exchange });
  if (status !== 200) add(person, { who: "event", text: `接口没有收下（HTTP ${status}），看“报文”`, at });
  aboutOpen = false;
  await refresh();
  show(exchange);
}

const say = (text) => send("text", text, text).catch(tell);
const tap = (text, menuId) => send("text", text, text, menuId).catch(tell);
const click = (key, name) => send("click", key, `点了菜单“${name}”`).catch(tell);

function choose(person) {
  memory.person = person;
  delete memory.news[person];
  aboutOpen = false;
  find("code-shown").textContent = "";
  save();
  showLast();
}

// The panels stand at the latest answer of the person chosen.
function showLast() {
  show(chatOf(memory.person).findLast((each) => each.exchange)?.exchange);
}

async function travel(to) {
  await ask("travel", { to });
  await poll();
  tell(`现在是 ${find("clock-day").textContent} ${find("clock-time").textContent}`);
}

async function restart() {
  await ask("restart");
  forget();
  find("moment").value = find("code-shown").textContent = "";
  await refresh();
  showLast();
  tell("已重新开始：时钟回到现在，演示的人和推送复原了。");
}

async function code() {
  const { code } = await ask("code", { person: memory.person });
  find("code-shown").textContent = code;
  memory.dock = "typing";
  showDock("typing");
  look("chat");
  fill(`绑定 ${code}`);
  tell("绑定码填好了，点“发送”。");
}

function swap(dock) {
  memory.dock = dock;
  save();
  showDock(dock);
}

// Setting up

setUpDock({ say, click, swap });
for (const button of document.querySelectorAll(".views button")) button.addEventListener("click", () => look(button.dataset.view));
for (const button of document.querySelectorAll("[data-travel]")) {
  button.addEventListener("click", () => travel(button.dataset.travel).catch(tell));
}
for (const button of find("tries").children) button.addEventListener("click", () => say(button.textContent));
for (const radio of document.querySelectorAll("[name=mode]")) {
  radio.checked = radio.value === memory.mode;
  radio.addEventListener("change", () => { memory.mode = radio.value; save(); });
}
find("travel").addEventListener("submit", (event) => {
  event.preventDefault();
  travel(find("moment").value).catch(tell);
});
find("may-push").addEventListener("change", ({ target }) => ask("push", { may: target.checked ? "yes" : "no" }).then(refresh).catch(tell));
find("restart").addEventListener("click", () => restart().catch(tell));
find("code").addEventListener("click", () => code().catch(tell));
find("about-open").addEventListener("click", () => { aboutOpen = !aboutOpen; draw(); });
find("about-close").addEventListener("click", () => { aboutOpen = false; draw(); find("about-open").focus(); });
find("follow").addEventListener("click", () => send("follow", "", "您关注了支部助手").then(() => find("chat").focus()).catch(tell));
find("unfollow").addEventListener("click", () => send("unfollow", "", "您不再关注支部助手").then(() => find("follow").focus()).catch(tell));

showDock(memory.dock);
poll().then(showLast).catch(tell);
// Quietly: a server that is being restarted is back soon.
setInterval(() => document.hidden || poll().catch(() => {}), POLL_MS);
