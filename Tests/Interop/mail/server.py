"""A mail server of PyPI on a free port of loopback: STARTTLS and a login, and each mail as JSON as Python's own parser reads it."""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import os
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, syntax


class Mailbox:
    """Keeps each mail as a file of JSON; refuses some recipients."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 There is no such person"
        if address.startswith("later"):
            return "451 4.3.0 Come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        seen = {
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "subject": mail["subject"],
            "name": mail["from"].addresses[0].display_name, "to": mail["to"].addresses[0].display_name,
            "messageID": mail["message-id"], "text": text.get_content() if text else None,
            "html": html.get_content() if html else None, "defects": [repr(part.defects) for part in mail.walk() if part.defects],
            "secret": session.ssl is not None, "authenticated": session.authenticated,
            "attachments": [
                {"name": part.get_filename(), "type": part.get_content_type(),
                 "bytes": base64.b64encode(part.get_payload(decode=True)).decode()}
                for part in mail.iter_attachments()
            ],
        }
        self.count += 1
        path = self.folder / f"{self.count}.json"
        path.with_suffix(".part").write_text(json.dumps(seen))
        os.rename(path.with_suffix(".part"), path)
        return "250 OK"


class Mortal(SMTP):
    """Breaks off amid the text of the first mails to who is called so."""

    deaths = 0

    @syntax("DATA")
    async def smtp_DATA(self, arg):
        if Mortal.deaths > 0 and any(name.startswith("mortal") for name in self.envelope.rcpt_tos):
            Mortal.deaths -= 1
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--deaths", type=int, default=0)
    options = parser.parse_args()
    Mortal.deaths = options.deaths
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options.folder / "certificate.pem", options.folder / "key.pem")
    wanted = LoginPassword(options.user.encode(), options.password.encode())
    mailbox = Mailbox(options.folder)

    def connection():
        return Mortal(
            mailbox, hostname="localhost", tls_context=tls, require_starttls=True, auth_required=True,
            authenticator=lambda server, session, envelope, how, data: AuthResult(success=data == wanted, handled=False),
            enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    (options.folder / "port.part").write_text(str(server.sockets[0].getsockname()[1]))
    os.rename(options.folder / "port.part", options.folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
