// The pages for developers: HTML without scripts, with the style sheet of this service.

/** Text as HTML. */
export const escapeHtml = (text = ''): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * A line of Markdown as HTML: code and links. A link into the documents of the repository names its
 * file, since this service does not serve them.
 */
export function markdownLine(text = ''): string {
  return escapeHtml(text)
    .replace(/\[([^\]]+)\]\((https:[^)\s]+)\)/g, '<a href="$2">$1</a>')
    .replace(/\[([^\]]+)\]\(([^)#\s]+)[^)]*\)/g, '$1 (docs/$2)')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** A whole page. @param style where its style sheet is, relative to the page */
export function htmlPage(title: string, style: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
<main>
${main}
</main>
</body>
</html>`;
}
