// What this browser tab remembers: who the visitor is, and each person's chat. The server keeps no questions.

const KEY = "zhibu-demo";
const EMPTY = { person: "", mode: "safe", dock: "typing", after: 0, chats: {}, news: {} };

export const memory = { ...structuredClone(EMPTY), ...JSON.parse(sessionStorage.getItem(KEY) || "{}") };

export function save() {
  sessionStorage.setItem(KEY, JSON.stringify(memory));
}

export function forget() {
  const { person, mode, dock, after } = memory;
  Object.assign(memory, structuredClone(EMPTY), { person, mode, dock, after });
  save();
}

export function chatOf(person) {
  return (memory.chats[person] ??= []);
}

// Adds to a person's chat; what is far back goes, for the browser keeps only so much.
export function add(person, ...messages) {
  const talk = chatOf(person);
  talk.push(...messages);
  if (talk.length > 120) memory.chats[person] = talk.slice(-80);
}
