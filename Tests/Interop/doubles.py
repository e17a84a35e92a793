"""Asks the double of Stripe with the official client, and compares it with localstripe."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import stripe

# localstripe runs as a process of its own: on loopback only, and without the file it would keep in the shared temporary folder.
LOCALSTRIPE = """
from aiohttp import web
from localstripe import server
type(server.store).dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=PORT, print=None)
"""

FIELDS = ["object", "amount", "currency", "status", "livemode", "metadata"]
CHARGE = ["object", "amount", "amount_refunded", "captured", "currency", "paid", "refunded", "status"]


def client(address, key):
    return stripe.StripeClient(key, base_addresses={"api": address}, max_network_retries=0)


def intent(found, charge=True):
    """What we use of an intent, and of its charge."""
    data = {name: found.to_dict().get(name) for name in FIELDS}
    latest = found.latest_charge
    if charge and latest is not None:
        if isinstance(latest, str):
            raise AssertionError("the charge was not expanded")
        data["charge"] = {name: latest.to_dict().get(name) for name in CHARGE}
    return data


def pay(api, number, amount=1099):
    card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = api.v1.payment_methods.create({"type": "card", "card": card})
    params = {"amount": amount, "currency": "usd", "payment_method": method.id, "metadata": {"busker_purchase": "pur_1"}}
    return api.v1.payment_intents.create(params)


def look(api, name):
    return api.v1.payment_intents.retrieve(name, {"expand": ["latest_charge"]})


def flow(api):
    """The sequence both servers are asked for; every step says what we use of the answer."""
    steps = []
    made = pay(api, "4242424242424242")
    steps.append(("created", intent(made, charge=False)))
    confirmed = api.v1.payment_intents.confirm(made.id)
    steps.append(("confirmed", confirmed.status))
    steps.append(("retrieved", intent(look(api, made.id))))
    refund = api.v1.refunds.create({"payment_intent": made.id, "amount": 300})
    steps.append(("refunded in part", {name: refund.to_dict().get(name) for name in ["object", "amount", "currency", "status"]}))
    steps.append(("after it", intent(look(api, made.id))))
    fetched = api.v1.refunds.retrieve(refund.id)
    steps.append(("the refund", (fetched.amount, fetched.status, fetched.charge == look(api, made.id).latest_charge.id)))
    api.v1.refunds.create({"charge": look(api, made.id).latest_charge.id, "amount": 799})
    steps.append(("after the rest", intent(look(api, made.id))))
    declined = pay(api, "4000000000000341")
    try:
        api.v1.payment_intents.confirm(declined.id)
        steps.append(("declined", "not at all"))
    except stripe.CardError as error:
        steps.append(("declined", (error.http_status, error.code)))
    steps.append(("after that", look(api, declined.id).status))
    asked = pay(api, "4000002500003155")
    steps.append(("asks the buyer", api.v1.payment_intents.confirm(asked.id).status))
    steps.append(("its next action", api.v1.payment_intents.retrieve(asked.id).next_action is not None))
    steps.append(("canceled", api.v1.payment_intents.cancel(asked.id).status))
    try:
        api.v1.payment_intents.retrieve("pi_nothing")
        steps.append(("nothing", "found"))
    except stripe.InvalidRequestError as error:
        steps.append(("nothing", error.http_status))
    return steps


def compare(address, key):
    try:
        import localstripe  # noqa: F401
    except ImportError:
        print("SKIPPED: localstripe is not installed.")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        code = LOCALSTRIPE.replace("PORT", str(port))
        server = subprocess.Popen(
            [sys.executable, "-c", code], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if server.poll() is not None:
                        print("SKIPPED: localstripe does not start: " + server.stderr.read().decode()[-400:])
                        return
                    time.sleep(0.1)
            theirs = flow(client(f"http://127.0.0.1:{port}", "sk_test_12345"))
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
    ours = flow(client(address, key))
    different = [(step, a, b) for (step, a), (_, b) in zip(theirs, ours) if json.dumps(a, sort_keys=True) != json.dumps(b, sort_keys=True)]
    for step, a, b in different:
        print(f"{step}: localstripe says {a}, our double {b}")
    print(f"{len(ours)} steps compared with localstripe, {len(different)} differ.")
    sys.exit(1 if different or len(ours) != len(theirs) else 0)


def raises(kind, call, **fields):
    try:
        call()
    except kind as error:
        for name, value in fields.items():
            assert getattr(error, name) == value, (name, getattr(error, name), value)
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def session(api, purchase, **more):
    price = {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "100 credits"}}
    params = {
        "mode": "payment", "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "https://shop.example.com/done?s={CHECKOUT_SESSION_ID}", "client_reference_id": purchase,
        "metadata": {"busker_purchase": purchase}, "payment_intent_data": {"metadata": {"busker_purchase": purchase}},
    }
    return api.v1.checkout.sessions.create(params, {"idempotency_key": f"checkout:{purchase}"} | more)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def press(url, how):
    """Plays the buyer on the checkout's page."""
    opener = urllib.request.build_opener(NoRedirect)
    try:
        opener.open(urllib.request.Request(f"{url}/{how}", method="POST"))
    except urllib.error.HTTPError as error:
        return error.headers["Location"]
    raise AssertionError("the buyer was not sent back")


