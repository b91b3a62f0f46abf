"""How the stepper looks, in the colours of Streamlit's theme."""

CSS = """
.stepper { font-family: var(--st-font); color: var(--st-text-color); }
.stepper button { font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 0.5rem; padding: 0.35rem 0.8rem; white-space: nowrap; }
.stepper button:hover:not(:disabled), .stepper button:focus-visible { border-color: var(--st-primary-color); }
.stepper button:focus-visible, .stepper .scroller:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.stepper button:disabled { opacity: 0.4; cursor: default; }
.stepper button span:not(:empty) + span { margin-left: 0.4rem; }
.stepper .st-key-forward button { background: var(--st-primary-color); border-color: var(--st-primary-color); color: #fff; }
.stepper .bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-bottom: 0.6rem; }
.stepper .st-key-timestep { flex: 1 1 15rem; display: grid; gap: 0.1rem; font-size: 0.875rem; }
.stepper .st-key-timestep input { width: 100%; margin: 0; accent-color: var(--st-primary-color); }
.stepper .said { font-size: 0.9rem; min-width: 4rem; }
.stepper .row { display: flex; flex-wrap: wrap; gap: 0.4rem 2rem; align-items: center; margin-bottom: 0.5rem; }
.stepper .readings { display: flex; flex-wrap: wrap; gap: 0.4rem 1.4rem; }
.stepper .readings div { display: flex; flex-direction: column; min-width: 4.6rem; }
.stepper .readings span { font-size: 0.8rem; opacity: 0.75; white-space: nowrap; }
.stepper .readings strong { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.stepper .badges { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; font-size: 0.9rem; }
.stepper .badge { border-radius: 1rem; padding: 0.15rem 0.8rem; }
.stepper .badge small { opacity: 0.7; margin-left: 0.5rem; }
.stepper .badge[aria-pressed=true] { border-color: var(--st-primary-color); box-shadow: 0 0 0 1px var(--st-primary-color); }
.stepper .stage { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
.stepper .told { flex: 1 1 27rem; min-width: min(27rem, 100%); }
.stepper .side { display: flex; flex-wrap: wrap; gap: 0 2rem; }
.stepper .scroller { max-width: 100%; overflow-x: auto; overflow-y: hidden; border: 1px solid var(--st-border-color); border-radius: 0.5rem;
  scrollbar-width: thin; }
.stepper svg { display: block; }
.stepper svg text { fill: var(--st-text-color); font-family: var(--st-font); font-size: 14px; }
.stepper svg .name { font-size: 14px; }
.stepper svg .kind { font-size: 10.5px; opacity: 0.65; letter-spacing: 0.04em; }
.stepper svg .unit { font-size: 15px; font-weight: 600; }
.stepper svg .target { font-size: 13px; font-weight: 600; fill: #e8590c; }
.stepper svg .value { font-size: 13px; font-variant-numeric: tabular-nums; }
.stepper svg .weights { font-size: 12px; opacity: 0.75; }
.stepper svg .gradient { font-size: 12px; font-weight: 600; font-variant-numeric: tabular-nums; fill: #e8590c; }
.stepper svg .plate { fill: var(--st-background-color); }
.stepper svg .here { fill: var(--st-primary-color); opacity: 0.1; }
.stepper svg .cell, .stepper svg .loss { fill: var(--st-secondary-background-color); stroke: var(--st-border-color); stroke-width: 1.5; }
.stepper svg .cell.read { stroke: var(--st-primary-color); stroke-width: 2; }
.stepper svg .loss.read { stroke: #e8590c; }
.stepper svg .loss.uncounted { fill: none; stroke-dasharray: 3 3; opacity: 0.5; }
.stepper svg .square { stroke: var(--st-text-color); stroke-opacity: 0.45; stroke-width: 0.75; }
.stepper svg .arrow.idle { stroke: var(--st-border-color); }
.stepper svg .arrow.flow { stroke: #4f46e5; }
.stepper svg .head.flow { fill: #6366f1; }
.stepper svg .head.back { fill: #e8590c; }
.stepper svg .head.idle { fill: var(--st-border-color); }
.stepper svg .zero { opacity: 0.6; }
.stepper[data-lit=W_xh] svg [data-weights=W_xh] .arrow, .stepper[data-lit=W_hh] svg [data-weights=W_hh] .arrow,
.stepper[data-lit=W_hy] svg [data-weights=W_hy] .arrow { stroke: #12a67c !important; stroke-width: 6; }
.stepper[data-lit=W_xh] svg [data-weights=W_xh] .weights, .stepper[data-lit=W_hh] svg [data-weights=W_hh] .weights,
.stepper[data-lit=W_hy] svg [data-weights=W_hy] .weights { opacity: 1; font-weight: 700; fill: #12a67c; }
.stepper[data-lit=W_xh] [data-weights=W_xh].badge, .stepper[data-lit=W_hh] [data-weights=W_hh].badge,
.stepper[data-lit=W_hy] [data-weights=W_hy].badge { border-color: #12a67c; color: #12a67c; }
.stepper .note, .stepper details p { font-size: 0.85rem; opacity: 0.75; margin: 0.3rem 0; }
.stepper h3 { font-size: 1.2rem; margin: 0.4rem 0 0.3rem; padding: 0; }
.stepper h4 { font-size: 0.95rem; margin: 0.6rem 0 0.1rem; padding: 0; opacity: 0.8; }
.stepper .lines { min-height: 12rem; }
.stepper .line { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 0.35rem; padding: 0.25rem 0;
  font-family: "STIX Two Text", "Cambria Math", Cambria, Georgia, serif; font-size: 1.1rem; }
.stepper .line sub, .stepper .line sup { font-size: 0.7em; line-height: 0; }
.stepper .symbols { white-space: nowrap; }
.stepper .matrix { display: inline-grid; max-width: 100%; overflow-x: auto; scrollbar-width: thin; gap: 0 0.5rem; padding: 0.1rem 0.35rem; border: solid currentColor; border-width: 0 1.5px;
  border-radius: 0.4rem; font-family: var(--st-font); font-size: 0.8rem; font-variant-numeric: tabular-nums; text-align: right;
  line-height: 1.35; flex: none; }
.stepper .matrix.heat { gap: 1px; padding: 0.2rem 0.3rem; }
.stepper .matrix.heat i { width: 11px; height: 11px; outline: 0.5px solid var(--st-border-color); }
.stepper .chances { display: flex; flex-wrap: wrap; gap: 0.15rem 1.4rem; font-size: 0.9rem; margin: 0.2rem 0; }
.stepper .chance { display: inline-flex; align-items: center; gap: 0.4rem; font-variant-numeric: tabular-nums; }
.stepper .chance i { height: 0.7rem; background: #8d99ae; border-radius: 2px; }
.stepper .chance.right { font-weight: 700; }
.stepper .chance.right i { background: #12a67c; }
.stepper details { margin-top: 0.6rem; }
.stepper summary { cursor: pointer; font-size: 0.9rem; }
.stepper pre { max-height: 22rem; overflow: auto; padding: 0.75rem; font-family: var(--st-code-font); font-size: 0.8rem;
  background: var(--st-secondary-background-color); border-radius: 0.5rem; }
"""
