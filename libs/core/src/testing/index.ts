export { eventually } from './eventually.ts';
export { freshName } from './fresh-name.ts';
export { OtlpCollector, type CollectedSpan } from './otlp-collector.ts';
export { thrownThings } from './thrown-things.ts';
