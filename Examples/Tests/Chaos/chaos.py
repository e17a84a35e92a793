"""Runs a StemStudio, kills its processes at random while customers use it, and looks whether everything is right at the end."""

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import wave
import zipfile
from array import array
from math import sin

FULL = 100  # credits that each customer is given


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def song(seed, seconds=3):
    """A few tones as a WAV file, different for each seed."""
    draw = random.Random(seed)
    tones = [(draw.uniform(60, 2000), draw.uniform(0.05, 0.2)) for _ in range(6)]
    samples = array("h")
    for frame in range(int(44100 * seconds)):
        value = sum(level * sin(6.283185 * tone * frame / 44100) for tone, level in tones)
        samples.extend([int(20000 * value)] * 2)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(samples.tobytes())
    return out.getvalue()


class Process:
    """One process of the service, which is started again whenever it dies."""

    def __init__(self, program, name, environment, log):
        self.program, self.name, self.environment, self.log = program, name, environment, log
        self.child, self.kills = None, 0
        self.lock = threading.Lock()
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen([self.program], env=self.environment, stdout=log, stderr=log)

    def kill(self):
        with self.lock:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()
            self.kills += 1
            self.start()

    def stop(self):
        with self.lock:
            self.child.terminate()
            try:
                self.child.wait(40)
            except subprocess.TimeoutExpired:
                self.child.kill()
                raise SystemExit(f"{self.name} does not stop.")


