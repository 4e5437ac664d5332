import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy between a process and its database, to take the one away from the other. */
export interface Gate {
  /** The database's URL by way of the gate. */
  url: string;
  /** Nothing passes any more, and neither end hears of it: as with a paused process or dropped packets. */
  freeze(): void;
  /** Breaks all connections and refuses new ones: as with a process that ended. */
  shut(): void;
  /** Lets everything through, what was held back too. */
  open(): void;
  close(): Promise<void>;
}

export async function openGate(databaseUrl: string): Promise<Gate> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let state: 'open' | 'frozen' | 'shut' = 'open';
  const add = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    if (state === 'shut') return client.destroy();
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const [from, to] of [
      [add(client), upstream],
      [add(upstream), client],
    ] as const) {
      from.pipe(to);
      from.once('close', () => to.destroy());
      if (state === 'frozen') from.pause();
    }
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    freeze: () => {
      state = 'frozen';
      for (const socket of sockets) socket.pause();
    },
    shut: () => {
      state = 'shut';
      for (const socket of sockets) socket.destroy();
    },
    open: () => {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
