// Passes connections on to PostgreSQL, Redis or the provider, and counts what they ask.

import { connect, createServer } from 'node:net';

const SIMPLE = 'Q'.charCodeAt(0);
const EXECUTE = 'E'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);

/** Statements, and round trips: a simple query is one, and so is everything up to a Sync. */
function postgres(counted) {
  let rest = Buffer.alloc(0);
  // The first message has no type.
  let header = 0;
  return (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= header + 4) {
      const end = header + rest.readUInt32BE(header);
      if (rest.length < end) return;
      const type = header === 1 ? rest[0] : 0;
      if (type === SIMPLE || type === EXECUTE) counted.statements += 1;
      if (type === SIMPLE || type === SYNC) counted.trips += 1;
      rest = rest.subarray(end);
      header = 1;
    }
  };
}

/** Commands of Redis. No value of ours contains a line that looks like the head of a command. */
function redis(counted) {
  return (data) => {
    counted.trips += (data.toString('latin1').match(/(?:^|\r\n)\*\d+\r\n\$/g) ?? []).length;
  };
}

/** Requests of HTTP/1.1. */
function http(counted) {
  return (data) => {
    counted.trips += (
      data.toString('latin1').match(/(?:GET|POST) \S+ HTTP\/1\.1\r\n/g) ?? []
    ).length;
  };
}

const PROTOCOLS = { postgres, redis, http };

/** A proxy on a free port to the server of `url`. */
export async function countingProxy(url, protocol, defaultPort) {
  const { hostname, port } = new URL(url);
  const counted = { statements: 0, trips: 0 };
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(Number(port || defaultPort), hostname);
    client.on('data', PROTOCOLS[protocol](counted));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = Object.assign(new URL(url), {
    hostname: '127.0.0.1',
    port: String(server.address().port),
  });
  return {
    url: own.href.replace(/\/$/, ''),
    counted,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
