// Calls of the API by the cookie of the page.

const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

/** Sends JSON under an idempotency key: the answer, or `null` where none came. */
export async function send(method, path, body, key) {
  const headers = { "content-type": "application/json", "x-csrf-token": token, "accept-language": document.documentElement.lang };
  if (key) headers["idempotency-key"] = key;
  try {
    const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const isJson = (answer.headers.get("content-type") ?? "").includes("json");
    const data = isJson ? await answer.json() : null;
    return { status: answer.status, data, retryAfter: Number(answer.headers.get("retry-after") ?? 0) };
  } catch {
    return null;
  }
}

/** A name for one attempt. `crypto.randomUUID` is not there everywhere. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** To the log-in page, and back to this one. */
export function logIn() {
  location.assign(`/login?return=${encodeURIComponent(location.pathname)}`);
}
