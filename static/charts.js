// Draws the figures of a page with plotly: late (near the viewport), in the page's theme, and again
// in the same place when new content brings new numbers.
import { readTheme, themed } from "./chart-theme.js";
import { startDownloads } from "./downloads.js";

const NO_WEBGL = "This chart needs WebGL, which this browser does not offer; use the table below.";
const NOTHING = "Nothing to draw for this choice.";
const NOT_LOADED = "The chart could not be drawn; use the table below.";
const VALUE_KEYS = ["x", "y", "z", "values", "labels", "r", "theta", "q1", "lat", "lon"];

const drawn = new Map(); // data-chart -> plot element that plotly has drawn into
let plotlyLoad = null;
let observer = null;

function loadPlotly() {
  plotlyLoad ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.plotly;
    script.addEventListener("load", () => resolve(globalThis.Plotly));
    script.addEventListener("error", () => {
      plotlyLoad = null;
      reject(new Error("plotly"));
    });
    document.head.append(script);
  });
  return plotlyLoad;
}

function readFigure(element) {
  const figure = JSON.parse(element.querySelector("script[data-figure]").textContent);
  return { data: figure.data ?? [], layout: figure.layout ?? {} };
}

function isEmpty(figure) {
  const isBare = (trace) =>
    !VALUE_KEYS.some((key) => Array.isArray(trace[key]) && trace[key].length > 0) && !trace.link?.value?.length;
  return figure.data.every(isBare);
}

function lacksWebGl(figure) {
  if (!figure.data.some((trace) => /3d$|gl$|^surface$|^splom$/.test(trace.type ?? ""))) return false;
  const canvas = document.createElement("canvas");
  return !(canvas.getContext("webgl") ?? canvas.getContext("experimental-webgl"));
}

function config(figure) {
  const types = new Set(figure.data.map((trace) => trace.type));
  let buttons = ["zoom2d", "pan2d", "resetScale2d"];
  if (types.has("scatter3d")) buttons = ["zoom3d", "pan3d", "resetCameraDefault3d"];
  const isRound = ["pie", "scatterpolar", "sankey"].some((type) => types.has(type));
  // Without a hovering pointer plotly would show the buttons all the time, on top of the plot.
  const canHover = matchMedia("(hover: hover)").matches;
  return {
    displaylogo: false,
    responsive: true,
    displayModeBar: canHover && !isRound ? "hover" : false,
    modeBarButtons: [buttons],
  };
}

function saySentence(element, plot, text, state) {
  forget(element.dataset.chart);
  const sentence = document.createElement("p");
  sentence.className = "plot-message";
  sentence.textContent = text;
  plot.replaceChildren(sentence);
  plot.removeAttribute("role");
  plot.removeAttribute("aria-label");
  element.dataset.drawn = state;
}

function forget(id) {
  const plot = drawn.get(id);
  if (!plot) return;
  globalThis.Plotly?.purge(plot);
  drawn.delete(id);
}

async function draw(element) {
  const plot = element.querySelector("[data-plot]");
  const id = element.dataset.chart;
  const figure = readFigure(element);
  if (isEmpty(figure)) return saySentence(element, plot, NOTHING, "empty");
  if (lacksWebGl(figure)) return saySentence(element, plot, NO_WEBGL, "unavailable");
  try {
    const plotly = await loadPlotly();
    if (!element.isConnected || !plot.isConnected) return undefined;
    const { data, layout } = themed(figure, readTheme());
    if (drawn.get(id) !== plot) plot.replaceChildren();
    drawn.set(id, plot);
    await plotly.react(plot, data, layout, config(figure));
    if (element.isConnected) element.dataset.drawn = "true";
  } catch {
    saySentence(element, plot, NOT_LOADED, "unavailable");
  }
  return undefined;
}

// A chart that was drawn before keeps its element, so that it changes instead of flashing.
function adopt(element) {
  const old = drawn.get(element.dataset.chart);
  const plot = element.querySelector("[data-plot]");
  if (!old || old === plot) return;
  if (isEmpty(readFigure(element))) return;
  old.style.height = plot.style.height;
  old.setAttribute("aria-label", plot.getAttribute("aria-label"));
  plot.replaceWith(old);
}

function enhance() {
  for (const element of document.querySelectorAll("figure[data-chart]:not([data-drawn])")) {
    adopt(element);
    observer.observe(element);
  }
  for (const [id, plot] of drawn) if (!plot.isConnected) forget(id);
}

function redrawAll() {
  for (const element of document.querySelectorAll('figure[data-chart][data-drawn="true"]')) draw(element);
}

export function startCharts() {
  observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        observer.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "300px" },
  );
  document.addEventListener("content:changed", enhance);
  document.addEventListener("theme:changed", redrawAll);
  startDownloads(readFigure);
  enhance();
}
