"""Alerts as mail through a relay: one message to one recipient, plain text and HTML."""

import asyncio
import re
import ssl
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Annotated, NamedTuple

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.channels.contract import ChannelConfigError, ChannelContext
from alerts.plain import one_line
from alerts.render import TOGETHER, html, subject, text
from config.fields import one_or_more
from config.settings import Mail
from news.alert import Delivery, Message, Outcome, Refused, Retry, Sent

RECIPIENTS_MAX = 100
REASON_MAX = 200
_QUIT_S = 2.0
_TEMPORARY, _PERMANENT = 400, 500
_LOGIN_WANTED = frozenset({530, 534, 535, 538})

_LOCAL_HOST = re.compile(r"@((?:[a-z0-9-]+\.){0,9}(?:localhost|local|test))(?=>?\s*\Z)", re.IGNORECASE)
_IDS = frozenset({"Message-ID", "In-Reply-To", "References", "List-Id"})


class _Policy(EmailPolicy):
    """Ids stay whole on their line: the standard policy turns a long one into an encoded word, which names nothing."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name in _IDS:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


# RFC 2047: at most 76 characters to a line of encoded words.
_POLICY = _Policy(linesep="\r\n", max_line_length=76)


class Mailbox(NamedTuple):
    """`address` and `host` are plain ASCII; `name` is what stood before the address, or empty."""

    name: str
    address: str
    host: str


def mailbox(value: str) -> Mailbox:
    """`name@host` or `Name <name@host>`, checked by syntax alone.

    Raises:
        ValueError: it is no such address; the message says why.
    """
    local = _LOCAL_HOST.search(value)
    # The checker refuses the names of local networks, where many a relay lives; it judges the rest of the address.
    asked = f"{value[: local.start(1)]}example.org{value[local.end(1) :]}" if local else value
    try:
        checked = validate_email(
            asked,
            check_deliverability=False,
            globally_deliverable=False,
            allow_display_name=True,
            allow_smtputf8=False,
        )
    except EmailNotValidError as err:
        raise ValueError(f"is no e-mail address: {err}") from None
    host = local.group(1).lower() if local else checked.ascii_domain
    return Mailbox(checked.display_name or "", f"{checked.local_part}@{host}", host)


def _plain_address(value: str) -> str:
    return mailbox(value).address


class EmailSettings(BaseModel):
    """Who gets the mail, and who it is from where that is not `[mail]`'s `from`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[
        tuple[Annotated[str, AfterValidator(_plain_address)], ...],
        BeforeValidator(one_or_more),
        Field(min_length=1, max_length=RECIPIENTS_MAX),
    ]
    sender: Annotated[str, Field(max_length=320)] | None = Field(default=None, alias="from")


class EmailChannel:
    """Connects anew for each message: minutes lie between alerts, and a relay drops idle connections."""

    def __init__(self, name: str, settings: EmailSettings, context: ChannelContext) -> None:
        self.name = name
        self.recipients = tuple(dict.fromkeys(settings.to))
        self._context = context
        self._relay = context.mail
        if not self._relay.host:
            raise ChannelConfigError(name, "mail.host", "no relay is named", "set host in [mail]")
        sender = settings.sender or self._relay.sender
        if sender is None:
            raise ChannelConfigError(name, "from", "is missing", "set from in [mail] or in the channel's table")
        try:
            self._sender = mailbox(sender)
        except ValueError as err:
            raise ChannelConfigError(name, "from", str(err), "write name@host, or Name <name@host>") from None
        self._partings: set[asyncio.Task[None]] = set()

    async def send(self, delivery: Delivery) -> Outcome:
        content = mail(delivery, self._sender, self._context).as_bytes()
        relay = _relay(self._relay, self._sender.host)
        at_data = False
        try:
            await relay.connect()
            await relay.mail(self._sender.address)
            await relay.rcpt(delivery.recipient)
            at_data = True
            answer = await relay.data(content)
        except aiosmtplib.SMTPResponseException as err:
            return self._answered(err, at_data=at_data)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as err:
            return self._failed(err, at_data=at_data)
        finally:
            self._part(relay)
        return Sent(remote_id=one_line(answer.message, REASON_MAX))

    async def aclose(self) -> None:
        await asyncio.gather(*self._partings, return_exceptions=True)

    def _answered(self, err: aiosmtplib.SMTPResponseException, *, at_data: bool) -> Outcome:
        if isinstance(err, aiosmtplib.SMTPAuthenticationError) or err.code in _LOGIN_WANTED:
            # A wrong password is the operator's to mend, and the alert is worth keeping until then. The relay's words
            # stay out: some repeat what was sent.
            return Retry(f"auth: the relay refused the login ({err.code}); check username and password in [mail]")
        reason = f"{_stage(err)}: {err.code} {self._redacted(err.message)}"
        # A refusal at the greeting speaks of us or of the relay, not of this message.
        if err.code >= _PERMANENT and _stage(err) != "greeting":
            return Refused(reason)
        return Retry(reason, perhaps_taken=at_data and err.code < _TEMPORARY)

    def _failed(self, err: Exception, *, at_data: bool) -> Outcome:
        if at_data:
            why = "timeout" if isinstance(err, TimeoutError) else "disconnected"
            return Retry(f"{why}: the relay did not answer after the text; it may have it", perhaps_taken=True)
        if isinstance(err, ssl.SSLError):
            return Retry(f"tls: {one_line(err.reason or type(err).__name__, REASON_MAX)}")
        if isinstance(err, TimeoutError):
            return Retry(f"timeout: the relay did not answer within {self._relay.timeout_s:g} s")
        return Retry(f"connect: {self._redacted(str(err)) or type(err).__name__}")

    def _redacted(self, words: str) -> str:
        secret = self._relay.password.get_secret_value() if self._relay.password else ""
        return one_line(words.replace(secret, "***") if secret else words, REASON_MAX)

    def _part(self, relay: aiosmtplib.SMTP) -> None:
        """Say goodbye beside the road: what the relay took is sent, however long its farewell takes."""
        if not relay.is_connected:
            return
        parting = asyncio.get_running_loop().create_task(_quit(relay))
        self._partings.add(parting)
        parting.add_done_callback(self._partings.discard)


