"""For Schemathesis, which imports it: what a body must not have, and no schema can say."""

import schemathesis


def may_reach_a_prototype(value):
    if isinstance(value, list):
        return any(map(may_reach_a_prototype, value))
    if not isinstance(value, dict):
        return False
    inner = value.get("constructor")
    reaches = "__proto__" in value or isinstance(inner, dict) and "prototype" in inner
    return reaches or any(map(may_reach_a_prototype, value.values()))


@schemathesis.hook
def filter_body(context, body):
    """The parser refuses such a member, at any depth, before a schema is asked (400)."""
    return not may_reach_a_prototype(body)