class Service:
    def __init__(self, hosts):
        self.hosts = hosts
        self.draw = random.Random(1)

    def call(self, method, path, token=None, body=None, headers=None, patience=120):
        """One request to any host, again and again while nobody answers or somebody says to come back."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        until = time.monotonic() + patience
        while True:
            address = self.draw.choice(self.hosts) + path
            try:
                request = urllib.request.Request(address, data=body, method=method, headers=headers)
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                answer = error.read()
                waits = error.code == 409 and b'under way' in answer
                if error.code < 500 and error.code != 429 and not waits:
                    return error.code, answer
                trouble = f"{error.code} {answer[:300]}"
            except (OSError, ConnectionError, http_error()) as error:
                trouble = repr(error)
            if time.monotonic() > until:
                raise SystemExit(f"{method} {path} had no answer: {trouble}")
            time.sleep(0.1)

    def ask(self, method, path, token=None, body=None, **more):
        status, answer = self.call(method, path, token, body, **more)
        if not 200 <= status < 300:
            raise SystemExit(f"{method} {path} answered {status}: {answer[:500]}")
        return json.loads(answer) if answer else None


def http_error():
    import http.client

    return http.client.HTTPException


class Customer(threading.Thread):
    def __init__(self, number, service, seed, until, admin):
        super().__init__(daemon=True)
        self.number, self.service, self.until = number, service, until
        self.draw = random.Random(seed * 1000 + number)
        self.jobs, self.fault, self.zips, self.given_up = [], None, {}, 0
        self.email, self.password = f"customer{number}@example.com", f"long enough {number} {seed}"
        answer = service.ask("POST", "/auth/register", body={"email": self.email, "password": self.password})
        self.token, self.user = answer["access_token"], answer["user"]["id"]
        service.ask(
            "POST", f"/admin/users/{self.user}/adjust", admin, {"amount": str(FULL), "reason": "chaos"},
            headers={"Idempotency-Key": f"fill-{number}"})
        self.start_credits = float(service.ask("GET", "/credits/balance", self.token)["available"])

    def run(self):
        try:
            while time.monotonic() < self.until:
                self.order()
        except BaseException as error:
            self.fault = error

    def order(self):
        turn = len(self.jobs)
        bytes_ = song(self.draw.randrange(1 << 30), self.draw.choice([1, 2, 4]))
        upload = self.service.ask(
            "POST", "/upload?process=false", self.token, bytes_,
            headers={"Content-Type": "audio/wav", "X-File-Name": f"song-{turn}.wav",
                     "Idempotency-Key": f"up-{self.number}-{turn}"})
        order = {"file_id": upload["file_id"], "options": {"stems": self.draw.choice(["2", "4"])}}
        key = {"Idempotency-Key": f"job-{self.number}-{turn}"}
        job = self.service.ask("POST", "/jobs", self.token, order, headers=key)["job_id"]
        if self.draw.random() < 0.5:  # an impatient second click
            again = self.service.ask("POST", "/jobs", self.token, order, headers=key)["job_id"]
            assert again == job, "One key made two jobs."
        self.jobs.append(job)
        if self.draw.random() < 0.1:
            self.service.ask("POST", f"/job/{job}/cancel", self.token)

    def settle(self):
        """Waits for every job and looks at what came of it; what is wrong is returned."""
        wrong, charged = [], 0.0
        for job in self.jobs:
            until = time.monotonic() + 300
            while True:
                state = self.service.ask("GET", f"/job/{job}", self.token)
                if state["status"] in ("COMPLETED", "FAILED", "CANCELLED"):
                    break
                if time.monotonic() > until:
                    wrong.append(f"{job} does not end: {state}")
                    break
                time.sleep(0.2)
            if state["status"] == "FAILED" and "no sign of life" in str(state.get("problem")):
                self.given_up += 1  # Its process was killed in each of its attempts; its hold is counted below.
            elif state["status"] == "FAILED":
                wrong.append(f"{job} failed: {state.get('problem')}")
            if state["status"] == "COMPLETED":
                charged += float(state["charged"])
                wrong += self.look(job, state)
        balance = self.service.ask("GET", "/credits/balance", self.token)
        if float(balance["held"]) != 0:
            wrong.append(f"{self.email} has {balance['held']} held after the end")
        if abs(float(balance["available"]) - (self.start_credits - charged)) > 1e-9:
            wrong.append(f"{self.email} has {balance['available']}, not {self.start_credits} - {charged}")
        return wrong

    def look(self, job, state):
        first = self.service.call("GET", f"/download/{job}", self.token)[1]
        second = self.service.call("GET", f"/download/{job}", self.token)[1]
        if first != second:
            return [f"{job}: the zip is not the same twice"]
        with zipfile.ZipFile(io.BytesIO(first)) as file:
            if file.testzip():
                return [f"{job}: the zip is damaged"]
            sums = {name: hashlib.sha256(file.read(name)).hexdigest() for name in file.namelist()}
        stems = {one["name"]: one["sha256"] for one in state["outputs"] if one["name"] in sums}
        self.zips[job] = hashlib.sha256(first).hexdigest()
        return [] if sums == stems and len(sums) in (2, 4) else [f"{job}: the zip has {sorted(sums)}"]


def environment(options, folder):
    shared = {
        "SECRET_KEY": os.urandom(32).hex(), "HOST": "127.0.0.1",
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ADMIN_EMAIL": "admin@example.com",
        "ADMIN_PASSWORD": "the admin's password", "RATE_PER_MINUTE": "0", "LOG_LEVEL": "warning", "PASSWORD_COST": "4",
        "WORKERS": "2", "CARE_SECONDS": "2", "LEASE_SECONDS": "6",
    }
    if options.database == "postgres":
        shared["DATABASE_URL"] = make_database(os.environ["BUSKER_TEST_POSTGRES"])
        names = ["S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"]
        shared.update(zip(names, s3(os.environ["BUSKER_TEST_S3"])), STORAGE="s3")
    return shared


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", required=True)
    options.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--hosts", type=int, default=2)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--customers", type=int, default=4)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}, {options.database}", flush=True)
    folder = tempfile.mkdtemp(prefix="busker-chaos-")
    try:
        return run(options, seed, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(options, seed, folder):
    shared = environment(options, folder)
    ports, processes = [], []

    def begin(name, role, number):
        port = free_port()
        data = folder if options.database == "sqlite" else f"{folder}/{name}"
        own = dict(shared, ROLE=role, PORT=str(port), DATA_FOLDER=data)
        processes.append(Process(options.program, name, own, f"{folder}/{name}.log"))
        if role != "worker":
            ports.append(f"http://127.0.0.1:{port}")

    if options.database == "sqlite":
        begin("all", "all", 0)
    else:
        for number in range(options.hosts):
            begin(f"host{number}", "web", number)
        for number in range(options.workers):
            begin(f"worker{number}", "worker", number)
    service = Service(ports)
    try:
        return watch(options, seed, folder, service, processes)
    except BaseException:
        for process in processes:
            sys.stdout.write(open(process.log).read()[-3000:])
        raise
    finally:
        for process in processes:
            process.stop()


def watch(options, seed, folder, service, processes):
    service.ask("GET", "/health/ready")
    admin = service.ask(
        "POST", "/auth/login", body={"email": "admin@example.com", "password": "the admin's password"})["access_token"]
    until = time.monotonic() + options.seconds
    customers = [Customer(number, service, seed, until, admin) for number in range(options.customers)]
    draw = random.Random(seed)
    for customer in customers:
        customer.start()
    while time.monotonic() < until:
        time.sleep(1)
        draw.choice(processes).kill()
    for customer in customers:
        customer.join(180)
        if customer.fault or customer.is_alive():
            raise SystemExit(f"{customer.email} is stuck: {customer.fault!r}")
    wrong = [fault for customer in customers for fault in customer.settle()]
    verdict = service.ask("GET", "/admin/ledger/verify", admin)
    if not verdict["ok"]:
        wrong.append(f"the ledger does not verify: {verdict}")
    wrong += leftovers(processes, folder)
    jobs, kills = sum(len(customer.jobs) for customer in customers), sum(process.kills for process in processes)
    zips = sum(len(customer.zips) for customer in customers)
    given_up = sum(customer.given_up for customer in customers)
    print(
        f"{kills} kills, {jobs} jobs, {zips} zips, {given_up} killed in every attempt, "
        f"{verdict['transactions']} transactions, {len(wrong)} faults")
    for fault in wrong:
        print(f"  {fault}")
    return 1 if wrong or zips == 0 else 0


def leftovers(processes, folder):
    """Folders of attempts that nobody works in; the sweeps have some seconds."""
    until = time.monotonic() + 60
    while True:
        left = [name for root, names, _ in os.walk(folder) if os.path.basename(root) == "work" for name in names]
        if not left or time.monotonic() > until:
            return [f"a folder was left: {name}" for name in left]
        time.sleep(0.5)


def make_database(url):
    """A database of its own on the tests' server."""
    name = f"chaos_{os.getpid()}"
    base, _, _ = url.rpartition("/")
    subprocess.run(["psql", "-q", url, "-c", f"CREATE DATABASE {name}"], check=True)
    return f"{base}/{name}"


def s3(address):
    """Endpoint, bucket and keys as Scripts/s3 prints them: URL,BUCKET,ACCESS,SECRET."""
    endpoint, bucket, access, secret = address.split(",")
    return endpoint, bucket, "us-east-1", access, secret


if __name__ == "__main__":
    sys.exit(main())
