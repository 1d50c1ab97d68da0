/** A raw HTTP server in place of a provider, for responses that no correct server sends. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type OddAnswer = (response: ServerResponse, request: IncomingMessage) => void;

export interface OddServer {
  readonly url: string;
  /** The number of requests received. */
  readonly asked: number;
  answer: OddAnswer;
  close(): Promise<void>;
}

export async function oddServer(): Promise<OddServer> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    response.on('error', () => {});
    request.resume().once('end', () => odd.answer(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const odd: OddServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
    answer: (response) => response.end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return odd;
}

/** A response with this body. Its type is JSON unless `headers` sets another. */
export function answering(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): OddAnswer {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Never responds. */
export const hanging: OddAnswer = () => {};

/** Sends one byte every 100 ms, endlessly. */
export const dripping: OddAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":"');
  const timer = setInterval(() => response.write('a'), 100);
  response.once('close', () => clearInterval(timer));
};

/** Sends half a body and closes the connection. */
export const abandoning: OddAnswer = (response) => {
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    .write('{"access_token":"a');
  setTimeout(() => response.destroy(), 20);
};

/** Sends megabytes for as long as the client reads. */
export const flooding: OddAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":"');
  const chunk = 'x'.repeat(1_000_000);
  const pour = () => {
    while (!response.destroyed && response.write(chunk))
      if (response.writableLength > 50_000_000) return;
  };
  response.on('drain', pour);
  pour();
};
