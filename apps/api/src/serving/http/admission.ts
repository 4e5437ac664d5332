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

/** The path that takes images for a model, which it names. */
const predictionPath = /^\/api\/v1\/models\/([^/]+)\/predict\/?$/;

/** Routes that read their bodies themselves, JSON too, with their own limits. */
const readsItself = (path: string) => predictionPath.test(path) || isProtocolPath(path);

/** Whether a body is JSON that is to be parsed before its route sees it. */
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
 * Refuses requests for predictions whose model has no room in its queue before anything else is done for them: what refusing
 * costs is taken from those that are answered.
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
    // A caller that is not known at once, or may not predict, is for the guard to answer.
    const secret = bearerKey(request.headers.authorization);
    const caller = this.authenticator.recognise(request, secret);
    if (!caller || !grants(caller.key.scopes, ['predict'])) return next();
    // As the router would have it, which is not asked: for who counts requests by route.
    request.route = { path: asked.path };
    this.metrics.answered(version, { images: 0, outcome: 'QUEUE_FULL', ms: 0 });
    sendError(batcher.refusal(1), request, response);
  };
}

/** What a request asks, where that is plain to see: the rest is for its route to find out. */
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
