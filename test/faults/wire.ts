/**
 * A TCP proxy to a store. A test can cut, pause or lose its connections without touching the store.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wire {
  /** The store's URL with the proxy's address. */
  readonly url: string;
  /** The number of open connections. */
  readonly open: number;
  /** Breaks all connections and refuses new ones until `restore`. */
  cut(): Promise<void>;
  /** Passes no data until `restore`; connections stay open and new ones are accepted. */
  hold(): void;
  /** Ends `hold` and `cut`. */
  restore(): Promise<void>;
  /**
   * Like `hold`, but only for the connections open now, and permanently: the other end vanished
   * without closing.
   */
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
    async restore() {
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
