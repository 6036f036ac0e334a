// The download buttons of a chart: the picture on a solid ground, and the table as csv.
import { readTheme, themed } from "./chart-theme.js";
import { showToast } from "./toast.js";

const TITLE_SPACE = 40;
const PICTURE_SCALE = 2;

// Plotly's images are drawn anew, with the question as the title, so that they stand by themselves.
async function savePicture(element, format, figure) {
  const theme = readTheme();
  const { data, layout } = themed(figure, theme);
  const plot = element.querySelector("[data-plot]");
  const margin = { ...layout.margin, t: (layout.margin?.t ?? 8) + TITLE_SPACE };
  const title = { text: element.querySelector("h3")?.textContent ?? "", font: { size: 15 }, x: 0.02, xanchor: "left" };
  const picture = {
    data,
    layout: { ...layout, margin, title, paper_bgcolor: theme.surface, plot_bgcolor: theme.surface },
  };
  await globalThis.Plotly.downloadImage(picture, {
    format,
    filename: fileName(element),
    width: Math.max(480, plot.clientWidth),
    height: plot.clientHeight + TITLE_SPACE,
    scale: format === "png" ? PICTURE_SCALE : 1,
  });
}

function fileName(element) {
  return `segmenta-${element.dataset.chart}`;
}

// A spreadsheet runs cells that start like a formula; a leading apostrophe makes them text.
function csvCell(text) {
  const isNumber = text !== "" && Number.isFinite(Number(text.replaceAll(",", "").replace(/\s*%$/, "")));
  const safe = /^[=+\-@\t\r]/.test(text) && !isNumber ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function saveTable(element) {
  const rows = [...element.querySelectorAll(".chart-table tr")];
  const lines = rows.map((row) => [...row.cells].map((cell) => csvCell(cell.textContent.trim())).join(","));
  const address = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${fileName(element)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function onClick(event, readFigure) {
  const button = event.target.closest?.("[data-download]");
  const element = button?.closest("figure[data-chart]");
  if (!element) return;
  if (button.dataset.download === "csv") {
    saveTable(element);
  } else if (element.dataset.drawn !== "true") {
    showToast("There is no picture of this chart to save.");
  } else {
    try {
      await savePicture(element, button.dataset.download, readFigure(element));
    } catch {
      showToast("The picture could not be made.");
    }
  }
}

function enhance() {
  for (const tools of document.querySelectorAll("[data-downloads]")) tools.hidden = false;
}

export function startDownloads(readFigure) {
  document.addEventListener("click", (event) => onClick(event, readFigure));
  document.addEventListener("content:changed", enhance);
  enhance();
}
