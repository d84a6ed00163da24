import { MemoryNotificationStore, MemoryTransactions } from './memory-notification.store.ts';
import { notificationStoreSuite } from './notification-store.suite.ts';

const subject = { store: new MemoryNotificationStore(), transactions: new MemoryTransactions() };

notificationStoreSuite('in memory', () => subject);
