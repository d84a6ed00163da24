import { AppError } from '../errors.ts';

/** How often the process may die of the same record before that is no longer tried. */
export const mostDeaths = 3;

/** Why a record is given up that never got to fail: each time that it was tried, the process ended. */
export class KilledTheProcess extends AppError {
  constructor(deaths: number) {
    super('invalid', 'killed-the-process', `the process ended ${deaths} times while this record was being tried`);
    this.name = 'KilledTheProcess';
  }
}
