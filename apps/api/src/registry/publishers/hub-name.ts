import { z } from 'zod';

/** As the Hub allows names: no two dots or hyphens in a row, none at an end. */
const part = /^(?!.*(?:\.\.|--))[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;

export const hubRepositorySchema = z.string().refine((name) => {
  const parts = name.split('/');
  return parts.length === 2 && parts.every((each) => part.test(each));
}, 'must be a repository of the Hugging Face Hub, "owner/name"; an address is not taken');

export const hubRevisionSchema = z
  .string()
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_])?$/,
    'must be a branch, a tag or a commit of the repository',
  );
