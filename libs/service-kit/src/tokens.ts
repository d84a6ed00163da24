/** The part of the service's config that service-kit itself needs; provided by runService. */
export const BASE_CONFIG = Symbol('BASE_CONFIG');
