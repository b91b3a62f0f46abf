/* Plotly as all charts here want it: loaded once, in the colours and the font of Streamlit's theme. */

export const CONFIG = {
  responsive: true,
  displaylogo: false,
  showTips: false, // Plotly's own, in English only
  displayModeBar: window.matchMedia("(max-width: 640px)").matches ? false : "hover",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};

/* The colours and the font that Streamlit's theme has right now, as text, so that two looks can be compared. */
export function theme(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return JSON.stringify({
    text: read("--st-text-color", "#31333f"),
    grid: read("--st-border-color-light", "rgba(128, 128, 128, 0.2)"),
    font: read("--st-font", "sans-serif"),
    background: read("--st-background-color", "#ffffff"),
    narrow: element.clientWidth < 480,
    size: parseFloat(getComputedStyle(document.documentElement).fontSize) / 17, // 1 unless a lecture wants it big
  });
}

export function themed(layout, { text, grid, font, background, narrow, size }) {
  const axis = { gridcolor: grid, linecolor: grid, tickcolor: grid };
  return {
    ...layout,
    font: { color: text, family: font, size: size * (narrow ? 12 : 14) },
    hoverlabel: { bgcolor: background, bordercolor: grid, font: { color: text, family: font } },
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
  };
}

let plotlyLoading = null;
export function loadPlotly(url) {
  plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js did not load"));
    document.head.append(script);
  });
  return plotlyLoading;
}
