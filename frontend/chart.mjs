//! Chartist, a JavaScript library for plots. https://chartist.dev
//! (c) Gion Kunz and others. MIT.

// Plots of figures, as SVG that the style sheet colours. Fetched only where there is something to plot.
import { BarChart, LineChart, Svg } from "chartist";

// Chartist writes style attributes, which the content policy does not allow. Set through the object model they are the same.
const attr = Svg.prototype.attr;
Svg.prototype.attr = function (attributes, namespace) {
  if (typeof attributes !== "object" || attributes?.style === undefined) return attr.call(this, attributes, namespace);
  const { style, ...rest } = attributes;
  this._node.style.cssText = style;
  return attr.call(this, rest, namespace);
};

/** Pixels that a label below the plot needs. */
const LABEL = 96;
/** Pixels at the left for the numbers. */
const NUMBERS = 52;

/**
 * Plots into an element: stacked bars or lines over `labels`. Each of `series` has a `className` and `data`, in which `null`
 * is nothing. Answers what takes the plot away.
 */
export default function chart(element, stacked, labels, series) {
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  // As many labels as there is room for, none of them over the edge.
  const has = (at) => {
    const each = Math.max(1, element.clientWidth - NUMBERS) / labels.length;
    return at % Math.ceil(LABEL / each) === 0 && (at === 0 || (labels.length - at) * each >= LABEL);
  };
  const options = {
    low: 0,
    chartPadding: { top: 20, right: 16, bottom: 4, left: 0 },
    axisX: { showGrid: false, labelInterpolationFnc: (label, at) => (has(at) ? label : null) },
    axisY: { offset: NUMBERS, onlyInteger: stacked, labelInterpolationFnc: (value) => number.format(value) },
  };
  const data = { labels, series };
  const made = stacked
    ? new BarChart(element, data, { ...options, stackBars: true })
    : new LineChart(element, data, { ...options, lineSmooth: false, fullWidth: labels.length > 1 });
  made.on("draw", (drawn) => {
    if (drawn.type !== "bar") return;
    const width = Math.max(1, (drawn.chartRect.width() / labels.length) * 0.75);
    drawn.element.attr({ style: `stroke-width: ${width}px` });
  });
  return () => made.detach();
}
