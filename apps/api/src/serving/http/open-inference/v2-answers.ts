import type { ErrorCode } from '../../../platform/errors/error-codes';
import { protocolStatusOf } from '../../../platform/http/problem';
import { failures } from '../../../platform/http/answers';
import { V2Error } from './v2.dto';

/** The route's errors in the protocol's form, by code. */
export function FailsV2(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return failures(codes, protocolStatusOf, V2Error);
}
