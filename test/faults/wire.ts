/** A TCP connection to a store that a test can cut, hold still, or lose without a word, with the store itself untouched. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wire {
  /** `url` with this wire's address in place of the store's. */
  readonly url: string;
  /** How many connections are open through it. */
  readonly open: number;
  /** Connections break, and new ones are refused, until `mend`. */
  cut(): Promise<void>;
  /** Nothing gets through; connections stay open and new ones are accepted, until `mend`. */
  hold(): void;
  /** What was held goes on; what was cut may come back. */
  mend(): Promise<void>;
  /** As `hold`, but what is open now stays dead for good: its other end has gone without saying so. Later ones are fine. */
  lose(): void;
  close(): Promise<void>;
}

export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url);
  const pairs = new Set<[Socket, Socket]>();
  let held = false;

  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', end).on('close', end);
      from.on('data', (data) => to.write(data));
      if (held) from.pause();
      else from.resume();
    }
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', resolve),
    );
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);

  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const [near] of pairs) near.resetAndDestroy();
    });
  const all = (act: (socket: Socket) => void) => {
    for (const socket of [...pairs].flat()) act(socket);
  };
  return {
    url: through.href,
    get open() {
      return pairs.size;
    },
    cut: stop,
    hold() {
      held = true;
      all((socket) => socket.pause());
    },
    async mend() {
      held = false;
      all((socket) => socket.resume());
      if (!server.listening) await listen(port);
    },
    lose() {
      all((socket) => socket.pause());
      pairs.forEach(([near, far]) => {
        near.removeAllListeners('data').on('data', () => {});
        far.destroy();
        far.removeAllListeners('close');
      });
    },
    close: async () => {
      if (server.listening) await stop();
    },
  };
}
