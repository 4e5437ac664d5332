import { invalidRequest, problemsOf } from '../../platform/errors/invalid-request';
import type { ProblemDetail } from '../../platform/errors/domain-error';
import { findVersion, type JobLookups } from '../../jobs/job-lookups';
import type { Fields } from '../../jobs/job-request';
import type { NewJob } from '../../jobs/job-types';
import { createExportSchema } from './export.dto';

/** @throws DomainError INVALID_REQUEST naming every problem */
export async function readExport(fields: Fields, lookups: JobLookups): Promise<NewJob<'export'>> {
  const shape = createExportSchema.safeParse(fields);
  const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
  const found = await findVersion(fields.model, lookups, problems);
  if (found?.format === 'onnx') {
    const message = 'is an ONNX file already: download it as the weights of the version';
    problems.push({ where: 'model', message });
  }
  if (!shape.success || !found || problems.length > 0) throw invalidRequest(problems);
  const { format, precision } = shape.data;
  const { model, version } = found;
  return {
    type: 'export',
    name: model,
    request: { version: { model, version }, format, precision },
  };
}
