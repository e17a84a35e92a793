"""Times the official Python packages and Busker verifying the same webhooks one after the other, and prints the ratios."""

import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import statistics
import subprocess
import time

import standardwebhooks
import stripe

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MOMENT = 1_795_219_200


def event(size):
    """An event of at least `size` bytes, in the form of Stripe's and with the fields of the other senders."""
    intent = {
        "id": "pi_3Qk2m3n4o5p6q7r8", "object": "payment_intent", "amount": 4900, "amount_capturable": 0,
        "amount_received": 4900, "application": None, "automatic_payment_methods": {"enabled": True}, "canceled_at": None,
        "capture_method": "automatic_async", "client_secret": "pi_3Qk2m3n4o5p6q7r8_secret_Xb1c2d3e4f5", "created": MOMENT,
        "currency": "usd", "customer": "cus_Rk2m3n4o5p6q7r", "description": "Basic 250", "last_payment_error": None,
        "latest_charge": "ch_3Qk2m3n4o5p6q7r8", "livemode": True, "metadata": {"busker_purchase": "pur_1"},
        "next_action": None, "payment_method": "pm_1Qk2m3n4o5p6q7r8", "payment_method_types": ["card", "link"],
        "receipt_email": None, "shipping": None, "status": "succeeded", "transfer_group": None,
    }
    whole = {
        "id": "evt_3Qk2m3n4o5p6q7r80abcdEFG", "object": "event", "api_version": "2026-07-29.dahlia", "created": MOMENT,
        "timestamp": "2026-11-21T00:00:00Z", "event_id": "evt_1", "created_at": "2026-11-21T00:00:00Z",
        "data": {"type": "payment", "id": "pi_3Qk2m3n4o5p6q7r8", "object": intent}, "livemode": True,
        "pending_webhooks": 2, "request": {"id": "req_AbCdEfGhIjKlMn", "idempotency_key": None},
        "type": "payment_intent.succeeded",
    }
    while len(json.dumps(whole)) < size:
        intent["metadata"][f"note_{len(intent['metadata'])}"] = "twenty minutes of stems"
    return json.dumps(whole).encode()


def stripe_call(body):
    now = int(time.time())
    code = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    header = f"t={now},v1={code}"
    return lambda: stripe.Webhook.construct_event(body, header, SECRET)


def standard_call(body):
    hook = standardwebhooks.Webhook(SECRET)
    now = int(time.time())
    code = hmac.new(KEY, f"msg_1.{now}.".encode() + body, hashlib.sha256).digest()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now),
               "webhook-signature": "v1," + base64.b64encode(code).decode()}
    return lambda: hook.verify(body, headers)


def peer(call, seconds):
    """Calls a second of processor time."""
    count, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(50):
            call()
        count += 50
    return count / (time.process_time() - begin)


def ours(program, path, seconds):
    """Verifications a second of processor time, by scheme."""
    out = subprocess.run([program, "verify", f"milliseconds={round(1000 * seconds)}", f"event={path}"], check=True,
                         capture_output=True, text=True).stdout
    return {line["scheme"]: 1e6 / line["cpu_us_per_op"] for line in map(json.loads, out.splitlines())}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True, help="busker-payments-measure")
    options.add_argument("--work", required=True, help="a folder for the events")
    options.add_argument("--seconds", type=float, default=1, help="for each measurement")
    options.add_argument("--rounds", type=int, default=3, help="medians of so many")
    options.add_argument("--json", help="a file for the figures")
    chosen = options.parse_args()
    calls = {"stripe": stripe_call, "standard-webhooks": standard_call}
    figures = []
    print(f"{'scheme':<20}{'bytes':>7}{'peer /s':>12}{'Busker /s':>12}{'ratio':>8}")
    for size in (1200, 20000):
        body = event(size)
        path = pathlib.Path(chosen.work) / f"event-{size}.json"
        path.write_bytes(body)
        rounds = [({scheme: peer(make(body), chosen.seconds) for scheme, make in calls.items()},
                   ours(chosen.program, path, chosen.seconds)) for _ in range(chosen.rounds)]
        for scheme in calls:
            theirs = statistics.median(round[0][scheme] for round in rounds)
            mine = statistics.median(round[1][scheme] for round in rounds)
            figures.append({"scheme": scheme, "bytes": len(body), "peer": theirs, "busker": mine, "ratio": mine / theirs})
            print(f"{scheme:<20}{len(body):>7}{theirs:>12,.0f}{mine:>12,.0f}{mine / theirs:>7.1f}x")
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
