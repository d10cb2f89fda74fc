"""Telling people: once when something begins, and once when it is over. Needs no Airflow, so that tests can run it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """One condition as it is now. `name`: tells it from others, and stays the same."""

    name: str
    title: str
    wrong: bool
    message: str


@dataclass(frozen=True)
class Notice:
    """What is sent."""

    title: str
    body: str


class NotSentError(Exception):
    """No address took a notice."""


def settle(
    findings: list[Finding],
    begun: Mapping[str, str],
    send: Callable[[Notice], None],
    keep: Callable[[dict[str, str]], None],
) -> list[str]:
    """Send what is new, and remember each as soon as it was sent; returns the titles of what was sent.

    Args:
        findings: all that was looked at.
        begun: what `keep` got last: titles of what people know to be wrong, by condition.
        send: raises NotSentError; then nothing is remembered, and the next run sends it.
        keep: stores what people know by now.
    """
    known, sent = dict(begun), []
    for finding in findings:
        if finding.wrong == (finding.name in known):
            continue
        if finding.wrong:
            notice = Notice(f"⚠ Sklad: {finding.title}", finding.message)
            known[finding.name] = finding.title
        else:
            notice = Notice(f"✓ Sklad: {finding.title}: прошло", finding.message)
            del known[finding.name]
        send(notice)
        keep(known)
        sent.append(notice.title)
    return sent


def summary(findings: list[Finding], told: list[str]) -> str:
    """What was told, and what is wrong, told now or before."""
    wrong = [f"{finding.title}: {finding.message}" for finding in findings if finding.wrong]
    return "\n".join(
        [f"Told: {', '.join(told) or 'nothing new'}. Wrong: {len(wrong)} of {len(findings)} looked at.", *wrong]
    )


def send_by_apprise(addresses: str) -> Callable[[Notice], None]:
    """A `send` to all addresses, apprise's URLs with spaces between them. No message shows one: they hold keys.

    Sent is what one address took: those that did would get it again and again.
    """

    def send(notice: Notice) -> None:
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - takes a second

        failed = []
        for number, address in enumerate(addresses.split(), start=1):
            service = Apprise()
            if not service.add(address):
                failed.append(f"address {number} is none that apprise knows")
            elif not service.notify(title=notice.title, body=notice.body, body_format=NotifyFormat.TEXT):
                failed.append(f"address {number} ({address.partition(':')[0]}) did not take it")
        if not failed:
            return
        reason = (
            f"“{notice.title}” was not sent to all of ALERT_URLS: {'; '.join(failed)}. Mend them in .env; "
            "https://github.com/caronc/apprise/wiki says how they are written."
        )
        if len(failed) == len(addresses.split()):
            raise NotSentError(f"{reason} The next run tries again.")
        log.error("%s", reason)

    return send
