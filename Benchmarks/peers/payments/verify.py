"""Times the official Python packages verifying one webhook after the other; prints one JSON line for each scheme and size."""

import argparse
import base64
import hashlib
import hmac
import json
import time

import standardwebhooks
import stripe

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def event(size):
    """A Stripe event, also a Standard Webhooks payload, of about `size` bytes."""
    head = {
        "id": "evt_1Qk2m3n4o5p6q7r8", "object": "event", "type": "payment_intent.succeeded", "created": int(time.time()),
        "livemode": False, "api_version": "2026-07-29.dahlia", "timestamp": "2026-11-21T00:00:00Z",
        "data": {"object": {"id": "pi_3Qk2m3n4o5p6q7r8", "object": "payment_intent", "amount": 4900, "currency": "krw",
                            "status": "succeeded", "metadata": {}}},
    }
    notes = head["data"]["object"]["metadata"]
    while len(json.dumps(head)) < size:
        notes[f"note_{len(notes)}"] = "x" * min(64, max(1, size - len(json.dumps(head)) - 16))
    return json.dumps(head).encode()


def stripe_call(body):
    now = int(time.time())
    code = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    header = f"t={now},v1={code}"
    return lambda: stripe.Webhook.construct_event(body, header, SECRET)


def standard_call(body):
    hook = standardwebhooks.Webhook(SECRET)
    now = int(time.time())
    code = hmac.new(bytes(range(32)), f"msg_1.{now}.".encode() + body, hashlib.sha256).digest()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now),
               "webhook-signature": "v1," + base64.b64encode(code).decode()}
    return lambda: hook.verify(body, headers)


def rate(call, seconds):
    """Calls a second of processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        count, begin = 0, time.process_time()
        while time.process_time() - begin < seconds / 3:
            for _ in range(50):
                call()
            count += 50
        best = max(best, count / (time.process_time() - begin))
    return best


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=3)
    seconds = options.parse_args().seconds
    for size in (1200, 20000):
        body = event(size)
        for scheme, make in (("stripe", stripe_call), ("standard-webhooks", standard_call)):
            print(json.dumps({"scheme": scheme, "bytes": len(body), "perSecond": round(rate(make(body), seconds))}))


if __name__ == "__main__":
    main()
