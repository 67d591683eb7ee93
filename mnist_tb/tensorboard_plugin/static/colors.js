/**
 * Colour maps, computed in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020) so that equal
 * steps look equal. Lightness alone tells the values of the sequential map apart, and blue against orange the signs of
 * the diverging one: both hold for every common colour-blindness.
 */

const STEPS = 256;

// Lightness, chroma and hue in degrees along each map. Zero melts into the card that the map lies on.
const LIGHT = [[0.985, 0.005, 230], [0.88, 0.06, 225], [0.7, 0.115, 238], [0.5, 0.135, 255], [0.28, 0.1, 270]];
const DARK = [[0.335, 0, 250], [0.445, 0.08, 262], [0.56, 0.115, 235], [0.74, 0.12, 195], [0.95, 0.1, 110]];
const LIGHT_GREY = [[0.985, 0.002, 250], [0.6, 0.012, 250]];
const DARK_GREY = [[0.335, 0, 250], [0.66, 0.012, 250]];
const LIGHT_LESS = [[0.975, 0, 250], [0.82, 0.08, 240], [0.6, 0.14, 250], [0.38, 0.13, 262]];
const LIGHT_MORE = [[0.975, 0, 60], [0.85, 0.09, 70], [0.66, 0.155, 52], [0.42, 0.12, 42]];
const DARK_LESS = [[0.335, 0, 250], [0.46, 0.09, 255], [0.64, 0.13, 245], [0.86, 0.08, 220]];
const DARK_MORE = [[0.335, 0, 60], [0.47, 0.085, 48], [0.67, 0.145, 58], [0.89, 0.11, 80]];

/**
 * @typedef {Object} ColorMap
 * @property {Array<[number, number, number]>} colors 256 of them, each of 0 … 255
 * @property {boolean} diverging whether the middle is zero, or the beginning
 */

/**
 * @param {boolean} dark
 * @returns {ColorMap} from nothing to most
 */
export function sequentialMap(dark) {
  return { colors: ramp(dark ? DARK : LIGHT, STEPS), diverging: false };
}

/**
 * @param {boolean} dark
 * @returns {ColorMap} from nothing to most, of what is neither right nor wrong
 */
export function neutralMap(dark) {
  return { colors: ramp(dark ? DARK_GREY : LIGHT_GREY, STEPS), diverging: false };
}

/**
 * @param {boolean} dark
 * @returns {ColorMap} from better (blue) over the same to worse (orange)
 */
export function divergingMap(dark) {
  const less = ramp(dark ? DARK_LESS : LIGHT_LESS, STEPS / 2).reverse();
  return { colors: [...less, ...ramp(dark ? DARK_MORE : LIGHT_MORE, STEPS / 2)], diverging: true };
}

/**
 * @param {ColorMap} map
 * @param {number} tone in [0, 1], or in [-1, 1] if the map is diverging
 * @returns {[number, number, number]}
 */
export function colorOf(map, tone) {
  const place = map.diverging ? (tone + 1) / 2 : tone;
  return map.colors[Math.max(0, Math.min(STEPS - 1, Math.round(place * (STEPS - 1))))];
}

/**
 * @returns {string} black or white, whichever reads better on the colour
 */
export function inkOn([red, green, blue]) {
  const linear = [red, green, blue].map((value) => (value / 255) ** 2.2);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.22 ? "#1b1b1b" : "#ffffff";
}

/**
 * How far along the map a value stands.
 * @param {number} value
 * @param {{most: number, log: boolean, unit: number}} scale the value at the end of the map; whether it is logarithmic;
 * the value at which a logarithm begins to bend, 1 for counts
 * @returns {number} in [-1, 1]
 */
export function toneOf(value, { most, log, unit }) {
  if (most <= 0) return 0;
  const size = Math.min(Math.abs(value), most);
  return Math.sign(value) * (log ? Math.log1p(size / unit) / Math.log1p(most / unit) : size / most);
}

/**
 * @returns {string} a CSS gradient of the map, from left to right
 */
export function gradient(map) {
  const stops = map.colors.filter((_, i) => i % 15 === 0).map((color) => `rgb(${color.join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function ramp(anchors, steps) {
  const points = anchors.map(([lightness, chroma, hue]) => {
    const angle = (hue * Math.PI) / 180;
    return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
  });
  return Array.from({ length: steps }, (_, step) => {
    const place = (step / (steps - 1)) * (points.length - 1);
    const first = Math.min(Math.floor(place), points.length - 2);
    return toRgb(points[first].map((value, i) => value + (points[first + 1][i] - value) * (place - first)));
  });
}

function toRgb([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((value) => {
    const clipped = Math.max(0, Math.min(1, value));
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  });
}
