# Kafka with Prometheus's JMX agent, for compose.observability.yml. MAVEN_REPOSITORY can be a company's own mirror.
FROM apache/kafka:4.4.0 AS agent
USER root
ARG MAVEN_REPOSITORY=https://repo1.maven.org/maven2
ADD ${MAVEN_REPOSITORY}/io/prometheus/jmx/jmx_prometheus_javaagent/1.0.1/jmx_prometheus_javaagent-1.0.1.jar /agent.jar
RUN echo '7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1  /agent.jar' | sha256sum -c \
  && chmod 444 /agent.jar

FROM apache/kafka:4.4.0
COPY --from=agent /agent.jar /opt/jmx/agent.jar
