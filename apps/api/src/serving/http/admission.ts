import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { Authenticator } from '../../platform/auth/authenticator';
import { bearerKey } from '../../platform/auth/credentials';
import { grants } from '../../platform/auth/scopes';
import { sendError } from '../../platform/http/send-error';
import { type ModelSelector, parseModelReference } from '../../platform/model-reference';
import { ModelPool } from '../pool/model-pool';
import { VersionRouter } from '../routing/version-router';
import { ServingMetrics } from '../metrics/serving-metrics';
import { isProtocolPath } from '../../platform/http/problem';

/** Matches the path that takes images for a model and captures the model's name. */
const predictionPath = /^\/api\/v1\/models\/([^/]+)\/predict\/?$/;

/** Returns whether the route reads its body itself, with its own limits, even if it is JSON. */
const readsItself = (path: string) => predictionPath.test(path) || isProtocolPath(path);

/** Returns whether the body is JSON that is parsed before the route sees it. */
export function isPlainJson({ url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?');
  const type = headers['content-type']?.toLowerCase() ?? '';
  return /^application\/json\b/.test(type) && !readsItself(path!);
}

/** The routes that put images into a model's queue. */
const routes = [
  { path: '/api/v1/models/:name/predict', form: predictionPath },
  { path: '/v2/models/:name/infer', form: /^\/v2\/models\/([^/]+)\/infer\/?$/i },
  {
    path: '/v2/models/:name/versions/:version/infer',
    form: /^\/v2\/models\/([^/]+)\/versions\/(\d{1,9})\/infer\/?$/i,
  },
];

/**
 * Refuses predictions by models whose queue is full before doing any other work for them, because work for refused requests
 * slows down the others.
 */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly router: VersionRouter,
    private readonly pool: ModelPool,
    private readonly metrics: ServingMetrics,
  ) {}

  readonly check = (request: Request, response: Response, next: NextFunction): void => {
    const asked = askedOf(request);
    if (!asked) return next();
    const version = this.router.known(asked.selector.model, asked.selector);
    if (!version) return next();
    const batcher = this.pool.find(version)?.batcher;
    if (!batcher?.full) return next();
    // The guard answers callers whose key is not in the cache or that may not predict.
    const secret = bearerKey(request.headers.authorization);
    const caller = this.authenticator.recognise(request, secret);
    if (!caller || !grants(caller.key.scopes, ['predict'])) return next();
    // Set as the router would, for the metrics that count requests by route.
    request.route = { path: asked.path };
    this.metrics.answered(version, { images: 0, outcome: 'QUEUE_FULL', ms: 0 });
    sendError(batcher.refusal(1), request, response);
  };
}

/** Returns the route and model of a prediction request if they are evident from its URL; otherwise the route finds out. */
function askedOf({ method, path, query }: Request) {
  if (method !== 'POST') return undefined;
  for (const { path: route, form } of routes) {
    const [, name, number] = form.exec(path) ?? [];
    const model = name && parseModelReference(name);
    if (!model) continue;
    const version = number ?? query['version'];
    const alias = query['alias'];
    const selector: ModelSelector = {
      ...model,
      ...(version === undefined ? {} : { version: Number(version) }),
      ...(alias === undefined ? {} : { alias: String(alias) }),
    };
    return { path: route, selector };
  }
  return undefined;
}
