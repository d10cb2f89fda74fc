#!/bin/sh
exec /opt/kafka/java/bin/java ${KAFKA_HEAP_OPTS:--Xmx512m} -Djava.awt.headless=true -cp "/opt/kafka/libs/*" kafka.Kafka "$@"
