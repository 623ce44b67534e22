// The raw messages of one exchange, as they went over the wire.

import { make, spread } from "./texts.js";

const box = document.getElementById("wire");

const EMPTY = [...box.children];

export function renderWire(exchange) {
  if (!exchange) return box.replaceChildren(...EMPTY);
  const [path, query] = exchange.address.split("?");
  const sealed = exchange.sent !== exchange.message;
  const opened = exchange.opened !== exchange.received;
  box.replaceChildren(
    part("平台发来", `POST ${path}?\n${query.replaceAll("&", "&\n")}`),
    part(sealed ? "正文（加密以后）" : "正文", exchange.sent),
    ...(sealed ? [part("加密以前", exchange.message)] : []),
    part(`我们回答：HTTP ${exchange.status}`, spread(exchange.received) || "（空）"),
    ...(opened && exchange.opened ? [part("解开以后", spread(exchange.opened))] : []));
}

function part(title, text) {
  return make("section", {}, make("h3", {}, title), make("pre", { tabindex: "0", "aria-label": title, role: "region" }, text));
}
