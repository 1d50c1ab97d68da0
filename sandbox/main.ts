/** The program behind `npm run sandbox`: a local Google and Microsoft until it is told to stop. */
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
  console.log(`The local Google and Microsoft listen on ${sandbox.url}. Start the service with:

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
