"""What schemathesis does not know by itself: bodies that are plain bytes, and a job that is there."""

import os

import schemathesis

JOB = os.environ.get("SCHEMA_JOB", "")
turn = 0


@schemathesis.serializer("application/offset+octet-stream")
def plain(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Two of three calls about a job is about one that was done; what deletes it keeps its own ids."""
    global turn
    operation = getattr(ctx, "operation", None)
    path = getattr(operation, "path", "")
    is_ours = path.startswith(("/job/", "/status/", "/download/")) and getattr(operation, "method", "") != "delete"
    if JOB and is_ours and path_parameters and "id" in path_parameters:
        turn += 1
        if turn % 3:
            path_parameters["id"] = JOB
    return path_parameters
