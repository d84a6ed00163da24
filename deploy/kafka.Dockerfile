# Kafka with Prometheus's JMX agent, for compose.observability.yml.

# Any image with Maven, for example one whose settings name a company's own mirror.
ARG MAVEN_IMAGE=maven:3.9-eclipse-temurin-17
FROM ${MAVEN_IMAGE} AS agent
ARG AGENT=io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1
RUN mvn --batch-mode --quiet dependency:copy -Dartifact=${AGENT} -DoutputDirectory=/agent -Dmdep.stripVersion=true \
  && echo '7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1  /agent/jmx_prometheus_javaagent.jar' \
  | sha256sum -c \
  && chmod 444 /agent/jmx_prometheus_javaagent.jar

FROM apache/kafka:4.4.0
COPY --from=agent /agent/jmx_prometheus_javaagent.jar /opt/jmx/agent.jar
