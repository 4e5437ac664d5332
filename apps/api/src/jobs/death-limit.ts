/** A worker may die this often in a row without reaching a new checkpoint, whatever the type of the job. */
export const deathLimit = 5;
