/**
 * Clients of the API for bench:serve, in a process of their own. Reads a line of JSON {connections, seconds} (each
 * connection asks again once it is answered) or {rate, seconds, rampSeconds} (requests a second, whether answered or not;
 * what is asked in the ramp before does not count), and answers {seconds, statuses: {status: [ms, …]}}, of what was
 * answered in those seconds also {inTime: {status: count}}.
 */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { URL } from 'node:url';

const [address, key, ...paths] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(address);
/** More would run into the system's limit of open files. */
const mostConnections = 900;

/** Whole requests: what Node's own client does for each takes more time than it takes to refuse one. */
const requests = paths.map((path) => {
  const image = readFileSync(path);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `Authorization: Bearer ${key}`,
    'Content-Type: image/jpeg',
    `Content-Length: ${image.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), image]);
});
let asked = 0;

/** A connection that is kept, with one request on it at a time. */
class Connection {
  socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
  answer = Buffer.alloc(0);

  constructor() {
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', () => this.settle(0));
    this.socket.on('close', () => this.settle(0));
  }

  /** @returns the status; 0 where there was no answer */
  ask() {
    return new Promise((resolve) => {
      this.settle = (status) => {
        this.settle = () => undefined;
        this.answer = Buffer.alloc(0);
        resolve(status);
      };
      this.socket.write(requests[asked++ % requests.length]);
    });
  }

  settle = () => undefined;

  get open() {
    return !this.socket.destroyed;
  }

  /** The API says of every answer how long it is. */
  receive(chunk) {
    this.answer = this.answer.length > 0 ? Buffer.concat([this.answer, chunk]) : chunk;
    const end = this.answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.answer.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)[1]);
    if (this.answer.length >= end + 4 + length) this.settle(Number(head.slice(9, 12)));
  }

  close() {
    this.socket.destroy();
  }
}

/** Connections to take from, as many as are needed at once. */
class Connections {
  idle = [];
  count = 0;
  waiting = [];

  constructor(most) {
    this.most = most;
  }

  async ask() {
    const connection = await this.take();
    const status = await connection.ask();
    if (connection.open) this.give(connection);
    else this.replace();
    return status;
  }

  async take() {
    // The API closes those that nothing came on for long.
    for (let found; (found = this.idle.pop()); this.count--) if (found.open) return found;
    if (this.count === this.most) return new Promise((resolve) => this.waiting.push(resolve));
    this.count++;
    return new Connection();
  }

  give(connection) {
    const next = this.waiting.shift();
    if (next) next(connection);
    else this.idle.push(connection);
  }

  replace() {
    const next = this.waiting.shift();
    if (next) next(new Connection());
    else this.count--;
  }

  close() {
    for (const connection of this.idle) connection.close();
  }
}

class Tally {
  start = performance.now();
  statuses = {};
  inTime = {};

  constructor(seconds, rampSeconds = 0) {
    this.counted = this.start + rampSeconds * 1000;
    this.end = this.counted + seconds * 1000;
  }

  async count(connections, asked) {
    const status = await connections.ask();
    const now = performance.now();
    if (asked >= this.counted) {
      (this.statuses[status] ??= []).push(Math.round((now - asked) * 100) / 100);
    }
    if (now >= this.counted && now <= this.end)
      this.inTime[status] = (this.inTime[status] ?? 0) + 1;
  }
}

async function closedLoop(tally, connections) {
  const loop = async () => {
    while (performance.now() < tally.end) await tally.count(connections, performance.now());
  };
  await Promise.all(Array.from({ length: connections.most }, loop));
}

/** Times count from when a request was due, so that a client that falls behind hides nothing. */
async function openLoop(tally, connections, rate) {
  const counting = [];
  for (let due = tally.start; due < tally.end; due += 1000 / rate) {
    if (due > performance.now()) await pause(due - performance.now());
    counting.push(tally.count(connections, due));
  }
  await Promise.all(counting);
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { connections, rate, seconds, rampSeconds } = JSON.parse(line);
  const kept = new Connections(connections ?? mostConnections);
  const tally = new Tally(seconds, rampSeconds);
  if (rate) await openLoop(tally, kept, rate);
  else await closedLoop(tally, kept);
  kept.close();
  const { statuses, inTime } = tally;
  console.log(
    JSON.stringify({ seconds: (performance.now() - tally.start) / 1000, statuses, inTime }),
  );
}
