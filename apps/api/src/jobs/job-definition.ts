import type { Abstract, Type } from '@nestjs/common';
import { z } from 'zod';
import { type JobEventKinds, stateEventSchema } from './job-events';
import type { Job, JobShape } from './job-record';
import type { JobWork } from './job-work';

/** A worker may die this often in a row without reaching a new checkpoint, whatever the type of the job. */
export const deathLimit = 5;

/** Something that must not be deleted before the job has ended. */
export type JobNeed = { dataset: string } | { model: string; version: number };

/** What a job is asked for, once its request was read. */
export interface Asked<Request> {
  /** The model that the job makes or is about, or how many it is about. */
  name: string;
  request: Request;
}

/** The fields of a request, as they came. */
export type Fields = Record<string, unknown>;

/** Finds one of Nest's providers. */
export type Find = <P>(token: Abstract<P> | Type<P>) => P;

/** How a type of job is asked for at `POST jobs`. */
export interface JobRequest<Request> {
  /** What the API documents, with the literal `type`. */
  schema: z.ZodType;
  /** @throws DomainError INVALID_REQUEST naming every problem */
  read(fields: Fields, find: Find): Promise<Asked<Request>>;
}

/** What the API shows of a type of job beside what it shows of all, and how it comes from the job. */
export interface JobView<S extends JobShape> {
  fields: z.ZodRawShape;
  example?: object;
  of(job: Job<S>): object;
}

/** What lists leave out of a job's JSON, because it grows with the job. */
export interface Bulk {
  /** Fields that are left out. */
  omit?: readonly string[];
  /** A field that is an array, of which the last item is kept. */
  last?: string;
}

/** Everything that there is to know of one type of job. */
export interface JobDefinition<
  Name extends string = string,
  Request = unknown,
  Status = unknown,
  Result = unknown,
> {
  /** In kebab case; the API's schemas are named after it: "fine-tune" has `FineTuneJob`. */
  type: Name;
  /** What the job does, in a sentence about it; in capitals part of its error codes. */
  noun: string;
  /** Why a worker may die of it again and again, and what helps. */
  deathAdvice: string;

  /** Left out where `POST jobs` does not take it. */
  ask?: JobRequest<Request>;
  /** What stays undeletable until the job has ended. */
  needs(request: Request): JobNeed[];

  /** Of a job that has not been claimed yet. */
  initialStatus: Status;
  /** What the next attempt starts from, and what its event reports of that. */
  resume(status: Status): { status: Status; resumedFromEpoch?: number };
  /** How often in a row a worker may die of it without reaching a new checkpoint. */
  deathLimit(status: Status): number;
  /** The blob that the next attempt resumes from; the job's row refers to it. */
  checkpointBlob(status: Status): string | null;
  /** What is left of the status once the job has ended. */
  settle(status: Status): Status;

  /** What the job makes, as the API shows it. */
  result: z.ZodType<Result>;
  view: JobView<JobShape<Request, Status, Result>>;
  /** As lists show it; left out: like the job itself. */
  summary?: JobView<JobShape<Request, Status, Result>>;
  bulk?: Partial<Record<'request' | 'status' | 'result', Bulk>>;
  /** What it reports while it runs, beside its states. */
  events: JobEventKinds;

  /** Loads the class that does the work; asked for by workers only. */
  work(): Promise<Type<JobWork<JobShape<Request, Status, Result>>>>;
}

/** Describes how a type of job is asked for. @param uses providers that are handed to `read` */
export function asks<Request, const U extends readonly unknown[]>(
  schema: z.ZodType,
  uses: { [K in keyof U]: Abstract<U[K]> | Type<U[K]> },
  read: (fields: Fields, ...services: U) => Promise<Asked<Request>>,
): JobRequest<Request> {
  return {
    schema,
    read: (fields, find) =>
      read(fields, ...(uses.map((token) => find(token as Type<unknown>)) as unknown as U)),
  };
}

/** Describes what the API shows: the compiler holds what `of` returns against the fields. */
export function shows<S extends JobShape, F extends z.ZodRawShape>(
  fields: F,
  of: (job: Job<S>) => z.output<z.ZodObject<F>>,
  example?: object,
): JobView<S> {
  return { fields, of, example };
}

/** All types of job that there are. */
export class JobDefinitions {
  private readonly byType: ReadonlyMap<string, JobDefinition>;

  constructor(readonly all: readonly JobDefinition[]) {
    this.byType = new Map(all.map((definition) => [definition.type, definition]));
    if (this.byType.size < all.length) throw new Error('Two definitions have the same type.');
  }

  get types(): string[] {
    return [...this.byType.keys()];
  }

  find(type: string): JobDefinition | undefined {
    return this.byType.get(type);
  }

  /** Returns the definition of the job's type, which every stored job has: starting fails otherwise. */
  of<S extends JobShape>({ type }: Pick<Job<S>, 'type'>): DefinitionOf<S> {
    const found = this.find(type);
    if (!found) throw new Error(`There is no definition of the job type "${type}".`);
    return found as DefinitionOf<S>;
  }
}

export type DefinitionOf<S extends JobShape> = JobDefinition<
  string,
  S['request'],
  S['status'],
  S['result']
>;

/** Returns all kinds of event that jobs report, by `type`. */
export function eventKinds({ all }: JobDefinitions): JobEventKinds {
  const kinds: JobEventKinds = { state: { schema: stateEventSchema(resultsOf(all)) } };
  for (const { type, events } of all) {
    for (const [name, kind] of Object.entries(events)) {
      const known = kinds[name];
      if (known && known !== kind) {
        throw new Error(`The job type "${type}" has another event of the name "${name}".`);
      }
      kinds[name] = kind;
    }
  }
  return kinds;
}

function resultsOf(all: readonly JobDefinition[]): z.ZodType {
  const results = new Set(all.map(({ result }) => result));
  return z.union([...results] as [z.ZodType, ...z.ZodType[]]);
}
