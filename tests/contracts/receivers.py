"""Receivers on loopback that answer what they are told to, and channels that are set up to reach them."""

import asyncio
import io
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alerts import samples
from alerts.channels import ChannelContext, open_channel
from config.settings import Mail

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTw=="
TOKEN = "t0ken-in-the-path"
PASSWORD = "pa55word-of-the-relay"
HOSTILE = "</b><script>alert(1)</script>\r\nBcc: victim@example.org\r\n\r\n\x1b[31m\x00\ud800\u202e"
BLINK_S = 0.3


def now():
    return datetime.now(UTC)


class HttpReceiver:
    """Answers every request with `answer` (bytes, or a coroutine function of the writer) and keeps what it was sent."""

    def __init__(self):
        self.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.requests = []

    def status(self, code, *headers):
        lines = [f"HTTP/1.1 {code} Word", *headers, "content-length: 0", "", ""]
        self.answer = "\r\n".join(lines).encode()

    async def __call__(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append((lines[0], headers, body))
            if callable(self.answer):
                await self.answer(writer)
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Relay:
    """An SMTP server that says what it is told to at each command, and keeps the mails it took.

    `replies` maps a command, `GREETING` or `TEXT` (the mail's end) to a reply, to `hang` or to `reset`.
    """

    def __init__(self):
        self.replies = {}
        self.mails = []
        self.commands = []

    async def __call__(self, reader, writer):
        try:
            await self._say(writer, "GREETING", "220 relay ESMTP")
            while line := (await reader.readline()).decode("latin-1").strip():
                verb = line.split()[0].upper()
                self.commands.append(line)
                usual = {"EHLO": "250-relay\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go on", "QUIT": "221 bye"}
                await self._say(writer, verb, usual.get(verb, "235 ok" if verb == "AUTH" else "250 ok"))
                if verb == "DATA" and "DATA" not in self.replies:
                    text = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(text[:-3].replace(b"\r\n..", b"\r\n."))
                    await self._say(writer, "TEXT", "250 queued as 42")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _say(self, writer, at, usual):
        reply = self.replies.get(at, usual)
        if reply == "hang":
            await asyncio.sleep(60)
        if reply == "reset":
            writer.transport.abort()
            raise ConnectionResetError
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def serving(handler):
    """`handler` on a free port of loopback; connections still open are cut at the end."""
    tasks = set()

    async def handle(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await handler(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def context(console=None, **mail):
    return ChannelContext(
        archive_name="desk",
        user_agent="Wirewatch-test",
        now=now,
        console=console or io.StringIO(),
        public_url="http://127.0.0.1:1/",
        mail=Mail.model_validate({"tls": "none", "from": "Desk <alerts@example.org>", "timeout_s": BLINK_S, **mail}),
    )


def webhook(port, **more):
    table = {"url": f"http://127.0.0.1:{port}/{TOKEN}?key={TOKEN}", "secret": SECRET, "timeout_s": BLINK_S} | more
    return open_channel("hook", table, context(), kind="webhook")


def chat(port, kind, **more):
    table = {"url": f"http://127.0.0.1:{port}/{TOKEN}?key={TOKEN}", "timeout_s": BLINK_S} | more
    return open_channel(kind, table, context(), kind=kind)


def ntfy(port, topic="desk"):
    return open_channel("push", {"url": f"ntfy://me:{PASSWORD}@127.0.0.1:{port}/{topic}"}, context(), kind="apprise")


def program(folder, code, **more):
    """A command channel that runs `code` with Python; what it is to keep it writes to `told` beside it."""
    script = Path(folder) / "tell.py"
    script.write_text(f"import os, sys\nfrom pathlib import Path\ntold = Path({str(folder)!r}) / 'told'\n{code}\n")
    return open_channel("own", {"run": [sys.executable, str(script)], **more}, context(), kind="command")


def email(port, **mail):
    known = context(host="127.0.0.1", port=port, **mail)
    return open_channel("post", {"to": "reader@example.org"}, known, kind="email")


def delivery_to(channel, **release):
    delivery = samples.test_delivery(channel=channel.name, recipient=channel.recipients[0], now=now())
    if release:
        alert = delivery.message.alerts[0]
        alert = replace(alert, release=replace(alert.release, **release))
        delivery = replace(delivery, message=replace(delivery.message, alerts=(alert,)))
    return delivery


async def sent_to(channel, **release):
    try:
        return await channel.send(delivery_to(channel, **release))
    finally:
        await channel.aclose()


async def closed_port():
    async with serving(HttpReceiver()) as port:
        return port


async def hang(writer):
    await asyncio.sleep(60)


async def reset(writer):
    writer.transport.abort()


async def trickle(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nx-filler: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.01)


async def rubbish(writer):
    writer.write(b"220 this is no HTTP\r\n\r\n")


async def half(writer):
    writer.write(b"HTTP/1.1 200")


@asynccontextmanager
async def opened(kind, folder=None, *, broken=False, console=None):
    """A channel of `kind` with its receiver, and a way to ask what that got, as bytes.

    `broken`: the receiver refuses, and repeats what is secret while it does. `folder` is for those that write files.
    """
    receiver, relay = HttpReceiver(), Relay()
    if broken:
        receiver.answer = f"HTTP/1.1 500 Word\r\n\r\n{TOKEN} {SECRET} {PASSWORD}".encode()
        relay.replies["RCPT"] = f"550 you said {PASSWORD}"
    async with serving(receiver) as port, serving(relay) as post_port:
        match kind:
            case "console":
                stream = console or io.StringIO()
                channel = open_channel("screen", {}, context(stream), kind=kind)
                yield channel, lambda: stream.getvalue().encode()
            case "email":
                channel = email(post_port, username="desk", password=PASSWORD)
                yield channel, lambda: b"".join(relay.mails)
            case "file" | "atom":
                path = Path(folder) / ("nowhere" if broken else "") / f"alerts.{kind}"
                channel = open_channel("paper", {"path": str(path)}, context(), kind=kind)
                yield channel, lambda: path.read_bytes() if path.exists() else b""
            case "command":
                code = "sys.exit('no ' * 9000)" if broken else "told.write_bytes(sys.stdin.buffer.read())"
                yield program(folder, code), (Path(folder) / "told").read_bytes
            case "apprise":
                if not broken:
                    receiver.status(200)
                yield ntfy(port), lambda: b"".join(body for _, _, body in receiver.requests)
            case "webhook":
                yield webhook(port), lambda: b"".join(body for _, _, body in receiver.requests)
            case _:
                yield chat(port, kind), lambda: b"".join(body for _, _, body in receiver.requests)
