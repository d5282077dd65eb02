// What scripts say, in the language of the page, as the server has written it there.

const sentences = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang;

/** The sentence of this name; `{}` or `{0}`, `{1}` stand for the values. */
export function say(name, ...values) {
  let next = 0;
  return sentences[name].replace(/\{(\d?)\}/g, (_, place) => values[place === "" ? next++ : Number(place)]);
}

/** `12,900`. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Money in minor units, as the page writes it. */
export function money(minor, currency, digits) {
  const unit = 10 ** digits;
  const whole = count(Math.floor(minor / unit));
  const number = digits ? `${whole}.${String(minor % unit).padStart(digits, "0")}` : whole;
  if (currency === "KRW") return say("won", number);
  if (currency === "JPY") return say("yen", number);
  return `${{ GBP: "£", EUR: "€", USD: "$" }[currency]}${number}`;
}

/** What is left of a time: `14:32` below an hour, then hours and minutes; nothing from a day on. */
export function left(ms) {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  if (ms < 3_600_000) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (ms < 86_400_000) return say("hours", Math.floor(ms / 3_600_000), Math.floor((ms % 3_600_000) / 60_000));
  return null;
}

/** How long it is until then, in a sentence; nothing from a day on. */
export function ahead(ms) {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const rest = seconds % 60;
  const shown = language === "en" ? String(rest).padStart(2, "0") : rest;
  return ms < 3_600_000 ? say("minutes", Math.floor(seconds / 60), shown) : left(ms);
}

/** The time of a day by the server's zone, as `14:03:28`. */
export function clock(ms, zone) {
  const at = new Date(ms + zone * 60_000);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getUTCHours()}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

/** A day, as `6월 12일` or `12 June`, from a time with its offset. */
export function day(stamp) {
  const [, month, date] = stamp.slice(0, 10).split("-").map(Number);
  const at = new Date(Date.UTC(2000, month - 1, date));
  return new Intl.DateTimeFormat(language, { month: "long", day: "numeric", timeZone: "UTC" }).format(at);
}

/** An icon of the page's sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}
