"""boto3 and the command line of AWS beside ours, on one server: each reads what the other wrote; peers.py BUSKER FOLDER."""

import hashlib
import json
import os
import subprocess
import sys
import urllib.request

import boto3
from botocore.config import Config

busker, folder = sys.argv[1:3]
MIB = 1 << 20
LARGE = 200 * MIB
RUN = os.urandom(4).hex()
KEYS = ["plain", "a b/c+d", "émoji-\U0001f3b8", "q?x=1&y=%41", "~t!*'();:@$,[]#", "한국/노래.wav"]
OPTIONS = {"swift": "&conditions=off", "moto": ""}


def digest(path):
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fill(path, size, seed):
    """A file that compresses badly and is made quickly."""
    block = hashlib.shake_256(f"{seed}".encode()).digest(MIB)
    with open(path, "wb") as file:
        for number in range(0, size, MIB):
            piece = number.to_bytes(8) + block[8:]
            file.write(piece[: size - number])


class Server:
    """One server, and the three clients of it."""

    def __init__(self, name, line):
        self.name = name
        url, self.bucket, key, secret = line.split(",")
        self.url = url
        self.environment = {
            **os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": f"{folder}/aws-config",
        }
        self.place = f"s3:{url}/{self.bucket}?region=us-east-1{OPTIONS[name]}"
        self.boto = boto3.client(
            "s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard"}),
        )

    def ours(self, verb, *words, memory=None, code=0):
        """Runs our command; memory is the most MiB that its process may have had."""
        command = [busker, "storage", verb, "--store", self.place, "--json", "--quiet", *words]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == code, f"{verb} {words}: {process.returncode} {errors.decode()}"
        if memory:
            used = usage.ru_maxrss >> 10
            assert used < memory, f"{verb} of a large file took {used} MiB"
            print(f"  {self.name}: {verb} of {LARGE >> 20} MiB: at most {used} MiB of memory")
        return output

    def aws(self, *words):
        """Runs AWS's command."""
        command = [os.path.join(os.path.dirname(sys.executable), "aws"), "--endpoint-url", self.url, "s3", *words]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)


def small(server):
    """Small objects with awkward keys, both ways."""
    path = f"{folder}/small"
    for number, key in enumerate(KEYS):
        fill(path, 1000 + number, key)
        words = ["--type", "audio/wav", "--create", "--attribute", f"number={number}"]
        server.ours("put", path, f"{RUN}/ours/{key}", *words)
        got = server.boto.get_object(Bucket=server.bucket, Key=f"{RUN}/ours/{key}")
        assert hashlib.sha256(got["Body"].read()).hexdigest() == digest(path), key
        notes = {name.lower(): value for name, value in got["Metadata"].items()}
        assert got["ContentType"] == "audio/wav" and notes["number"] == str(number), (key, notes)
        with open(path, "rb") as file:
            server.boto.put_object(
                Bucket=server.bucket, Key=f"{RUN}/theirs/{key}", Body=file, ContentType="audio/flac", Metadata={"n": "v"}
            )
        back = f"{folder}/back"
        server.ours("get", f"{RUN}/theirs/{key}", back)
        assert digest(back) == digest(path), key
        head = json.loads(server.ours("head", f"{RUN}/theirs/{key}"))
        assert head["content_type"] == "audio/flac" and head["attributes"] == {"n": "v"}, head
        signed = json.loads(server.ours("presign", "get", f"{RUN}/theirs/{key}"))
        assert hashlib.sha256(urllib.request.urlopen(signed["url"]).read()).hexdigest() == digest(path), key
    lines = server.ours("list", f"{RUN}/ours/").decode().splitlines()
    assert sorted(json.loads(line)["key"] for line in lines) == sorted(f"{RUN}/ours/{key}" for key in KEYS)
    server.ours("put", path, f"{RUN}/ours/{KEYS[0]}", "--create", code=11)
    server.ours("head", f"{RUN}/ours/nothing", code=66)


def large(server):
    """A large object in parts, both ways, with memory that does not grow with it."""
    path, back = f"{folder}/large", f"{folder}/back"
    fill(path, LARGE, server.name)
    written = json.loads(server.ours("put", path, f"{RUN}/large/ours", memory=200))
    assert written["sha256"] == digest(path) and written["size"] == LARGE
    head = server.boto.head_object(Bucket=server.bucket, Key=f"{RUN}/large/ours")
    assert head["ContentLength"] == LARGE and head["ETag"].endswith('-25"'), head["ETag"]
    server.aws("cp", "--quiet", f"s3://{server.bucket}/{RUN}/large/ours", back)
    assert digest(back) == digest(path)
    os.remove(back)
    server.aws("cp", "--quiet", path, f"s3://{server.bucket}/{RUN}/large/theirs")
    server.ours("get", f"{RUN}/large/theirs", back, memory=200)
    assert digest(back) == digest(path)
    total = json.loads(server.ours("du", f"{RUN}/large/"))["total"]
    assert total == {"objects": 2, "bytes": 2 * LARGE}, total
    for key in (f"{RUN}/large/ours", f"{RUN}/large/theirs"):
        server.boto.delete_object(Bucket=server.bucket, Key=key)


for variable, name in (("BUSKER_TEST_S3", "swift"), ("BUSKER_TEST_MOTO", "moto")):
    server = Server(name, os.environ[variable])
    small(server)
    if name == "swift":
        large(server)
    print(f"  {name}: boto3, aws and busker read each other's objects")
