/** The program of `npm run sandbox`: runs a local Google and Microsoft until SIGTERM or SIGINT. */
import { startSandbox } from './index.js';

const { PORT, HOST, SANDBOX_STATE_FILE } = process.env;

try {
  const sandbox = await startSandbox({
    port: Number(PORT ?? 3001),
    host: HOST ?? 'localhost',
    ...(SANDBOX_STATE_FILE ? { stateFile: SANDBOX_STATE_FILE } : {}),
    log: (line) => console.error(line),
  });
  const { google, microsoft } = sandbox;
  console.log(`The sandbox (a local Google and Microsoft) listens on ${sandbox.url}.
Its control API is at ${sandbox.url}/__sim. Start the service with these variables:

GOOGLE_AUTHORIZATION_URL=${google.authorizationUrl}
GOOGLE_TOKEN_URL=${google.tokenUrl}
GOOGLE_REVOCATION_URL=${google.revocationUrl}
GOOGLE_USERINFO_URL=${google.userinfoUrl}
GOOGLE_CALENDAR_API_URL=${google.calendarApiUrl}
GOOGLE_CLIENT_ID=${google.clientId}
GOOGLE_CLIENT_SECRET=${google.clientSecret}
MICROSOFT_AUTHORITY_URL=${microsoft.authorityUrl}
MICROSOFT_GRAPH_URL=${microsoft.graphUrl}
MICROSOFT_CLIENT_ID=${microsoft.clientId}
MICROSOFT_CLIENT_SECRET=${microsoft.clientSecret}
`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
} catch (error) {
  console.error(
    `The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
