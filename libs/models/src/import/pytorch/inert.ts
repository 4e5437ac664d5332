import { shown } from '../../weights/fail';

/** A name in a pickle that says nothing of weights: it is never looked up anywhere, and never called. */
export class InertGlobal {
  /** For messages. */
  readonly name: string;

  constructor(module: string, name: string) {
    this.name = shown(`${module}.${name}`);
  }
}

/** What stands for the object that a pickle makes by such a name: it keeps items, and does nothing. */
export class InertObject {
  readonly items = new Map<unknown, unknown>();

  /** @param kind the name that it was made by, for messages */
  constructor(readonly kind: string) {}
}
