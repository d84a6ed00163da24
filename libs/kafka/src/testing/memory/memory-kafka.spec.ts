import { MemoryKafka } from './memory-kafka.ts';
import { driverSuite } from '../../../test/driver.suite.ts';

const kafka = new MemoryKafka();
const away = new MemoryKafka();
away.fail();

driverSuite('in-memory', {
  driver: kafka.driver(),
  unreachable: away.driver(),
  interrupt: () => {
    kafka.fail();
    setImmediate(() => kafka.recover());
  },
  fence: (group) => kafka.group(group).rebalance(),
  grow: (topic, partitions) => kafka.grow(topic, partitions),
});
