"""The peers of the room of storage: botocore signs, boto3 puts and gets, cp copies; prints JSON lines.

Each line has the seconds on the wall and those of the processor, user and system, of this process and the programs it ran.
"""

import json
import os
import resource
import subprocess
import sys
import time

import boto3
from botocore.config import Config


class Watch:
    """Seconds since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.monotonic(), self._cpu()

    @staticmethod
    def _cpu():
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    def say(self, what, who, count=None, size=None):
        """One line of the same form as ours."""
        wall, cpu = time.monotonic() - self.wall, self._cpu() - self.cpu
        rate = {"per_second": count / wall} if size is None else {"mb_per_second": size / wall / 1e6}
        print(json.dumps({"what": what, "who": who, "seconds": wall, "cpu_seconds": cpu, **rate}), flush=True)


def client(url, key, secret):
    """A client with path addresses and version 4 signatures."""
    return boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )


def presign(seconds):
    """Addresses per second, of keys that differ."""
    s3 = client("https://s3.example.com", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    count, watch = 0, Watch()
    while time.monotonic() - watch.wall < seconds:
        for _ in range(64):
            key = f"songs/2027/{count % 1024}/mixture of {count % 1024}.wav"
            s3.generate_presigned_url("get_object", Params={"Bucket": "songs", "Key": key}, ExpiresIn=900)
            count += 1
    watch.say("presign", "botocore", count=count)


def bucket(line, path, count):
    """The same file put and got so many times, one after the other."""
    url, name, key, secret = line.split(",")
    s3, size = client(url, key, secret), os.path.getsize(path)
    watch = Watch()
    for number in range(count):
        s3.upload_file(path, name, f"peer/{number}.wav")
    watch.say("s3_put", "boto3", size=count * size)
    watch = Watch()
    for number in range(count):
        body = s3.get_object(Bucket=name, Key=f"peer/{number}.wav")["Body"]
        while body.read(1 << 18):
            pass
    watch.say("s3_get", "boto3", size=count * size)
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": f"peer/{number}.wav"} for number in range(count)]})


def local(folder, path, count, syncs):
    """cp of the same file so many times, and reading with cat.

    With `files` each copy and its folder are brought to the disk, as a put of ours is; with `system` the whole disk is (`sync -f`);
    with `hash` nothing is, but each copy is read for its SHA-256; with `none` cp is alone.
    """
    size = os.path.getsize(path)
    names = {"files": "cp+sync", "system": "cp+sync -f", "hash": "cp+sha256sum", "none": "cp"}
    watch = Watch()
    for number in range(count):
        copy = f"{folder}/{number}"
        subprocess.run(["cp", path, copy], check=True)
        if syncs == "files":
            subprocess.run(["sync", copy, folder], check=True)
        elif syncs == "system":
            subprocess.run(["sync", "-f", copy], check=True)
        elif syncs == "hash":
            subprocess.run(["sha256sum", copy], check=True, stdout=subprocess.DEVNULL)
    watch.say("local_put", names[syncs], size=count * size)
    watch = Watch()
    for number in range(count):
        subprocess.run(["cat", f"{folder}/{number}"], check=True, stdout=subprocess.DEVNULL)
    watch.say("local_get", "cat", size=count * size)


what, *words = sys.argv[1:]
if what == "presign":
    presign(float(words[0]))
elif what == "s3":
    bucket(words[0], words[1], int(words[2]))
else:
    local(words[0], words[1], int(words[2]), words[3])
