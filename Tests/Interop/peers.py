"""Makes deliveries with the official clients, and checks ours with them."""

import base64
import hashlib
import hmac
import json
import random
import sys
import time
from datetime import datetime, timezone

import standardwebhooks
import stripe
from polar.v2026_10 import webhooks as polar_events
from polar.webhooks import PolarWebhookError, PolarWebhookVerificationError
from square.utils.webhooks_helper import verify_signature

COUNT = 150
WORDS = ["order.paid", "감사합니다", "naïve", "\U0001f3b8", "\\", '"', "\n", "0", "whsec_"]


def verdict(delivery):
    """What the official client says about a delivery: accept or reject."""
    body = base64.b64decode(delivery["payload_b64"]).decode()
    headers, secret = delivery["headers"], delivery.get("secret")
    try:
        if delivery["scheme"] == "stripe":
            header = headers.get("Stripe-Signature")
            stripe.WebhookSignature.verify_header(body, header, secret, 300)
        elif delivery["scheme"] == "standard-webhooks":
            standardwebhooks.Webhook(secret).verify(body, headers, json_parse=False)
        elif delivery["scheme"] == "polar":
            try:
                polar_events.validate_event(body, headers, secret)
            except PolarWebhookVerificationError:
                return "reject"
            except PolarWebhookError:
                pass
        else:
            good = verify_signature(
                request_body=body,
                signature_header=headers.get("x-square-hmacsha256-signature", ""),
                signature_key=secret,
                notification_url=delivery["notification_url"],
            )
            return "accept" if good else "reject"
        return "accept"
    except (stripe.SignatureVerificationError, standardwebhooks.WebhookVerificationError):
        return "reject"


def body(rng):
    """A random event that all four clients read."""
    data = {"id": f"obj_{rng.randrange(10**9)}", "object": "thing", "amount": rng.randrange(10**12)}
    data["metadata"] = {f"k{i}": "".join(rng.choices(WORDS, k=rng.randrange(1, 9))) for i in range(rng.randrange(12))}
    event = {"id": f"evt_{rng.randrange(10**9)}", "object": "event", "type": rng.choice(WORDS[:3]), "created": 1795000000}
    event |= {"livemode": True, "data": {"object": data, **data}, "event_id": "e", "timestamp": "2026-11-18T09:06:35Z"}
    return json.dumps(event, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))


def sign(rng, scheme, text, now):
    """A delivery of a scheme with its secret."""
    raw = rng.randbytes(rng.randrange(24, 65))
    if scheme == "stripe":
        secret = "whsec_" + raw.hex()[:40]
        header = stripe.WebhookSignature.generate_signature_header(text, secret, now)
        return {"headers": {"Stripe-Signature": header}, "secret": secret}
    if scheme == "square":
        url = f"https://shop.example.com/{rng.randrange(99)}"
        code = hmac.new(raw.hex().encode(), (url + text).encode(), hashlib.sha256).digest()
        headers = {"x-square-hmacsha256-signature": base64.b64encode(code).decode()}
        return {"headers": headers, "secret": raw.hex(), "notification_url": url}
    secret = "whsec_" + base64.b64encode(raw).decode()
    signer = standardwebhooks.Webhook(secret)
    if scheme == "polar" and rng.random() < 0.5:
        secret = rng.choice(["polar_whs_" + raw.hex(), "whsec_" + raw.hex(), "a merchant's own words " + raw.hex()])
        signer = standardwebhooks.Webhook(base64.b64encode(secret.encode()).decode())
    moment = datetime.fromtimestamp(now, tz=timezone.utc)
    headers = {"webhook-id": f"msg_{rng.randrange(10**9)}", "webhook-timestamp": str(now)}
    headers["webhook-signature"] = signer.sign(headers["webhook-id"], moment, text)
    return {"headers": headers, "secret": secret}


def damage(rng, delivery):
    """Changes something that the verdict depends on, in a way all clients are strict about."""
    kind = rng.randrange(4)
    name = rng.choice(list(delivery["headers"]))
    if kind == 0:
        raw = bytearray(base64.b64decode(delivery["payload_b64"]))
        at = rng.choice([i for i, byte in enumerate(raw) if 0x30 <= byte < 0x39])
        raw[at] += 1
        delivery["payload_b64"] = base64.b64encode(raw).decode()
    elif kind == 1:
        del delivery["headers"][name]
    elif kind == 2:
        delivery["secret"] = delivery["secret"][:-8] + "abcdefgh"
    else:
        value = delivery["headers"][name]
        # The last letter of Base64 carries bits that mean nothing, which these clients ignore and ours refuse.
        letters = value.rstrip("=")[:-1]
        at = rng.choice([i for i, letter in enumerate(letters) if letter.isdigit()] or [0])
        delivery["headers"][name] = value[:at] + ("1" if value[at] != "1" else "2") + value[at + 1 :]


def make(path):
    rng, now = random.Random(4), int(time.time())
    deliveries = []
    for scheme in ["stripe", "standard-webhooks", "polar", "square"]:
        for number in range(COUNT):
            text = body(rng)
            moment = now + rng.randrange(-120, 1)
            delivery = {"id": f"{scheme}-{number}", "scheme": scheme, "now": now, "tolerance": 300}
            delivery |= {"payload_b64": base64.b64encode(text.encode()).decode()} | sign(rng, scheme, text, moment)
            if number % 2:
                damage(rng, delivery)
            delivery["expect"] = verdict(delivery)
            deliveries.append(delivery)
    with open(path, "w") as out:
        json.dump({"format": 1, "now": now, "vectors": deliveries}, out)
    accepted = sum(d["expect"] == "accept" for d in deliveries)
    print(f"{len(deliveries)} deliveries made, of which the official clients accept {accepted}.")


def check(path):
    with open(path) as file:
        deliveries = json.load(file)["vectors"]
    wrong = [d["id"] for d in deliveries if verdict(d) != d["expect"]]
    accepted = sum(d["expect"] == "accept" for d in deliveries)
    print(f"{len(deliveries)} deliveries of ours, {accepted} genuine: {len(wrong)} disagreements {wrong[:10]}")
    sys.exit(1 if wrong or not accepted or accepted == len(deliveries) else 0)


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2])
