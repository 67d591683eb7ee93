/** Two fingers on a heat map zoom it. One finger scrolls the page, or, in what is zoomed, moves the part in sight. */

/**
 * @param {HTMLElement} element
 * @param {function(): boolean} isLive
 * @param {function(): void} begin
 * @param {function(number, number, number): void} change gets how much closer the fingers are than when they began, and
 * the place between them on the page
 */
export function listenToFingers(element, isLive, begin, change) {
  let distance = null;
  const listen = (name, listener) => element.addEventListener(name, listener, { passive: false });
  listen("touchstart", (event) => {
    distance = event.touches.length === 2 && isLive() ? between(event.touches) : null;
    if (distance === null) return;
    event.preventDefault(); // the page would be zoomed
    begin();
  });
  listen("touchmove", (event) => {
    if (distance === null || event.touches.length !== 2) return;
    event.preventDefault();
    const [first, second] = event.touches;
    const [x, y] = [(first.clientX + second.clientX) / 2, (first.clientY + second.clientY) / 2];
    change(distance / Math.max(1, between(event.touches)), x, y);
  });
  for (const end of ["touchend", "touchcancel"]) element.addEventListener(end, () => (distance = null));
}

function between([first, second]) {
  return Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY);
}
