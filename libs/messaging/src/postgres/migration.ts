/** Plain SQL that a service's own migration runs statement by statement, in order. */
export interface SqlMigration {
  readonly up: string[];
  readonly down: string[];
}
