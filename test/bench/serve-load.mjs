/**
 * Clients of the API for bench:serve, in a process of their own. Reads a line of JSON {connections, seconds} (each
 * connection asks again once it is answered) or {rate, seconds} (requests a second, whether answered or not), and
 * answers {seconds, statuses: {status: [ms, …]}}, of what was answered in that time also {inTime: {status: count}}.
 */
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const [url, key, ...paths] = process.argv.slice(2);
const pictures = paths.map((path) => readFileSync(path));
/** More would run into the system's limit of open files. */
const mostConnections = 900;
let asked = 0;

/** @returns the status; 0 where there was no answer */
function ask(agent) {
  const picture = pictures[asked++ % pictures.length];
  const headers = {
    Authorization: `Bearer ${key}`,
    'Content-Type': 'image/jpeg',
    'Content-Length': picture.length,
  };
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', () => resolve(0));
    });
    sent.once('error', () => resolve(0));
    sent.end(picture);
  });
}

class Tally {
  start = performance.now();
  statuses = {};
  inTime = {};

  constructor(seconds) {
    this.end = this.start + seconds * 1000;
  }

  async count(agent, asked) {
    const status = await ask(agent);
    const now = performance.now();
    (this.statuses[status] ??= []).push(Math.round((now - asked) * 100) / 100);
    if (now <= this.end) this.inTime[status] = (this.inTime[status] ?? 0) + 1;
  }
}

async function closedLoop(tally, agent, connections) {
  const loop = async () => {
    while (performance.now() < tally.end) await tally.count(agent, performance.now());
  };
  await Promise.all(Array.from({ length: connections }, loop));
}

/** Times count from when a request was due, so that a client that falls behind hides nothing. */
async function openLoop(tally, agent, rate) {
  const counting = [];
  for (let due = tally.start; due < tally.end; due += 1000 / rate) {
    if (due > performance.now()) await pause(due - performance.now());
    counting.push(tally.count(agent, due));
  }
  await Promise.all(counting);
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { connections, rate, seconds } = JSON.parse(line);
  const agent = new Agent({ keepAlive: true, maxSockets: connections ?? mostConnections });
  const tally = new Tally(seconds);
  if (rate) await openLoop(tally, agent, rate);
  else await closedLoop(tally, agent, connections);
  agent.destroy();
  const { statuses, inTime } = tally;
  console.log(
    JSON.stringify({ seconds: (performance.now() - tally.start) / 1000, statuses, inTime }),
  );
}
