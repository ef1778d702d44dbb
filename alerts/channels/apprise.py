"""Alerts by any of the services that the Apprise library knows: Telegram, Discord, ntfy, Matrix, Signal …

The library loads a few hundred services and blocks while it sends: it is loaded at the first alert, and runs in
threads of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from alerts.card import Card, card
from alerts.channels.contract import ChannelContext, several
from alerts.plain import cut
from alerts.render import Framing
from news.alert import Delivery, Message, Outcome, Refused, Retry, Sent

if TYPE_CHECKING:
    import apprise

ADDRESSES_MAX = 20
TIMEOUT_S = 45.0
_THREADS = 4
_BODY_MAX = 3_500
_BODY_MIN = 80
_STATUS = re.compile(r"\berror=(\d{3})\b")
_GONE_SILENT = re.compile(r"connection error|timed? ?out", re.IGNORECASE)

# Those that carry a message to people. Left out: what runs or writes on this machine, what posts to any address in any
# form (the webhook channel does that), and mail (the email channel tells each recipient's answer).
_SCHEMAS = """
    46elks azure bark barks betterstack bluesky brevo bsky bulksms burstsms chanify clickatell clicksend cliq d7sms
    dingtalk discord feishu flock freemobile gchat gotify gotifys groupme guilded hassio hassios httpsms ifttt ilert
    incidentio infobip jira join kakaotalk kaleyra kavenegar kook kumulos lametric lark line mailersend mailgun
    mastodon mastodons matrix matrixs misskey misskeys mmost mmosts msg91 msgbird ncloud nclouds nctalk
    nctalks nexmo nostr ntfy ntfys octopush onesignal opsgenie pagerduty pagertree pbul plivo postmark pover prowl
    psafer psafers pushdeer pushdeers pushed pushme pushplus pushy qq reddit resend revolt rocket rockets ryver
    schan sendgrid ses seven signal signals signl4 simplepush sinch smseagle smseagles smtp2go sns sparkpost
    spugpush squadcast synology synologys telnyx tgram threema toot toots twilio twist viber victorops voipms vonage
    webex wechat wecombot whatsapp workflow workflows wxpusher wxteams zoom zulip
"""
SCHEMAS = frozenset(_SCHEMAS.split())


def _known(value: SecretStr) -> SecretStr:
    schema, found, rest = value.get_secret_value().partition("://")
    if not found or not rest:
        raise ValueError("is no Apprise address; write service://…, such as tgram://TOKEN/CHAT")
    if schema.lower() not in SCHEMAS:
        raise ValueError(
            "begins with a service that is not among those allowed; there are channels of their own for email, "
            "webhooks and programs"
        )
    return value


class AppriseSettings(BaseModel):
    """`url` is one address as Apprise writes them, or several; they hold tokens and are secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_known)], ...],
        BeforeValidator(several),
        Field(min_length=1, max_length=ADDRESSES_MAX),
    ]


class AppriseChannel:
    """Each address is a recipient of its own, so that a retry goes to none that has the message.

    It is named by its service and eight digits of a hash, which stay the same as long as the address does.
    """

    def __init__(self, name: str, settings: AppriseSettings, context: ChannelContext) -> None:
        self.name = name
        self._addresses = {_named(each.get_secret_value()): each for each in settings.url}
        self.recipients = tuple(self._addresses)
        self._context = context
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="apprise")

    async def send(self, delivery: Delivery) -> Outcome:
        address = self._addresses.get(delivery.recipient)
        if address is None:
            return Refused("recipient: the address was changed or taken out of the channel's settings")
        framing = self._context.framing(delivery)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, _send, address.get_secret_value(), delivery.message, framing
                )
        except TimeoutError:
            return Retry(f"timeout: no answer within {TIMEOUT_S:g} s; the receiver may have it", perhaps_taken=True)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _named(address: str) -> str:
    digest = hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()
    return f"{address.partition('://')[0].lower()}-{digest[:8]}"


def _send(address: str, message: Message, framing: Framing) -> Outcome:
    """In a thread: load the library if need be, and send once."""
    import apprise  # noqa: PLC0415  some 0.2 to 3 s

    # Its log may quote what is secret, so it goes nowhere; what it said of this message is in its answer.
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.WARNING)
    log.disabled = False  # what it says is read from its log, which other libraries' set-up may have turned off
    asset = apprise.AppriseAsset(
        app_id="Wirewatch", app_desc="Wirewatch", app_url="", image_url_mask="", image_url_logo="", async_mode=False
    )
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if service is None:
        return Retry("address: Apprise cannot read it; see its page on this service, and set url anew")
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    title, body = words(message, framing, title_max=service.title_maxlen, body_max=service.body_maxlen)
    found = sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    return _judged(found)


def words(message: Message, framing: Framing, *, title_max: int, body_max: int) -> tuple[str, str]:
    """Title and body for a service that takes so many characters; what is cut still has its link.

    `title_max` of 0: the service has no titles, and the summary opens the body.
    """
    limit = max(_BODY_MIN, min(body_max, _BODY_MAX))
    shown = card(message, framing, fits=lambda tried: len(_text(tried)) <= limit)
    body = _text(shown)
    if len(body) > limit:
        link = f"\n{shown.link}" if shown.link and len(shown.link) < limit - _BODY_MIN // 2 else ""
        body = cut(shown.summary, limit - len(link)) + link
    return (cut(shown.summary, title_max) if title_max > 0 else ""), body


def _text(shown: Card) -> str:
    """Plain text, each address behind the words that it stands under."""
    text = "\n".join(
        "".join(f"{run.text} {run.link} " if run.link else run.text for run in line.runs).rstrip()
        for line in shown.lines
    )
    return f"{text}\n{shown.link}" if shown.link and shown.link not in text else text


def _judged(found: apprise.AppriseResult) -> Outcome:
    results: Any = found.results
    if found:
        return Sent(remote_id="taken")
    if not results:
        return Retry("address: Apprise found nobody to send to")
    said = " ".join(str(entry.message) for entry in results[0].logs())
    status = _STATUS.search(said)
    # No more of its words than this: they may repeat the address or what we sent.
    if status is not None:
        return Retry(f"status: HTTP {status.group(1)}")
    if _GONE_SILENT.search(said):
        return Retry("connect: the service could not be reached, or did not answer", perhaps_taken=True)
    return Retry(f"failed: Apprise says {results[0].status.name.lower()}", perhaps_taken=True)
