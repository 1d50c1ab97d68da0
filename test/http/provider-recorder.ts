// A provider that records what arrives, byte by byte, and answers as the test says.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  /** Path and query, not normalized. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProviderRecorder {
  readonly url: string;
  readonly arrived: Arrived[];
  /** How it answers. Default: 200 with a JSON object. */
  answer: (request: Arrived, response: ServerResponse) => void;
  close(): Promise<void>;
}

const usual: ProviderRecorder['answer'] = (_request, response) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"of":"the provider"}');

export async function recordProvider(): Promise<ProviderRecorder> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const arrived = { method, url, headers, body: (await buffer(request)).toString() };
    recorder.arrived.push(arrived);
    recorder.answer(arrived, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const recorder: ProviderRecorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: [],
    answer: usual,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return recorder;
}