def mail(delivery: Delivery, sender: Mailbox, context: ChannelContext) -> EmailMessage:
    """The message as it goes out; `Message-ID` and `References` hold over attempts and restores."""
    framing = context.framing(delivery)
    host = sender.host
    composed = EmailMessage(policy=_POLICY)
    composed["Subject"] = subject(delivery.message)
    composed["From"] = Address(
        display_name=one_line(sender.name or f"Wirewatch ({context.archive_name})", 80),
        addr_spec=sender.address,
    )
    composed["To"] = Address(addr_spec=delivery.recipient)
    composed["Date"] = framing.sent_at
    composed["Message-ID"] = f"<{delivery.key}@{host}>"
    # All alerts of a story answer one message that was never sent: readers put them under one roof in any order.
    composed["In-Reply-To"] = f"<{delivery.thread}@{host}>"
    composed["References"] = f"<{delivery.thread}@{host}>"
    composed["List-Id"] = f"<{_list(delivery.message)}.{host}>"
    composed["Auto-Submitted"] = "auto-generated"
    composed["X-Auto-Response-Suppress"] = "All"
    for name, value in _sorted_by(delivery.message):
        composed[name] = value
    composed.set_content(text(delivery.message, framing), cte="quoted-printable")
    composed.add_alternative(html(delivery.message, framing), subtype="html", cte="quoted-printable")
    return composed


def _list(message: Message) -> str:
    """By this a reader's program may sort: a rule's own alerts, what is told together, what is told the operator."""
    if message.notice is not None:
        return "operator"
    return "digests" if message.kind in TOGETHER else f"{message.alerts[0].rule_uid}.rules"


def _sorted_by(message: Message) -> Iterator[tuple[str, str]]:
    if message.notice is not None:
        yield "X-Wirewatch-Notice", message.notice.type.value
        return
    rules = dict.fromkeys(one_line(alert.rule_name, 100) for alert in message.alerts)
    yield "X-Wirewatch-Rule", one_line(", ".join(rules), 400)
    yield "X-Wirewatch-Occasion", message.kind.value if message.kind in TOGETHER else message.alerts[0].occasion


def _relay(settings: Mail, own_name: str) -> aiosmtplib.SMTP:
    """`own_name` greets the relay; otherwise the resolver is asked for it, which can take longer than the mail."""
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password else None,
        local_hostname=own_name,
        timeout=settings.timeout_s,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
    )


def _stage(err: aiosmtplib.SMTPResponseException) -> str:
    match err:
        case aiosmtplib.SMTPRecipientRefused():
            return "recipient"
        case aiosmtplib.SMTPSenderRefused():
            return "sender"
        case aiosmtplib.SMTPDataError():
            return "message"
        case _:
            return "greeting"


async def _quit(relay: aiosmtplib.SMTP) -> None:
    try:
        async with asyncio.timeout(_QUIT_S):
            await relay.quit()
    except (aiosmtplib.SMTPException, OSError):
        pass
    finally:
        relay.close()
