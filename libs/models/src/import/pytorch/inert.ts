import { shown } from '../../weights/fail';

/** A name in a pickle that is irrelevant to weights; it is never looked up or called. */
export class InertGlobal {
  /** Full name, for messages. */
  readonly name: string;

  constructor(module: string, name: string) {
    this.name = shown(`${module}.${name}`);
  }
}

/** A placeholder for an object that a pickle creates with such a name: it stores items and does nothing. */
export class InertObject {
  readonly items = new Map<unknown, unknown>();

  /** @param kind the name that created it, for messages */
  constructor(readonly kind: string) {}
}
