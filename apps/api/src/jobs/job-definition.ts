import type { Abstract, Type } from '@nestjs/common';
import { z } from 'zod';
import { type JobEventKinds, stateEventSchema } from './job-events';
import type { Job, JobShape } from './job-record';
import type { JobWork } from './job-work';

/** How often in a row a worker may die without reaching a new checkpoint, by default. */
export const deathLimit = 5;

/** Something that must not be deleted before the job has ended. */
export type JobNeed = { dataset: string } | { model: string; version: number };

/** A job's request after it was read and checked. */
export interface Asked<Request> {
  /** The model that the job creates or uses, or the number of its models. */
  name: string;
  request: Request;
}

/** The unchecked fields of a request. */
export type Fields = Record<string, unknown>;

/** Returns one of Nest's providers. */
export type Find = <P>(token: Abstract<P> | Type<P>) => P;

/** How `POST jobs` reads requests for a type of job. */
export interface JobRequest<Request> {
  /** Schema for the OpenAPI document, with the literal `type`. */
  schema: z.ZodType;
  /** @throws DomainError INVALID_REQUEST naming every problem */
  read(fields: Fields, find: Find): Promise<Asked<Request>>;
}

/** The fields that the API shows of a type of job besides the common ones, and how to derive them. */
export interface JobView<S extends JobShape> {
  fields: z.ZodRawShape;
  example?: object;
  of(job: Job<S>): object;
}

/** The parts of a job's JSON that lists omit, because they grow with the job. */
export interface Bulk {
  /** Fields to omit. */
  omit?: readonly string[];
  /** An array field of which only the last item is kept. */
  last?: string;
}

/** Defines one type of job. */
export interface JobDefinition<
  Name extends string = string,
  Request = unknown,
  Status = unknown,
  Result = unknown,
> {
  /** In kebab case; the API's schemas are named after it: "fine-tune" has `FineTuneJob`. */
  type: Name;
  /** Names the work in sentences about the job; in capitals, part of its error codes. */
  noun: string;
  /** Says why a worker may die repeatedly, and what helps. */
  deathAdvice: string;

  /** Omitted if `POST jobs` does not accept this type. */
  ask?: JobRequest<Request>;
  /** Returns what must not be deleted until the job has ended. */
  needs(request: Request): JobNeed[];

  /** Status before the first claim. */
  initialStatus: Status;
  /** Returns the status that the next attempt starts from, and the epoch that its event reports. */
  resume(status: Status): { status: Status; resumedFromEpoch?: number };
  /** Returns how often in a row a worker may die without reaching a new checkpoint. */
  deathLimit(status: Status): number;
  /** Returns the blob that the next attempt resumes from, to which the job's row refers. */
  checkpointBlob(status: Status): string | null;
  /** Returns the part of the status to keep once the job has ended. */
  settle(status: Status): Status;

  /** Schema of the job's result in the API. */
  result: z.ZodType<Result>;
  view: JobView<JobShape<Request, Status, Result>>;
  /** The view in lists; default: the same. */
  summary?: JobView<JobShape<Request, Status, Result>>;
  bulk?: Partial<Record<'request' | 'status' | 'result', Bulk>>;
  /** The events it reports while it runs, besides changes of state. */
  events: JobEventKinds;

  /** Loads the class that does the work; only workers call it. */
  work(): Promise<Type<JobWork<JobShape<Request, Status, Result>>>>;
}

/** Describes how requests for a type of job are read. @param uses providers that are passed to `read` */
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

/** Describes what the API shows; the compiler checks the result of `of` against the fields. */
export function shows<S extends JobShape, F extends z.ZodRawShape>(
  fields: F,
  of: (job: Job<S>) => z.output<z.ZodObject<F>>,
  example?: object,
): JobView<S> {
  return { fields, of, example };
}

/** All types of job. */
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

  /** Returns the definition of the job's type. Every stored job has one, as the process refuses to start otherwise. */
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

/** Returns all kinds of events that jobs report, by `type`. */
export function eventKinds({ all }: JobDefinitions): JobEventKinds {
  const kinds: JobEventKinds = { state: { schema: stateEventSchema(resultsOf(all)) } };
  for (const { type, events } of all) {
    for (const [name, kind] of Object.entries(events)) {
      const known = kinds[name];
      if (known && known !== kind) {
        throw new Error(`The job type "${type}" defines a different event named "${name}".`);
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
