// What a figure from the server gets in the browser: the page's colours and type, number formats by
// the size of the numbers, and a legend that fits any width.
const PALETTE = ["#0072b2", "#e08e00", "#009e73", "#c0569b", "#3fa0d9", "#d55e00", "#8a7200", "#6f5fa8"];
const BIG = 1e4;
const SAMPLE = 500;

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function merge(base, over) {
  const result = { ...base };
  for (const [key, value] of Object.entries(over ?? {})) {
    // The plotly crate writes null for what it leaves open.
    if (value === null) continue;
    result[key] = isObject(value) && isObject(result[key]) ? merge(result[key], value) : value;
  }
  return result;
}

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    font: read("--font"),
    text: read("--text"),
    muted: read("--muted"),
    surface: read("--surface"),
    grid: read("--chart-grid"),
    zero: read("--chart-zero"),
    accent: read("--accent"),
  };
}

function axisTheme(theme) {
  return {
    gridcolor: theme.grid,
    zerolinecolor: theme.zero,
    linecolor: theme.zero,
    tickcolor: theme.zero,
    tickfont: { color: theme.muted, size: 11 },
    title: { font: { color: theme.muted, size: 12 }, standoff: 8 },
  };
}

// The numbers that a trace puts on an axis: "x", "y2" and so on.
function valuesOn(axis, traces) {
  const letter = axis[0];
  const values = [];
  for (const trace of traces) {
    if ((trace[`${letter}axis`] ?? letter) !== axis) continue;
    const parts = [trace[letter]];
    const spread = trace.orientation === "h" ? "x" : "y";
    if (spread === letter) parts.push(trace.q1, trace.q3, trace.lowerfence, trace.upperfence);
    for (const part of parts) if (Array.isArray(part)) values.push(...part.slice(0, SAMPLE).flat());
  }
  return values.filter((value) => value !== null && value !== "");
}

// Thousands separators, K and M for big numbers, and neither for years or anything that is no number.
function tickFormat(values) {
  const numbers = values.map(Number);
  if (numbers.length === 0 || numbers.some(Number.isNaN)) return {};
  const isYear = (n) => Number.isInteger(n) && n >= 1800 && n <= 2100;
  if (numbers.every(isYear)) return { tickformat: "d" };
  const largest = numbers.reduce((most, n) => Math.max(most, Math.abs(n)), 0);
  return { tickformat: largest >= BIG ? "~s" : "," };
}

function withAxes(layout, traces, theme) {
  const used = traces.flatMap((trace) => [trace.xaxis ?? "x", trace.yaxis ?? "y"]);
  const names = new Set(used.map((axis) => `${axis[0]}axis${axis.slice(1)}`));
  for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) names.add(name);
  for (const name of names) {
    const own = layout[name] ?? {};
    const isNumber = !own.type || own.type === "linear" || own.type === "log";
    const format = isNumber ? tickFormat(valuesOn(name.replace("axis", ""), traces)) : {};
    layout[name] = merge({ ...axisTheme(theme), ...format }, own);
  }
}

function withScenes(layout, traces, theme) {
  const hasType = (type) => traces.some((trace) => trace.type === type);
  if (hasType("scatter3d")) {
    const axis = { ...axisTheme(theme), showbackground: false, color: theme.muted };
    delete axis.title.standoff;
    layout.scene = merge({ xaxis: { ...axis }, yaxis: { ...axis }, zaxis: { ...axis }, uirevision: "keep" }, layout.scene);
  }
  if (hasType("scatterpolar")) {
    const axis = { gridcolor: theme.grid, linecolor: theme.grid, tickfont: { color: theme.muted, size: 11 } };
    // Copies, because plotly writes what it finds out about one axis into its object.
    layout.polar = merge({ bgcolor: "rgba(0,0,0,0)", radialaxis: { ...axis }, angularaxis: { ...axis } }, layout.polar);
  }
}

// Long names around a radar would be cut off at the sides.
function wrapped(text) {
  if (typeof text !== "string" || text.length <= 12) return text;
  const space = text.lastIndexOf(" ", 14);
  return space > 0 ? `${text.slice(0, space)}<br>${text.slice(space + 1)}` : text;
}

// Black or white, whichever stands out more from a #rrggbb colour (WCAG relative luminance).
function inkOn(colour) {
  const parts = /^#(..)(..)(..)$/.exec(colour);
  if (!parts) return "#ffffff";
  const [r, g, b] = parts.slice(1).map((hex) => {
    const c = parseInt(hex, 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

function themedTrace(trace, theme) {
  const bar = { outlinewidth: 0, tickfont: { color: theme.muted, size: 11 } };
  const result = { ...trace };
  if (trace.colorbar) result.colorbar = merge(bar, trace.colorbar);
  if (trace.marker?.colorbar) result.marker = { ...trace.marker, colorbar: merge(bar, trace.marker.colorbar) };
  if (trace.type === "pie") {
    result.marker = merge({ line: { color: theme.surface, width: 1 } }, trace.marker);
    result.textposition = "inside";
    result.insidetextorientation = "horizontal";
    if (trace.marker?.colors) result.insidetextfont = merge({ color: trace.marker.colors.map(inkOn) }, trace.insidetextfont);
  }
  if (trace.type === "scatterpolar" && Array.isArray(trace.theta)) result.theta = trace.theta.map(wrapped);
  return result;
}

// Traces and layout as plotly draws them.
export function themed(figure, theme) {
  const traces = figure.data.map((trace) => themedTrace(trace, theme));
  const flat = traces.some((trace) => !["pie", "scatter3d", "scatterpolar", "sankey"].includes(trace.type));
  const isRadar = traces.some((trace) => trace.type === "scatterpolar");
  const base = {
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 12, color: theme.text },
    colorway: PALETTE,
    margin: isRadar ? { l: 80, r: 80, t: 32, b: 32 } : { l: 48, r: 24, t: 24, b: 40 },
    legend: {
      orientation: "h",
      itemsizing: "constant",
      xref: "container",
      x: 0,
      xanchor: "left",
      yref: "container",
      y: 0,
      yanchor: "bottom",
    },
    hoverlabel: {
      bgcolor: theme.surface,
      bordercolor: theme.zero,
      font: { family: theme.font, size: 12, color: theme.text },
    },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: theme.accent },
    // A finger that scrolls the page must not draw a zoom box.
    ...(matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {}),
  };
  const layout = merge(base, figure.layout);
  if (flat) withAxes(layout, traces, theme);
  withScenes(layout, traces, theme);
  return { data: traces, layout };
}
