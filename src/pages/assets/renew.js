// A part of the page that shows itself anew, as the server would show it now.

export class Renewed extends HTMLElement {
  disconnectedCallback() {
    this.stop?.();
    clearTimeout(this.timer);
  }

  /** After so many milliseconds; not all pages at once where `spread` says over how many. */
  soon(ms, spread = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), ms + Math.random() * spread);
  }

  async renew() {
    // Nothing changes under a finger, or under who reads on with the keyboard.
    if (this.matches(":active") || (this.contains(document.activeElement) && document.activeElement !== document.body)) {
      return this.soon(2_000);
    }
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return this.soon(5_000, 1_000);
      const other = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(this.id);
      if (other) this.replaceChildren(...document.importNode(other, true).childNodes);
    } catch {
      this.soon(5_000, 1_000);
    }
  }
}
