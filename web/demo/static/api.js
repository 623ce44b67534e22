// Talks to the demo's addresses. Every answer is JSON; a refusal carries {"problem"} in Chinese.

async function answered(response) {
  const type = response.headers.get("Content-Type") || "";
  const answer = type.includes("json") ? await response.json() : {};
  if (!response.ok) throw new Error(answer.problem || "没有成功，请刷新页面再试。");
  return answer;
}

export async function state(after) {
  return answered(await fetch(`/demo/state?after=${after}`));
}

export async function ask(what, fields = {}) {
  const headers = { "Content-Type": "application/json", "X-Zhibu-Demo": "1" };
  return answered(await fetch(`/demo/${what}`, { method: "POST", headers, body: JSON.stringify(fields) }));
}
