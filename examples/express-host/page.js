// The page of this product. The elements come from the mounted router.

/** @param {string | undefined} userId who is signed in */
export const page = (userId) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Settings</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/public/style.css">
<script type="module" src="/integrations/client/elements.js"></script>
</head>
<body>
<main>
<h1>Settings</h1>
${userId === undefined ? SIGN_IN : signedIn(userId)}
</main>
</body>
</html>`;

const SIGN_IN = `<form method="post" action="/sign-in">
<label>Name <input name="user" value="ana"></label>
<button>Sign in</button>
</form>`;

const signedIn = (userId) => `<form method="post" action="/sign-out">
<p>Signed in as ${escapeHtml(userId)} <button>Sign out</button></p>
</form>
<h2>Calendars</h2>
<calendar-connect-accounts return-to="/settings"></calendar-connect-accounts>`;

const escapeHtml = (text) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
