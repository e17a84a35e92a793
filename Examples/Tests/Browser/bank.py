"""The scripted Stripe as its merchant sees it: what was charged on a checkout, and the way back of the money."""

import base64
import json
import urllib.parse
import urllib.request

from browser import must


class Bank:
    """Asks with the secret key of the merchant."""

    def __init__(self, address: str, key: str):
        self.address = address
        self.login = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}

    def ask(self, path: str, **form: str) -> dict:
        body = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(urllib.request.Request(self.address + path, data=body, headers=self.login)) as answer:
            return json.load(answer)

    def payment(self, session: str) -> str:
        intent = self.ask(f"/v1/checkout/sessions/{session}")["payment_intent"]
        return intent["id"] if isinstance(intent, dict) else intent

    def refund(self, session: str) -> None:
        self.ask("/v1/refunds", payment_intent=self.payment(session))

    def charged_once(self, session: str) -> None:
        charges = self.ask(f"/v1/charges?payment_intent={self.payment(session)}")["data"]
        paid = [one for one in charges if one["status"] == "succeeded"]
        must(len(paid) == 1, f"the checkout was charged {len(paid)} times")
