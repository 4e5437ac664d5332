import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { afterEach, expect, it } from 'vitest';
import { closeSlowBodies, impatient } from './slow-clients';

const patience = { headersMs: 400, requestMs: 60_000, bodyCheckMs: 200, bodyBytesPerSecond: 500 };
let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(read: (request: IncomingMessage) => Promise<unknown>): Promise<Socket> {
  const watch = closeSlowBodies(patience);
  server = createServer(impatient(patience), (request, response) => {
    void watch(request as Request, response as Response, () => {
      read(request).then(
        () => response.end('read'),
        () => undefined,
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const readAll = (request: IncomingMessage) => once(request.resume(), 'end');

/** Returns everything the server sends until it closes the connection or the client has sent everything. */
async function trickle(socket: Socket, pieces: number, piece: string): Promise<string> {
  let answer = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.once('close', () => (closed = true)).on('error', () => undefined);
  for (let sent = 0; sent < pieces && !closed; sent++) {
    socket.write(piece);
    await pause(50);
  }
  return closed ? `closed ${answer}`.trim() : answer;
}

const post = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

it('a connection whose headers never end is closed', async () => {
  const socket = await serve(readAll);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
  expect(await trickle(socket, 60, 'X-More: y\r\n')).toMatch(/^closed HTTP\/1.1 408/);
});

it('a connection whose body arrives byte by byte is closed', async () => {
  const socket = await serve(readAll);
  socket.write(post(1000));
  expect(await trickle(socket, 60, 'x')).toBe('closed');
});

it('a body that keeps arriving is not cut off', async () => {
  const socket = await serve(readAll);
  socket.write(post(2000));
  expect(await trickle(socket, 20, 'x'.repeat(100))).toMatch(/^HTTP\/1.1 200/);
});

it('a client is not cut off while the server is slow to read', async () => {
  const socket = await serve(async (request) => {
    await pause(1000);
    await readAll(request);
  });
  socket.write(post(100) + 'x'.repeat(50));
  await pause(900);
  socket.write('x'.repeat(50));
  expect(await trickle(socket, 10, '')).toMatch(/^HTTP\/1.1 200/);
});
