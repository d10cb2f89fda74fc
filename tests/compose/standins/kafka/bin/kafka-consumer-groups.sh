#!/bin/sh
# shellcheck disable=SC2086 - options, several in each variable
exec /opt/kafka/java/bin/java ${KAFKA_HEAP_OPTS:--Xmx512m} ${KAFKA_JVM_PERFORMANCE_OPTS:-} ${KAFKA_LOG4J_OPTS:-} \
    -cp "/opt/kafka/libs/*" org.apache.kafka.tools.consumer.group.ConsumerGroupCommand "$@"
