export { eventually } from './eventually.ts';
export { freshName } from './fresh-name.ts';
export { thrownThings } from './thrown-things.ts';
