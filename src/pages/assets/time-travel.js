// <time-travel>: the slider and the steps show another fact in place. The address says which, as without a script.

class TimeTravel extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick]")) this.go(event.target.value, "[data-pick]");
    });
    this.addEventListener("click", (event) => {
      const step = event.target.closest("[data-step]");
      if (!step) return;
      event.preventDefault();
      const { value } = this.querySelector("[data-pick]");
      this.go(Number(value) + Number(step.dataset.step), `[data-step="${step.dataset.step}"]`);
    });
  }

  /** Shows the fact with this number; the focus stays where it was. */
  async go(sequence, focused) {
    const address = new URL(location.href);
    address.searchParams.set("sequence", sequence);
    const turn = (this.turn = Symbol("turn"));
    const answer = await fetch(address, { headers: { accept: "text/html" } }).catch(() => null);
    if (this.turn !== turn) return;
    if (!answer?.ok) return location.assign(address);
    const other = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(this.id);
    if (this.turn !== turn || !other) return;
    this.replaceChildren(...document.importNode(other, true).childNodes);
    history.replaceState(null, "", address);
    this.querySelector(focused)?.focus();
  }
}

customElements.define("time-travel", TimeTravel);
