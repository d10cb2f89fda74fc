"""Kafka topics by declaration: kafka/topics/<product>.json says which there are; nothing else creates any."""

import json
from pathlib import Path

from confluent_kafka import OFFSET_END, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sklad.errors import ServiceError

SECONDS = 30
ERRORS = 3  # librdkafka's log on stderr, in syslog's levels: what it merely notes is nothing for a person


def apply(bootstrap_servers: str, declaration: Path) -> int:
    """Create the declared topics that are missing; returns how many those were. Existing ones are left as they are.

    Raises:
        ServiceError: the declaration can't be read, Kafka refuses, or a topic has another number of partitions.
    """
    try:
        wanted = {
            entry["name"]: (int(entry["partitions"]), dict(entry["config"]))
            for entry in json.loads(declaration.read_text())
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            f"{declaration} is no list of topics with name, partitions and config: {error!r}. Mend the file."
        ) from error
    admin = AdminClient(
        {"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": SECONDS * 1000, "log_level": ERRORS}
    )
    try:
        present = admin.list_topics(timeout=SECONDS).topics
        for name in wanted.keys() & present.keys():
            _same_partitions(name, len(present[name].partitions), wanted[name][0], declaration)
        missing = [
            NewTopic(name, num_partitions=partitions, replication_factor=-1, config=config)
            for name, (partitions, config) in wanted.items()
            if name not in present
        ]
        for future in admin.create_topics(missing).values() if missing else ():
            future.result(SECONDS)
    except KafkaException as error:
        raise ServiceError(
            f"Kafka at {bootstrap_servers} refuses the topics of {declaration}: {error}. "
            "Mend the file, or see: make logs s=kafka"
        ) from error
    return len(missing)


def empty(bootstrap_servers: str, declaration: Path) -> None:
    """Delete all messages of the declared topics. Offsets go on; readers that stand before the end go on from there.

    Raises:
        KafkaException: Kafka refuses.
    """
    names = [entry["name"] for entry in json.loads(declaration.read_text())]
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": ERRORS})
    present = admin.list_topics(timeout=SECONDS).topics
    ends = [
        TopicPartition(name, partition, OFFSET_END)
        for name in names
        if name in present
        for partition in present[name].partitions
    ]
    for future in admin.delete_records(ends).values() if ends else ():
        future.result(SECONDS)


def _same_partitions(name: str, found: int, wanted: int, declaration: Path) -> None:
    # More partitions would send a key's next change elsewhere, past its earlier ones: order would be lost.
    if found != wanted:
        raise ServiceError(
            f"topic {name} has {found} partitions, {declaration} declares {wanted}. They can't be changed in place: "
            "declare what is there, or reset the topic with its readers."
        )
