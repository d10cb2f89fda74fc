"""Seeded Russian names and streets."""

from faker import Faker


def russian_names(seed: int) -> Faker:
    """A Faker for Russian names that starts from `seed` and shares no state with other Fakers."""
    fake = Faker("ru_RU")
    fake.seed_instance(seed)
    return fake
