// The look of report.html: light, dark and paper.

const LIGHT = `--paper:#fff;--card:#f7f8fa;--ink:#16191d;--quiet:#565d66;--line:#dcdfe4;--good:#0b6b3a;--good-soft:#d9efe2;--bad:#a4262c;
--bad-soft:#f8dedf;--doubt:#8a5a00;--doubt-soft:#fbeccb;--work:#2f6fb3;--phase:#e3e8ef;--undo:#8b95a3;--on:#fff;--c0:#b4552d;--c1:#d9a441;--c2:#9a9fa8;--c3:#2f6fb3;--c4:#5c9e76`;
const DARK = `--paper:#14171b;--card:#1c2026;--ink:#eceff3;--quiet:#a8b0ba;--line:#343a43;--good:#6ccb8f;--good-soft:#16382a;--bad:#ff9a9e;
--bad-soft:#472024;--doubt:#f0c15c;--doubt-soft:#40320f;--work:#6aa9e9;--phase:#2b323b;--undo:#77818e;--on:#10131a;--c0:#e08a63;--c1:#e8c06a;--c2:#8b93a0;--c3:#6aa9e9;--c4:#86c9a0`;

export const PAGE_STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.page{max-width:1148px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:28px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:19px;margin:44px 0 12px}
h3{font-size:15px;margin:24px 0 8px}
p{margin:0 0 10px}
.quiet{color:var(--quiet)}
.verdict{border-left:6px solid var(--tone);background:var(--soft);border-radius:4px;padding:16px 20px;margin:20px 0 0}
.verdict strong{display:block;color:var(--tone);font-size:13px;letter-spacing:.08em;text-transform:uppercase}
.verdict p{font-size:18px;margin:2px 0 0}
.good{--tone:var(--good);--soft:var(--good-soft)}
.bad{--tone:var(--bad);--soft:var(--bad-soft)}
.doubt{--tone:var(--doubt);--soft:var(--doubt-soft)}
.pill{display:inline-block;border-radius:99px;padding:1px 10px;font-size:13px;font-weight:600;color:var(--tone);background:var(--soft);white-space:nowrap}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:16px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px 20px}
.card header{display:flex;justify-content:space-between;gap:12px;align-items:baseline}
.card h3{margin:0}
.number{font-size:34px;line-height:1.2;font-weight:600;margin:8px 0 0;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.number small{font-size:16px;font-weight:400;color:var(--quiet);letter-spacing:0}
.formula{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:10px 0 0}
dt{color:var(--quiet)}
dd{margin:0;font-variant-numeric:tabular-nums}
figure{margin:0;overflow-x:auto}
.bar{margin:12px 0 0}
.bar svg{min-width:0}
.c0{--swatch:var(--c0)}.c1{--swatch:var(--c1)}.c2{--swatch:var(--c2)}.c3{--swatch:var(--c3)}.c4{--swatch:var(--c4)}
svg .clock{fill:var(--swatch)}
svg .limit{fill:none;stroke:var(--ink);stroke-width:1.4}
.id{font-weight:400;font-size:13px;color:var(--quiet)}
svg{display:block;width:100%;min-width:860px;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .tick,svg .note{fill:var(--quiet);font-size:11px}
svg .grid{stroke:var(--line);stroke-dasharray:1 3}
svg .rail{stroke:var(--line)}
svg .mark.phase{fill:var(--phase);stroke:var(--paper);stroke-width:1.5}
svg .mark.work{fill:var(--work)}
svg .mark.good{fill:var(--good)}
svg .mark.bad{fill:var(--bad)}
svg .mark.doubt{fill:var(--doubt)}
svg .mark.undo{fill:var(--undo)}
svg .mark.target{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-dasharray:3 2}
svg .label{font-size:11px}
svg .label.good,svg .label.bad{fill:var(--on);font-weight:600}
svg .flag line{stroke:var(--ink);stroke-width:1;opacity:.45}
svg .flag text{font-weight:700;font-size:11px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 0 0;padding:0;list-style:none;font-size:13px;color:var(--quiet)}
.legend i,dt i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px;background:var(--swatch)}
.wide{overflow-x:auto}
.cards+.wide{margin-top:20px}
time{white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:start;color:var(--quiet);padding:0 0 4px}
th,td{border-bottom:1px solid var(--line);padding:6px 16px 6px 0;text-align:start;vertical-align:top}
thead th{color:var(--quiet);font-weight:500;font-size:13px}
tbody th{font-weight:600}
td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;min-width:7.2em}
ul{margin:0;padding-left:20px}
li{margin:0 0 4px}
pre,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px;overflow-wrap:anywhere}
pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:10px 14px;white-space:pre-wrap}
footer{margin-top:48px;border-top:1px solid var(--line);padding-top:12px;font-size:13px;color:var(--quiet)}
@media print{:root{${LIGHT}}@page{size:A4;margin:16mm}body{font-size:11px}.page{max-width:none;padding:0}svg{min-width:0}
h2,h3{break-after:avoid}tr,figure,.card,.verdict{break-inside:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}`;
