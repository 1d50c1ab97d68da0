// The look of the elements. A page changes it with variables and `::part`.

const CSS = `
:host {
  --_accent: var(--calendar-connect-accent, #1a56b0);
  --_on-accent: var(--calendar-connect-on-accent, #fff);
  --_line: var(--calendar-connect-line, color-mix(in srgb, currentColor 40%, transparent));
  --_soft: var(--calendar-connect-soft, color-mix(in srgb, currentColor 80%, transparent));
  --_radius: var(--calendar-connect-radius, 8px);
  --_gap: var(--calendar-connect-gap, 12px);
  display: block;
  font: var(--calendar-connect-font, inherit);
  line-height: 1.45;
}
:host([hidden]), [hidden] { display: none; }
:host(calendar-connect-button) { display: inline-block; }
* { box-sizing: border-box; }
button {
  font: inherit;
  color: inherit;
  min-height: 2.5em;
  padding: 0.4em 1em;
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  background: transparent;
  cursor: pointer;
}
button.main {
  color: var(--_on-accent);
  background: var(--_accent);
  border-color: var(--_accent);
  font-weight: 600;
}
button:hover { filter: brightness(1.08); text-decoration: underline; }
button:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--calendar-connect-focus, var(--_accent));
  outline-offset: 2px;
}
button[aria-disabled='true'] { opacity: 0.7; cursor: progress; }
p { margin: 0; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: var(--_gap); }
li {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: var(--_gap);
  padding: var(--_gap);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
}
.who { min-width: 0; overflow-wrap: anywhere; }
.name { font-weight: 600; }
.state { color: var(--_soft); font-size: 0.9em; }
.actions, .connect { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.actions p { flex-basis: 100%; }
.root { display: grid; gap: var(--_gap); }
.notice:empty, .error:empty { display: none; }
.error, .waiting {
  padding: 0.5em 0.75em;
  border-inline-start: 4px solid var(--calendar-connect-warning, #b3261e);
}
.notice { padding: 0.5em 0.75em; border-inline-start: 4px solid var(--_accent); }
:host(calendar-connect-button) .error { margin-top: 8px; }
@media (forced-colors: active) {
  button, li { border-color: ButtonText; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements. It is no inline style, so that a policy without those allows it. */
export function elementStyle(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
