import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';

export type Right = keyof typeof AclOperationTypes;

const any = { principal: 'User:*', host: '*', resourcePatternType: ResourcePatternTypes.LITERAL };

async function withAdmin(use: (admin: Admin) => Promise<unknown>): Promise<void> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** All that is left to clients of a topic or a group is `rights`; `restore` gives them the others back. */
export async function limitRights(kind: 'TOPIC' | 'GROUP', resourceName: string, rights: Right[]): Promise<void> {
  const [resourceType, permissionType] = [AclResourceTypes[kind], AclPermissionTypes.ALLOW];
  // Kafka looks for no other right once a resource has one: an empty list is one that no client uses.
  const operations = rights.length > 0 ? rights : (['ALTER_CONFIGS'] as const);
  const acl = operations.map((right) => {
    return { ...any, resourceType, resourceName, permissionType, operation: AclOperationTypes[right] };
  });
  await withAdmin((admin) => admin.createAcls({ acl }));
}

export async function restoreRights(kind: 'TOPIC' | 'GROUP', resourceName: string): Promise<void> {
  const operation = AclOperationTypes.ANY;
  const filter = { ...any, resourceName, operation, permissionType: AclPermissionTypes.ANY };
  await withAdmin((admin) => admin.deleteAcls({ filters: [{ ...filter, resourceType: AclResourceTypes[kind] }] }));
}
