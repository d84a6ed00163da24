export interface KafkaAddresses {
  /** `host:port`, several separated by commas. */
  bootstrap: string;
  clusterId: string;
  /** The part of a broker is called `kafka-<id>`. */
  brokers: BrokerAddress[];
  /** Only when proxies were asked for, and never of external brokers. */
  behindProxy?: KafkaBehindProxy;
}

export interface BrokerAddress {
  id: number;
  /** `host:port`. */
  url: string;
  /** Where it answers Prometheus, `host:port`; only of embedded brokers, when that was asked for. */
  metrics?: string;
}

/** A second listener whose advertised address is that of a proxy: clients go where a broker sends them. */
export interface KafkaBehindProxy {
  /** Where the broker listens, `host:port`. */
  listener: string;
  /** Where the proxy is to listen, `host:port`. */
  advertised: string;
}
