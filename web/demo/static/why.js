// “为什么这样答”: the sentence as it was compared, how sure we are, and every candidate with its features.

import { make } from "./texts.js";

const box = document.getElementById("why");
const EMPTY = [...box.children];
let wanted = null;
const number = (value, digits = 2) => value.toFixed(digits);

// Shows an exchange; `explain` asks the server how its question is matched.
export async function renderWhy(exchange, explain) {
  wanted = exchange;
  if (!exchange) return box.replaceChildren(...EMPTY);
  const head = [question(exchange), verdict(exchange)];
  if (!exchange.compared) return box.replaceChildren(...head, make("p", {}, exchange.rule));
  const found = await explain(exchange);
  if (exchange !== wanted) return;
  box.replaceChildren(...head, ...sureness(found), ...compared(found), ...candidates(found));
}

function question(exchange) {
  return make("p", { class: "note" }, exchange.kind === "text" ? `您说：${exchange.shown}` : exchange.shown);
}

function verdict({ decision, decided, entry, version, status }) {
  const about = entry ? `${entry} · 第 ${version} 版` : "";
  return make("p", { class: `verdict ${decision || ""}` }, make("strong", {}, decided || `HTTP ${status}`), about);
}

function sureness({ score, threshold, why, band, margin }) {
  const mark = make("i");
  mark.style.left = `${score * 100}%`;
  const scale = make("div", { class: "scale", role: "img", "aria-label": `把握 ${number(score)}` }, mark);
  scale.style.setProperty("--offer", `${threshold.choices * 100}%`);
  scale.style.setProperty("--answer", `${threshold.answer * 100}%`);
  const words = make("div", { class: "scale-words", "aria-hidden": "true" },
    make("span", {}, "不作答"), make("span", {}, `${threshold.choices} 起列选项`), make("span", {}, `${threshold.answer} 起直接作答`));
  return [make("h3", {}, `把握 ${number(score)}`), scale, words,
    make("p", { class: "note" }, `${why}。与第二名相差 ${number(margin)}（对数几率）。`)];
}

function compared({ normalised, tokens }) {
  return [make("h3", {}, "比较用的文字"), make("p", {}, normalised || "（没有）"),
    make("h3", {}, "切成的词"), make("ul", { class: "words" }, ...tokens.map((token) => make("li", {}, token)))];
}

function candidates({ candidates, bias }) {
  if (!candidates.length) return [];
  return [make("h3", {}, `候选的条目（前 ${candidates.length} 个）`),
    make("ol", { class: "candidates" }, ...candidates.map((each, place) => make("li", {}, candidate(each, bias, place === 0))))];
}

function candidate(each, bias, open) {
  const summary = make("summary", {}, make("b", {}, number(each.probability)), each.question,
    make("small", {}, `${each.entry} · 最像的问法：${each.wording}${each.exact ? "（一字不差）" : ""}`));
  if (each.veto) summary.append(make("small", { class: "veto" }, `互斥词否决：${each.veto}`));
  const details = make("details", {}, summary, make("div", { class: "inside", tabindex: "0", role: "group", "aria-label": "特征" }, features(each, bias)));
  details.open = open;
  return details;
}

function features({ features, score }, bias) {
  const most = Math.max(...features.map((each) => each.value * each.weight), 0.01);
  const rows = features.map(({ name, label, value, weight }) => {
    const bar = make("i");
    bar.style.width = `${(value * weight / most) * 100}%`;
    return make("tr", {}, make("td", { title: name }, label), make("td", {}, number(value)), make("td", {}, number(weight)),
      make("td", {}, number(value * weight)), make("td", { class: "bar" }, bar));
  });
  const sum = features.reduce((total, each) => total + each.value * each.weight, bias);
  const heads = ["特征", "值", "权重", "乘积", ""].map((each) => (each ? make("th", { scope: "col" }, each) : make("td")));
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows,
    make("tr", {}, make("td", {}, "起点"), make("td"), make("td"), make("td", {}, number(bias)), make("td")),
    make("tr", {}, make("td", {}, make("b", {}, "合计 → 相似度")), make("td"), make("td"), make("td", {}, number(sum)), make("td", {}, make("b", {}, number(score))))));
}
