// Small makers of elements, and texts as WeChat shows them.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const LINK = /<a href="([^"]*)">([\s\S]*?)<\/a>/g;

// A text with its links: `weixin://bizmsgmenu?…` says its content when tapped, a web address opens, else plain text.
export function linked(text, tap) {
  const parts = [];
  let end = 0;
  for (const [whole, address, words] of text.matchAll(LINK)) {
    const found = text.indexOf(whole, end);
    parts.push(text.slice(end, found), link(address.replaceAll("&amp;", "&"), words, tap));
    end = found + whole.length;
  }
  return [...parts, text.slice(end)];
}

function link(address, words, tap) {
  if (address.startsWith("weixin://bizmsgmenu?")) {
    const fields = new URLSearchParams(address.slice(address.indexOf("?")));
    const say = () => tap(fields.get("msgmenucontent") || "", fields.get("msgmenuid") || "");
    return make("button", { type: "button", class: "tap", onclick: say }, words);
  }
  if (/^https?:\/\//.test(address)) return make("a", { href: address, target: "_blank", rel: "noreferrer" }, words);
  return words;
}

// XML with an element a line; what stands in CDATA stays as it is.
export function spread(xml) {
  const tokens = xml.match(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]+>|[^<]+/g) || [];
  let spread = "", before = "";
  for (const token of tokens) {
    const opens = /^<\w/.test(token) || token === "</xml>";
    if (opens && /^<(\/|xml)/.test(before)) spread += "\n";
    spread += token;
    before = token;
  }
  return spread;
}
