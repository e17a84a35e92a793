"""The peers of the room of storage: botocore signs, boto3 puts and gets, cp copies; prints JSON lines."""

import json
import os
import subprocess
import sys
import time

import boto3
from botocore.config import Config


def say(what, who, **numbers):
    """One line of the same form as ours."""
    print(json.dumps({"what": what, "who": who, **numbers}), flush=True)


def client(url, key, secret):
    """A client with path addresses and version 4 signatures."""
    return boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )


def presign(seconds):
    """Addresses per second, of keys that differ."""
    s3 = client("https://s3.example.com", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    count, begin = 0, time.monotonic()
    while time.monotonic() - begin < seconds:
        for _ in range(64):
            key = f"songs/2027/{count % 1024}/mixture of {count % 1024}.wav"
            s3.generate_presigned_url("get_object", Params={"Bucket": "songs", "Key": key}, ExpiresIn=900)
            count += 1
    say("presign", "botocore", per_second=count / (time.monotonic() - begin))


def bucket(line, path, count):
    """The same file put and got so many times, one after the other."""
    url, name, key, secret = line.split(",")
    s3, size = client(url, key, secret), os.path.getsize(path)
    begin = time.monotonic()
    for number in range(count):
        s3.upload_file(path, name, f"peer/{number}.wav")
    wall = time.monotonic() - begin
    say("s3_put", "boto3", seconds=wall, mb_per_second=count * size / wall / 1e6)
    begin = time.monotonic()
    for number in range(count):
        body = s3.get_object(Bucket=name, Key=f"peer/{number}.wav")["Body"]
        while body.read(1 << 18):
            pass
    wall = time.monotonic() - begin
    say("s3_get", "boto3", seconds=wall, mb_per_second=count * size / wall / 1e6)
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": f"peer/{number}.wav"} for number in range(count)]})


def local(folder, path, count, syncs):
    """cp of the same file so many times, with a sync of each copy or without, and reading with cat."""
    size = os.path.getsize(path)
    begin = time.monotonic()
    for number in range(count):
        subprocess.run(["cp", path, f"{folder}/{number}"], check=True)
        if syncs:
            subprocess.run(["sync", f"{folder}/{number}", folder], check=True)
    wall = time.monotonic() - begin
    name = "cp+sync" if syncs else "cp"
    say("local_put", name, seconds=wall, mb_per_second=count * size / wall / 1e6)
    begin = time.monotonic()
    for number in range(count):
        subprocess.run(["cat", f"{folder}/{number}"], check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - begin
    say("local_get", "cat", seconds=wall, mb_per_second=count * size / wall / 1e6)


what, *words = sys.argv[1:]
if what == "presign":
    presign(float(words[0]))
elif what == "s3":
    bucket(words[0], words[1], int(words[2]))
else:
    local(words[0], words[1], int(words[2]), words[3] == "1")
