export interface KafkaAddresses {
  /** `host:port`, several separated by commas. */
  bootstrap: string;
  clusterId: string;
  /** `url` is `host:port`; the part of a broker is called `kafka-<id>`. */
  brokers: { id: number; url: string }[];
  /** Only when proxies were asked for, and never of external brokers. */
  behindProxy?: KafkaBehindProxy;
}

/** A second listener whose advertised address is that of a proxy: clients go where a broker sends them. */
export interface KafkaBehindProxy {
  /** Where the broker listens, `host:port`. */
  listener: string;
  /** Where the proxy is to listen, `host:port`. */
  advertised: string;
}