def official(address, key):
    """The official client's own classes and retries against our double."""
    api = client(address, key)
    made = session(api, "pur_1")
    assert made.object == "checkout.session" and made.status == "open" and made.payment_intent is None
    assert session(api, "pur_1").id == made.id
    raises(stripe.IdempotencyError, lambda: session(api, "pur_2", idempotency_key="checkout:pur_1"))
    assert press(made.url, "card").endswith(made.id)
    paid = api.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert paid.payment_status == "paid" and paid.payment_intent.latest_charge.amount_captured == 1000
    assert paid.payment_intent.metadata["busker_purchase"] == "pur_1"
    name = paid.payment_intent.id
    for number in range(12):
        api.v1.refunds.create({"payment_intent": name, "amount": 10}, {"idempotency_key": f"refund:{number}"})
    refunds = list(api.v1.refunds.list({"payment_intent": name}).auto_paging_iter())
    assert len(refunds) == 12 and all(refund.status == "succeeded" for refund in refunds)
    assert look(api, name).latest_charge.amount_refunded == 120
    raises(
        stripe.InvalidRequestError, lambda: api.v1.refunds.create({"payment_intent": name, "amount": 881}),
        http_status=400, param="amount")
    other = session(api, "pur_3")
    assert api.v1.checkout.sessions.expire(other.id).status == "expired"
    raises(stripe.InvalidRequestError, lambda: api.v1.checkout.sessions.expire(other.id), http_status=400)
    raises(stripe.InvalidRequestError, lambda: api.v1.checkout.sessions.retrieve("cs_test_x"), code="resource_missing")
    raises(stripe.AuthenticationError, lambda: look(client(address, "sk_test_wrong"), name), http_status=401)
    card = {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    error = raises(stripe.CardError, lambda: api.v1.payment_intents.create(card), http_status=402, code="card_declined")
    assert error.error.decline_code == "generic_decline" and error.error.payment_intent.status == "requires_payment_method"
    assert api.v1.disputes.list({"payment_intent": name}).data == []
    print("The official client agrees with our double.")


def events(path, secret):
    """Reads deliveries of the double with the official verifier."""
    with open(path) as file:
        deliveries = json.load(file)
    for delivery in deliveries:
        event = stripe.Webhook.construct_event(delivery["body"], delivery["signature"], secret)
        assert event.id == delivery["id"] and event.type == delivery["type"] and event.data.object.id
        raises(
            stripe.SignatureVerificationError,
            lambda: stripe.Webhook.construct_event(delivery["body"] + " ", delivery["signature"], secret))
    types = {delivery["type"] for delivery in deliveries}
    assert {"checkout.session.completed", "charge.dispute.created", "refund.created"} <= types, types
    print(f"{len(deliveries)} deliveries of ours verified.")


if __name__ == "__main__":
    {"compare": compare, "client": official, "events": events}[sys.argv[1]](*sys.argv[2:])
