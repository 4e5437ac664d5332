import { DatasetError, type DatasetProblem } from './dataset-error';

const maxClassNameLength = 100;

/** @throws DatasetError naming each folder whose name cannot be a class */
export function checkClassNames(names: ReadonlySet<string>): void {
  const problems: DatasetProblem[] = [];
  const known = new Map<string, string>();
  for (const name of names) {
    const twin = known.get(name.toLowerCase());
    known.set(name.toLowerCase(), name);
    if (name.length > maxClassNameLength) {
      problems.push({ where: name, message: `Longer than ${maxClassNameLength} characters` });
    } else if (/\p{Cc}/u.test(name)) {
      problems.push({ where: name, message: 'Contains control characters' });
    } else if (name.trim() !== name || name === '') {
      problems.push({ where: name, message: 'Is empty, or begins or ends with a space' });
    } else if (twin !== undefined) {
      problems.push({ where: name, message: `Differs from ${twin} only in case` });
    }
  }
  if (problems.length > 0) {
    throw new DatasetError(
      'INVALID_CLASS_NAME',
      'Names of folders become names of classes; some cannot',
      problems,
    );
  }
}
