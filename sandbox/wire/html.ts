/** HTML pages: one layout and one stylesheet. All texts are escaped. */

/** Escapes a text for HTML and for attribute values. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Hidden fields that pass a request's parameters to the next page. */
export function hiddenFields(fields: URLSearchParams, except: readonly string[] = []): string {
  return [...fields]
    .filter(([name]) => !except.includes(name))
    .map(
      ([name, value]) =>
        `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    )
    .join('');
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2230;--soft:#5b6478;--line:#dfe3ec;--card:#fff;--ground:#f3f5fa;--accent:#3457d5;--accent-ink:#fff;--wash:#eef2ff}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebf4;--soft:#a0a9bd;--line:#333a4a;--card:#1a1f2b;--ground:#10141d;--accent:#8aa4ff;--accent-ink:#0d1330;--wash:#232b40}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;display:flex;flex-direction:column}
.banner{background:repeating-linear-gradient(135deg,#ffd75e 0 14px,#ffcb2e 14px 28px);color:#332a00;text-align:center;padding:.55rem 1rem;font-weight:600;font-size:.9rem}
main{margin:auto;width:100%;max-width:30rem;padding:1.5rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:18px;padding:2rem;box-shadow:0 10px 30px rgb(20 30 60/.07)}
.mark{display:flex;align-items:center;gap:.6rem;color:var(--soft);font-size:.9rem;margin-bottom:1.2rem}.dot{width:1.5rem;height:1.5rem;border-radius:50%;display:inline-grid;place-items:center;font-weight:700;color:#fff;font-size:.8rem}
.google .dot{background:#2f7d4f}.microsoft .dot{background:#7a4fb5;border-radius:6px}
h1{font-size:1.45rem;line-height:1.25;margin:0 0 .4rem;overflow-wrap:anywhere}p{margin:.3rem 0 1rem;color:var(--soft);overflow-wrap:anywhere}
ul{list-style:none;margin:1rem 0;padding:0;border:1px solid var(--line);border-radius:12px;overflow:hidden}li+li{border-top:1px solid var(--line)}
.account{all:unset;box-sizing:border-box;display:flex;gap:.9rem;align-items:center;width:100%;padding:.85rem 1rem;cursor:pointer}.account:hover,.hinted{background:var(--wash)}
.account:focus-visible{outline:3px solid var(--accent);outline-offset:-3px}button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.face{flex:none;width:2.4rem;height:2.4rem;border-radius:50%;display:grid;place-items:center;background:var(--accent);color:var(--accent-ink);font-weight:600}
.who{min-width:0}.who b{display:block;font-weight:600}.who span{color:var(--soft);font-size:.88rem;display:block;overflow-wrap:anywhere}
.scope{display:flex;gap:.8rem;padding:.8rem 1rem;align-items:flex-start}.scope input{width:1.15rem;height:1.15rem;margin-top:.2rem;accent-color:var(--accent);flex:none}.scope code{display:block;color:var(--soft);font-size:.75rem;overflow-wrap:anywhere}
.tick{flex:none;width:1.15rem;text-align:center;color:var(--accent);font-weight:700}
.actions{display:flex;gap:.7rem;justify-content:flex-end;margin-top:1.4rem;flex-wrap:wrap}
.actions button{font:inherit;font-weight:600;padding:.6rem 1.3rem;border-radius:999px;border:1px solid var(--line);background:transparent;color:var(--ink);cursor:pointer}
.actions .go{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}
@media (max-width:30rem){main{padding:.8rem}.card{padding:1.3rem}}
footer{text-align:center;color:var(--soft);font-size:.8rem;padding:0 1rem 1.2rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.82rem;background:var(--wash);padding:.8rem;border-radius:10px;margin:0}
`;

/** A whole page. `body` is markup; `title` is text. */
export function layout(provider: 'google' | 'microsoft', title: string, body: string): string {
  const name = provider === 'google' ? 'Google' : 'Microsoft';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)} - local sandbox</title><style>${STYLE}</style></head>
<body class="${provider}"><div class="banner" role="note">Local sandbox. This is not ${name}. Nothing leaves this computer.</div>
<main><div class="card"><div class="mark"><span class="dot" aria-hidden="true">${name.charAt(0)}</span>Sandbox ${name}</div>
${body}</div></main>
<footer>The people and calendars are invented. You need no password. Do not enter one.</footer></body></html>`;
}

/** An error page. It has no link or redirect. */
export function errorPage(provider: 'google' | 'microsoft', title: string, detail: string): string {
  return layout(
    provider,
    title,
    `<h1>${escapeHtml(title)}</h1><p>The app sent an invalid request. Go back to the app and try again. If you develop it, check this error:</p><pre>${escapeHtml(detail)}</pre>`,
  );
}
