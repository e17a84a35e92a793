# What schemathesis does not know: how pieces of tus are written into a request.
import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()
